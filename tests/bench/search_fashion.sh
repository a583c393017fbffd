#!/bin/sh
# Ten seeds of Bayesian search over the rate of recipes/fashion_mlp.lua (10 trials of 3 epochs
# on 10,000 images) beside a grid of 40 rates: how near to the grid's best accuracy each comes.
# Use: LRRUN_DATA=folder tests/bench/search_fashion.sh [program]
set -eu
lrrun=${1:-build/lrrun}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
common="--set data.seed=1 --set data.limit=10000 --epochs 3 --set objective.monitor=val_accuracy --quiet --json"
best() {
    sed -n 's/.*"value": \([0-9.]*\).*/\1/p' "$1" | head -1 # the best stands before the trials
}
grid() {
    "$lrrun" search recipes/fashion_mlp.lua --strategy grid --trials 40 --seed "$1" \
        --out "$out/g$1" $common >"$out/grid$1.json" 2>/dev/null
    best "$out/grid$1.json"
}
want=$(grid 1)
echo "grid of 40: $want"
for seed in 1 2 3 4 5 6 7 8 9 10; do
    "$lrrun" search recipes/fashion_mlp.lua --strategy bayes --trials 10 --seed $seed \
        --out "$out/b$seed" $common >"$out/$seed.json" 2>/dev/null
    echo "bayes, seed $seed: $(best "$out/$seed.json")"
done
