/* test_tree.c -- sums of shards are the same bits whoever holds which of them. */
#include <string.h>

#include "base/tree.h"
#include "check.h"

static double leaf[LRR_TREE_MAX];

static void fill(size_t leaves)
{
    double x = 1;
    for (size_t i = 0; i < leaves; i++) {
        x = x * 1.7 > 1e9 ? x / 3e15 : x * 1.7;
        leaf[i] = (i % 3 == 0 ? -x : x) + 1.0 / (double)(i + 3);
    }
}

/* The sum where `holders` each add what they have, then all of it is added. */
static double held(size_t leaves, size_t holders)
{
    static lrr_merge merge[LRR_TREE_MAX];
    double x[LRR_TREE_MAX];
    size_t n, total = 0;
    memcpy(x, leaf, sizeof x);
    for (size_t h = 0; h < holders; h++) {
        const size_t from = lrr_tree_cut(leaves, holders, h),
                     to = lrr_tree_cut(leaves, holders, h + 1);
        n = lrr_tree_within(leaves, from, to, merge);
        for (size_t m = 0; m < n; m++) {
            CHECK(from <= merge[m].to && merge[m].to < merge[m].from &&
                  merge[m].from < to);
            x[merge[m].to] += x[merge[m].from];
        }
        total += n;
    }
    n = lrr_tree_across(leaves, holders, merge);
    for (size_t m = 0; m < n; m++)
        x[merge[m].to] += x[merge[m].from];
    CHECK(total + n == leaves - 1);
    return x[0];
}

static void any_number_of_holders_gives_one_sum(void)
{
    for (size_t leaves = 1; leaves <= 40; leaves++) {
        double rows[LRR_TREE_MAX];
        fill(leaves);
        memcpy(rows, leaf, sizeof rows);
        lrr_tree_sum(rows, leaves, 1);
        for (size_t holders = 1; holders <= leaves + 3; holders++) {
            const double sum = held(leaves, holders);
            CHECK(memcmp(&sum, rows, sizeof sum) == 0);
        }
    }
}

/* What a holder has to hand over: pieces that cover its leaves, as few as the tree allows. */
static void what_is_handed_over_is_whole_subtrees(void)
{
    size_t top[LRR_TREE_MAX];
    CHECK(lrr_tree_tops(8, 3, 0, top) == 1 && top[0] == 0);
    CHECK(lrr_tree_tops(8, 3, 1, top) == 2 && top[0] == 2 && top[1] == 4);
    CHECK(lrr_tree_tops(8, 3, 2, top) == 2 && top[0] == 5 && top[1] == 6);
    CHECK(lrr_tree_tops(8, 2, 1, top) == 1 && top[0] == 4);
    CHECK(lrr_tree_tops(4, 8, 0, top) == 0);
}

static void a_cut_is_whole_and_even(void)
{
    for (size_t n = 0; n < 40; n++)
        for (size_t shares = 1; shares < 12; shares++) {
            CHECK(lrr_tree_cut(n, shares, 0) == 0 &&
                  lrr_tree_cut(n, shares, shares) == n);
            for (size_t i = 0; i < shares; i++) {
                const size_t of =
                    lrr_tree_cut(n, shares, i + 1) - lrr_tree_cut(n, shares, i);
                CHECK(of == n / shares || of == n / shares + 1);
            }
        }
}

int main(void)
{
    any_number_of_holders_gives_one_sum();
    what_is_handed_over_is_whole_subtrees();
    a_cut_is_whole_and_even();
    printf("tree: %d faults\n", faults);
    return faults != 0;
}
