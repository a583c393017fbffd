# Completions of lrrun for fish: what may come is lrrun's own answer (lrrun complete).

function __lrrun_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (command lrrun complete -- $words[2..-1] 2>/dev/null </dev/null)
        set -l word (string split -m 1 \t -- $line)[1]
        switch $word
            case ':folders'
                __fish_complete_directories (commandline -ct)
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':files *'
                for ending in (string split ' ' -- $word)[2..-1]
                    __fish_complete_suffix .$ending
                end
            case '*'
                echo $line
        end
    end
end

complete -c lrrun -f -a '(__lrrun_complete)'
