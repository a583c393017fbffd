# Completions of lrrun for bash: what may come is lrrun's own answer (lrrun complete).
# shellcheck shell=bash

_lrrun() {
    local i word line cur last strip IFS=$' \t\n'
    local -a words=()
    COMPREPLY=()
    # COMP_WORDS is cut at "=" and ":", which are no borders here: --set optimizer.lr=0.1
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        last=$((${#words[@]} - 1))
        if ((last >= 0)) && [[ $word == [=:]* || ${COMP_WORDS[i - 1]} == [=:] ]]; then
            words[last]+=$word
        else
            words+=("$word")
        fi
    done
    last=$((${#words[@]} - 1))
    cur=${words[last]#[\"\']}
    # Words as the shell will have them, of which none is evaluated.
    for ((i = 0; i < last; i++)); do
        word=${words[i]//[\"\'\\]/}
        words[i]=${word/#\~\//$HOME/}
    done
    words[last]=$cur
    # What readline puts in the place of begins behind the last "=" or ":".
    strip=${cur%"${cur##*[=:]}"}
    while IFS= read -r line; do
        word=${line%%$'\t'*}
        if [[ $word == :* ]]; then
            _lrrun_paths "$word" "${cur#"$strip"}"
        elif [[ $word == "$strip"* || -z $strip ]]; then
            COMPREPLY+=("${word#"$strip"}")
        fi
    done < <(command lrrun complete -- "${words[@]}" 2>/dev/null </dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

# ":folders", ":files" or ":files lua yaml": paths, as bash completes them.
_lrrun_paths() {
    local kind=$1 begun=$2 path end
    local -a ends=()
    read -r -a ends <<<"${kind#:* }"
    while IFS= read -r path; do
        if [[ -d $path || $kind == :files ]]; then
            COMPREPLY+=("$path")
        elif [[ $kind == ":files "* ]]; then
            for end in "${ends[@]}"; do
                [[ $path == *."$end" ]] && COMPREPLY+=("$path")
            done
        fi
    done < <(compgen -f -- "$begun")
    compopt -o filenames 2>/dev/null
}

complete -F _lrrun lrrun
