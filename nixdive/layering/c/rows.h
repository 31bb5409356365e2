/* Rows of bits: what they weigh, and what they weigh together. */
#ifndef NIXDIVE_ROWS_H
#define NIXDIVE_ROWS_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

#if FLT_EVAL_METHOD != 0
#error "sums and products would be more exact than those of numpy, and plans would depend on the machine"
#endif

/* Marks what is compiled into the loops: rows are short, and a call takes as long as some words. */
#define INSIDE static inline __attribute__((always_inline))

/* Returns the weight of the scenarios of a row; sums of whole numbers do not depend on their order. */
INSIDE double weigh(const uint64_t *row, const int64_t *scale, ptrdiff_t width)
{
    uint64_t total = 0; /* without a sign, so that what is too large is no undefined behaviour */
    for (ptrdiff_t word = 0; word < width; word++) {
        total += (uint64_t)__builtin_popcountll(row[word]) * (uint64_t)scale[word];
    }
    return (double)(int64_t)total;
}

/* Returns the weight of the scenarios that are in one row or in another. */
INSIDE double weigh_both(const uint64_t *row, const uint64_t *other, const int64_t *scale, ptrdiff_t width)
{
    uint64_t total = 0;
    for (ptrdiff_t word = 0; word < width; word++) {
        total += (uint64_t)__builtin_popcountll(row[word] | other[word]) * (uint64_t)scale[word];
    }
    return (double)(int64_t)total;
}

/* Puts the scenarios of another row into one. */
INSIDE void add_to(uint64_t *row, const uint64_t *other, ptrdiff_t width)
{
    for (ptrdiff_t word = 0; word < width; word++) {
        row[word] |= other[word];
    }
}

#endif
