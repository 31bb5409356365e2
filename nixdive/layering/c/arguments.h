/* What Python hands to a loop: arrays by the buffer protocol, and numbers. */
#ifndef NIXDIVE_ARGUMENTS_H
#define NIXDIVE_ARGUMENTS_H

#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#include "arrays.h"

enum { MOST = 16 };

/* The arguments of a call. A number has no view; an array has neither `whole` nor `real`. */
typedef struct {
    int count;
    Py_buffer views[MOST];
    int64_t whole[MOST];
    double real[MOST];
} Arguments;

/* Reads the arguments of a function. Two characters stand for each: its kind and its dimensions, or 0 for a number.
 * Kinds are u for uint64, i for int64, f for float64; capital letters are for arrays that are written to.
 * Returns false with a Python error set where they are something else, or where one that is written to shares its
 * memory with another one; then there is nothing to give back. */
bool take(Arguments *given, const char *kinds, PyObject *const *values, Py_ssize_t count);

/* Lets go of the arrays. */
void give_back(Arguments *given);

/* An argument that `take` has read. */
Bits bits_at(const Arguments *given, int number);
Costs costs_at(const Arguments *given, int number);
Indices indices_at(const Arguments *given, int number);

/* Whether two lengths are the same; else a ValueError says of what. */
bool same(Py_ssize_t one, Py_ssize_t other, const char *what);

/* Whether all indices are from `least` to the one before `end`; else an IndexError says of what. */
bool within(Indices indices, int64_t least, int64_t end, const char *what);

/* Lets other threads of Python run where a loop has so many words to look at that it is worth it; `resume` ends that. */
PyThreadState *let_others_run(double words);
void resume(PyThreadState *state);

#endif
