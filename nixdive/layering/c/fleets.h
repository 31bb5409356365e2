/* What merges of layers of a fleet cost for what they help. */
#ifndef NIXDIVE_FLEETS_H
#define NIXDIVE_FLEETS_H

#include "loops.h"
#include "rows.h"

#include <math.h>

/* Returns bytes times weight of two layers together, from the table where that is known. */
INSIDE double united(const Fleet *fleet, int64_t one, int64_t other)
{
    ptrdiff_t width = fleet->bits.width, columns = fleet->table.width;
    if (!fleet->anew && columns) {
        return fleet->table.at[one * columns + other];
    }
    const uint64_t *words = fleet->bits.words;
    double weight = weigh_both(words + one * width, words + other * width, fleet->scale, width);
    double cost = weight * (fleet->sizes[one] + fleet->sizes[other]);
    if (columns) {
        fleet->table.at[one * columns + other] = fleet->table.at[other * columns + one] = cost;
    }
    return cost;
}

/* Returns what it costs to merge two layers in the images that use both, for each that it helps; sums in the order in
 * which numpy works them out. */
INSIDE double score(const Fleet *fleet, int64_t one, int64_t other)
{
    ptrdiff_t width = fleet->images.width;
    const uint64_t *mine = fleet->images.words + one * width, *its = fleet->images.words + other * width;
    int64_t both = 0, helped = 0;
    for (ptrdiff_t word = 0; word < width; word++) {
        uint64_t common = mine[word] & its[word];
        both += __builtin_popcountll(common);
        helped += __builtin_popcountll(common & fleet->needy[word]);
    }
    if (!helped || one == other) {
        return INFINITY;
    }
    double many = (double)both, before = fleet->expected[one], besides = fleet->expected[other];
    double whole = united(fleet, one, other);
    double cost = (whole - before - besides) * (fleet->pull * many) + whole;
    cost -= fleet->counts[one] == many ? before : 0.0;
    cost -= fleet->counts[other] == many ? besides : 0.0;
    return (cost + (fleet->renewal[one] + fleet->renewal[other])) / fleet->reach[helped];
}

/* Works out the scores of some layers, each with all others that are asked for. */
static void score_all(const Fleet *fleet, double *found)
{
    for (ptrdiff_t at = 0; at < fleet->rows.width; at++) {
        for (ptrdiff_t place = 0; place < fleet->others.width; place++) {
            *found++ = score(fleet, fleet->rows.at[at], fleet->others.at[place]);
        }
    }
}

#endif
