/* What layers weigh, as a whole and in two parts. */
#ifndef NIXDIVE_CUTS_H
#define NIXDIVE_CUTS_H

#include "loops.h"
#include "rows.h"

#include <math.h>

/* Returns what the best cut of one order saves, and how many atoms are before it. Costs are added up in the order in
 * which numpy does it, so that both find the same.
 *
 * union_of: room for a row; high: room for the weight of each atom and all after it. */
INSIDE Cut cut(Bits bits, const double *sizes, const int64_t *order, ptrdiff_t count, const int64_t *scale,
               uint64_t *union_of, double *high)
{
    double size = 0.0, below = 0.0, least = INFINITY;
    int64_t end = 1;
    for (ptrdiff_t word = 0; word < bits.width; word++) {
        union_of[word] = 0;
    }
    for (ptrdiff_t at = count - 1; at >= 0; at--) {
        add_to(union_of, bits.words + order[at] * bits.width, bits.width);
        high[at] = weigh(union_of, scale, bits.width);
    }
    for (ptrdiff_t at = 0; at < count; at++) {
        size += sizes[order[at]];
    }
    for (ptrdiff_t word = 0; word < bits.width; word++) {
        union_of[word] = 0;
    }
    for (ptrdiff_t at = 0; at < count - 1; at++) {
        add_to(union_of, bits.words + order[at] * bits.width, bits.width);
        below += sizes[order[at]];
        double cost = below * weigh(union_of, scale, bits.width) + (size - below) * high[at + 1];
        if (cost < least) {
            least = cost;
            end = at + 1;
        }
    }
    return (Cut){size * high[0] - least, 0, end};
}

/* Returns the best cut in any of some orders; the first of equals. */
static Cut best_of_cuts(Bits bits, const double *sizes, Indices orders, const int64_t *scale, uint64_t *union_of,
                        double *high)
{
    Cut best = {0.0, 0, 0};
    for (ptrdiff_t at = 0; at < orders.rows; at++) {
        Cut found = cut(bits, sizes, orders.at + at * orders.width, orders.width, scale, union_of, high);
        if (found.gain > best.gain) {
            best = (Cut){found.gain, at, found.before};
        }
    }
    return best;
}

/* Returns the weight of the scenarios of some atoms together, and puts those into a row. */
static double weight_of_all(Bits bits, Indices atoms, const int64_t *scale, uint64_t *union_of)
{
    for (ptrdiff_t word = 0; word < bits.width; word++) {
        union_of[word] = 0;
    }
    for (ptrdiff_t at = 0; at < atoms.width; at++) {
        add_to(union_of, bits.words + atoms.at[at] * bits.width, bits.width);
    }
    return weigh(union_of, scale, bits.width);
}

#endif
