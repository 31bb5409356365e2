/* The loops: what they work on, and which of them the processor gets. Nothing here knows Python. */
#ifndef NIXDIVE_LOOPS_H
#define NIXDIVE_LOOPS_H

#include "arrays.h"

#include <stdbool.h>

/* What a cut saves, of which order it is, and how many are before it. */
typedef struct {
    double gain;
    int64_t order, before;
} Cut;

/* Layers: the scenarios of each, its bytes, and the weight of its scenarios. */
typedef struct {
    Bits bits;
    double *sizes, *weights;
    const int64_t *scale;
} Layers;

/* The layers that are left while all are merged.
 *
 * costs: a table of what each pair costs; live: those that are left; nearest: for each the one that it costs least to
 * merge it with; least: what that costs. */
typedef struct {
    ptrdiff_t count, left;
    double *costs;
    int64_t *live, *nearest;
    double *least;
} Left;

/* Layers or atoms: the scenarios of each, its bytes, and the weight of its scenarios. */
typedef struct {
    Bits bits;
    double *sizes, *weights;
} Rows;

/* What is asked of `homes`: atoms, the layer of each, what it saves to take it out; and the answer. */
typedef struct {
    const int64_t *atoms, *lie;
    const double *saved;
    int64_t *best;
    double *gains;
} Asked;

/* Which atoms are in which layer, as lists: an atom of each layer, and for each atom another one of its layer or -1. */
typedef struct {
    int64_t *first, *after;
} Lists;

/* Layers of a fleet, and which of them are asked for.
 *
 * images: which images use each layer; needy: the images that have too many; reach: what it counts by how many of
 * those a merge helps; table: bytes times weight of layers together, where there is room for that; anew: whether it
 * is to be worked out again. */
typedef struct {
    Bits images, bits;
    const double *sizes, *expected, *counts, *renewal;
    double pull;
    const uint64_t *needy;
    const double *reach;
    Indices rows, others;
    Costs table;
    bool anew;
    const int64_t *scale;
} Fleet;

/* All loops, compiled for one kind of processor. */
typedef struct {
    Cut (*best_of_cuts)(Bits bits, const double *sizes, Indices orders, const int64_t *scale, uint64_t *union_of, double *high);
    double (*weight_of_all)(Bits bits, Indices atoms, const int64_t *scale, uint64_t *union_of);
    void (*weigh_unions)(Layers layers, Indices rows, Indices others, double *found);
    void (*weigh_merges)(Layers layers, int64_t at, int64_t start, double *found);
    void (*weigh_pairs)(Layers layers, double *found);
    void (*merge_layers)(Layers layers, Left *all, double *again, int64_t *made, double *paid);
    void (*weigh_rests)(Bits bits, Indices atoms, Indices ends, const int64_t *scale, uint64_t *before, uint64_t *after, double *found);
    void (*find_homes)(Rows layers, Rows atoms, const int64_t *scale, Asked asked, ptrdiff_t count);
    int64_t (*move_atoms)(Rows layers, Rows atoms, Lists lists, Indices wanted, const int64_t *scale, double worth, uint64_t *rest);
    void (*score_all)(const Fleet *fleet, double *found);
} Loops;

/* For any processor; for one that has an instruction that counts bits; and for one that counts those of eight words at
 * a time. */
const Loops *plain_loops(void);
const Loops *counting_loops(void);
const Loops *wide_loops(void);

/* Whether there are loops for particular processors: gcc compiles them where it compiles for this architecture. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define HAS_CHOICE 1
#else
#define HAS_CHOICE 0
#endif

#endif
