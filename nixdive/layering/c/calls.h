/* The loops as functions of Python; nixdive/layering/kernel.pyi says what they do. */
#ifndef NIXDIVE_CALLS_H
#define NIXDIVE_CALLS_H

#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include "loops.h"

/* Those that the functions run; the module chooses them when it is loaded. */
extern const Loops *loops;

PyObject *unite(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *best_cut(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *unions(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *merges(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *pairs(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *merge_all(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *weigh_others(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *homes(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *move_all(PyObject *module, PyObject *const *values, Py_ssize_t count);
PyObject *scores(PyObject *module, PyObject *const *values, Py_ssize_t count);

#endif
