/* What it costs to merge layers, and which merges cost least. */
#ifndef NIXDIVE_MERGES_H
#define NIXDIVE_MERGES_H

#include "loops.h"
#include "rows.h"

#include <math.h>

/* Returns bytes times weight that two layers cost more when they are merged. */
INSIDE double merged(Layers layers, int64_t at, int64_t other)
{
    ptrdiff_t width = layers.bits.width;
    const uint64_t *words = layers.bits.words;
    double both = weigh_both(words + other * width, words + at * width, layers.scale, width);
    return layers.sizes[other] * (both - layers.weights[other]) + layers.sizes[at] * (both - layers.weights[at]);
}

/* Works out bytes times weight of layers together with others, pair by pair. */
static void weigh_unions(Layers layers, Indices rows, Indices others, double *found)
{
    ptrdiff_t width = layers.bits.width;
    const uint64_t *words = layers.bits.words;
    for (ptrdiff_t at = 0; at < rows.width; at++) {
        int64_t one = rows.at[at], other = others.at[at];
        double weight = weigh_both(words + one * width, words + other * width, layers.scale, width);
        found[at] = weight * (layers.sizes[one] + layers.sizes[other]);
    }
}

/* Works out what it costs to merge a layer with each other one from `start` on. */
static void weigh_merges(Layers layers, int64_t at, int64_t start, double *found)
{
    for (ptrdiff_t other = start; other < layers.bits.rows; other++) {
        found[other - start] = other == at ? INFINITY : merged(layers, at, other);
    }
}

/* Works out what it costs to merge each layer with each of the others, as a table. */
static void weigh_pairs(Layers layers, double *found)
{
    ptrdiff_t count = layers.bits.rows;
    for (ptrdiff_t at = 0; at < count; at++) {
        found[at * count + at] = INFINITY;
        for (ptrdiff_t other = at + 1; other < count; other++) {
            found[at * count + other] = found[other * count + at] = merged(layers, at, other);
        }
    }
}

/* Notes which of the layers that are left it costs least to merge one with; the first of equals. */
INSIDE void look(Left *all, int64_t one)
{
    const double *costs = all->costs + one * all->count;
    int64_t best = all->live[0];
    for (ptrdiff_t at = 0; at < all->left; at++) {
        if (costs[all->live[at]] < costs[best]) {
            best = all->live[at];
        }
    }
    all->nearest[one] = best;
    all->least[one] = costs[best];
}

/* Returns the layer that it costs least to merge with its nearest; the first of equals. */
INSIDE int64_t cheapest(const Left *all)
{
    int64_t best = all->live[0];
    for (ptrdiff_t at = 0; at < all->left; at++) {
        if (all->least[all->live[at]] < all->least[best]) {
            best = all->live[at];
        }
    }
    return best;
}

/* Leaves one layer out from now on. */
INSIDE void leave_out(Left *all, int64_t gone)
{
    ptrdiff_t left = 0;
    for (ptrdiff_t at = 0; at < all->left; at++) {
        if (all->live[at] != gone) {
            all->live[left++] = all->live[at];
        }
    }
    all->left = left;
}

/* Looks for the nearest of all layers again, after one has taken another one in. */
INSIDE void look_again(Left *all, int64_t at, int64_t gone)
{
    for (ptrdiff_t place = 0; place < all->left; place++) {
        int64_t one = all->live[place];
        double cost = all->costs[at * all->count + one];
        if (one == at || all->nearest[one] == at || all->nearest[one] == gone) {
            look(all, one);
        } else if (cost < all->least[one]) {
            all->nearest[one] = at;
            all->least[one] = cost;
        }
    }
}

/* Merges the two layers for which that costs least, until one is left.
 *
 * again: what each layer costs besides, where it is changed; made: which layer took which one in; paid: for what. */
static void merge_layers(Layers layers, Left *all, double *again, int64_t *made, double *paid)
{
    ptrdiff_t width = layers.bits.width;
    for (ptrdiff_t one = 0; one < all->count; one++) {
        look(all, one);
    }
    for (ptrdiff_t step = 0; step < all->count - 1; step++) {
        int64_t at = cheapest(all), other = all->nearest[at];
        made[2 * step] = at;
        made[2 * step + 1] = other;
        paid[step] = all->least[at];
        leave_out(all, other);
        layers.sizes[at] += layers.sizes[other];
        add_to(layers.bits.words + at * width, layers.bits.words + other * width, width);
        layers.weights[at] = weigh(layers.bits.words + at * width, layers.scale, width);
        again[at] = 0.0;
        for (ptrdiff_t place = 0; place < all->left; place++) {
            int64_t one = all->live[place];
            if (one != at) {
                double cost = merged(layers, at, one) + again[one];
                all->costs[one * all->count + at] = all->costs[at * all->count + one] = cost;
            }
        }
        look_again(all, at, other);
    }
}

#endif
