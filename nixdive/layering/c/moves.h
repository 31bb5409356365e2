/* Atoms that go from one layer to another. */
#ifndef NIXDIVE_MOVES_H
#define NIXDIVE_MOVES_H

#include "loops.h"
#include "rows.h"

#include <math.h>
#include <string.h>

/* Works out for each atom of each layer the weight of the layer without it.
 *
 * atoms: those of one layer after those of another; ends: where each layer ends; before: room for a row; after: room
 * for as many rows as the largest layer has, and one more. */
static void weigh_rests(Bits bits, Indices atoms, Indices ends, const int64_t *scale, uint64_t *before,
                        uint64_t *after, double *found)
{
    ptrdiff_t width = bits.width;
    int64_t start = 0;
    for (ptrdiff_t layer = 0; layer < ends.width; layer++) {
        int64_t count = ends.at[layer] - start;
        memset(after + count * width, 0, (size_t)width * sizeof *after);
        for (int64_t at = count - 1; at > 0; at--) {
            memcpy(after + at * width, after + (at + 1) * width, (size_t)width * sizeof *after);
            add_to(after + at * width, bits.words + atoms.at[start + at] * width, width);
        }
        memset(before, 0, (size_t)width * sizeof *before);
        for (int64_t at = 0; at < count; at++) {
            found[start + at] = weigh_both(before, after + (at + 1) * width, scale, width);
            add_to(before, bits.words + atoms.at[start + at] * width, width);
        }
        start = ends.at[layer];
    }
}

/* Finds for each of some atoms the other layer in which it costs least. */
static void find_homes(Rows layers, Rows atoms, const int64_t *scale, Asked asked, ptrdiff_t count)
{
    ptrdiff_t width = layers.bits.width;
    for (ptrdiff_t at = 0; at < count; at++) {
        const uint64_t *row = atoms.bits.words + asked.atoms[at] * width;
        double size = atoms.sizes[asked.atoms[at]], weight = weigh(row, scale, width), least = INFINITY;
        int64_t to = 0;
        for (ptrdiff_t layer = 0; layer < layers.bits.rows; layer++) {
            double whole = layers.sizes[layer] + size, now = layers.sizes[layer] * layers.weights[layer];
            /* both weigh no less than either does */
            double either = layers.weights[layer] > weight ? layers.weights[layer] : weight;
            if (layer != asked.lie[at] && whole * either - now < least) {
                double cost = whole * weigh_both(layers.bits.words + layer * width, row, scale, width) - now;
                if (cost < least) {
                    least = cost;
                    to = layer;
                }
            }
        }
        asked.best[at] = to;
        asked.gains[at] = asked.saved[at] - least;
    }
}

/* Puts the scenarios of the other atoms of a layer into a row.
 *
 * most: atoms that there are at all: a list that goes in circles is left after so many.
 *
 * Returns how many others there are; `before` is how many come before the atom, or -1 where it is not there. */
INSIDE int64_t gather_others(Lists lists, Rows atoms, int64_t atom, int64_t at, uint64_t *rest, int64_t *before)
{
    ptrdiff_t width = atoms.bits.width;
    int64_t others = 0;
    memset(rest, 0, (size_t)width * sizeof *rest);
    *before = -1;
    for (int64_t one = lists.first[at], seen = 0; one >= 0 && seen < atoms.bits.rows; one = lists.after[one], seen++) {
        if (one == atom) {
            *before = others;
        } else {
            others++;
            add_to(rest, atoms.bits.words + one * width, width);
        }
    }
    return others;
}

/* Takes an atom, before which so many come, out of the list of its layer, and puts it into that of another one. */
INSIDE void hand_over(Lists lists, int64_t atom, int64_t before, int64_t at, int64_t to)
{
    if (before) {
        int64_t one = lists.first[at];
        for (int64_t seen = 1; seen < before; seen++) {
            one = lists.after[one];
        }
        lists.after[one] = lists.after[atom];
    } else {
        lists.first[at] = lists.after[atom];
    }
    lists.after[atom] = lists.first[to];
    lists.first[to] = atom;
}

/* Moves atoms one after another where that saves; returns how many were moved.
 *
 * wanted: an atom, its layer, and where it may go, for each; those that were moved come first afterwards; worth: the
 * part of what is saved that the move may cost; rest: room for a row. */
static int64_t move_atoms(Rows layers, Rows atoms, Lists lists, Indices wanted, const int64_t *scale, double worth,
                          uint64_t *rest)
{
    ptrdiff_t width = layers.bits.width;
    int64_t moved = 0;
    for (ptrdiff_t number = 0; number < wanted.rows; number++) {
        int64_t atom = wanted.at[3 * number], at = wanted.at[3 * number + 1], to = wanted.at[3 * number + 2], before;
        const uint64_t *row = atoms.bits.words + atom * width;
        uint64_t *target = layers.bits.words + to * width;
        if (!gather_others(lists, atoms, atom, at, rest, &before) || before < 0) {
            continue;
        }
        double size = atoms.sizes[atom];
        double here = weigh(rest, scale, width), there = weigh_both(target, row, scale, width);
        double gain = layers.sizes[at] * layers.weights[at] - (layers.sizes[at] - size) * here;
        if ((layers.sizes[to] + size) * there - layers.sizes[to] * layers.weights[to] < gain * worth) {
            hand_over(lists, atom, before, at, to);
            layers.sizes[at] -= size;
            layers.sizes[to] += size;
            layers.weights[at] = here;
            layers.weights[to] = there;
            memcpy(layers.bits.words + at * width, rest, (size_t)width * sizeof *rest);
            add_to(target, row, width);
            memmove(wanted.at + 3 * moved++, wanted.at + 3 * number, 3 * sizeof *wanted.at);
        }
    }
    return moved;
}

#endif
