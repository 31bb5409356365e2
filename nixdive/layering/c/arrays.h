/* Arrays: where their values are, and how many. One with a single dimension has one row. */
#ifndef NIXDIVE_ARRAYS_H
#define NIXDIVE_ARRAYS_H

#include <stddef.h>
#include <stdint.h>

/* Rows of words, 64 scenarios or images in each. */
typedef struct {
    uint64_t *words;
    ptrdiff_t rows, width;
} Bits;

typedef struct {
    double *at;
    ptrdiff_t rows, width;
} Costs;

typedef struct {
    int64_t *at;
    ptrdiff_t rows, width;
} Indices;

#endif
