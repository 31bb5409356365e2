#include "arguments.h"

#include <string.h>

static const double LONG = 1 << 15; /* words: some microseconds, against which waiting for a turn is little */

/* Says whether an array has the type of a kind: Python names whole numbers by the types of C, which differ. */
static bool fits(const Py_buffer *view, char kind)
{
    const char *names = kind == 'u' ? "LQ" : kind == 'i' ? "lq" : "d";
    return view->itemsize == 8 && view->format && strlen(view->format) == 1 && strchr(names, view->format[0]);
}

static bool take_number(Arguments *given, int number, char kind, PyObject *value)
{
    if (kind == 'f') {
        given->real[number] = PyFloat_AsDouble(value);
    } else {
        given->whole[number] = PyLong_AsLongLong(value);
    }
    return !PyErr_Occurred();
}

static bool take_array(Arguments *given, int number, char kind, int dimensions, PyObject *value)
{
    bool is_written = kind < 'a';
    Py_buffer *view = &given->views[number];
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (is_written ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(value, view, flags) < 0) {
        view->obj = NULL;
        return false;
    }
    if (!fits(view, is_written ? (char)(kind + 'a' - 'A') : kind) || view->ndim != dimensions) {
        PyErr_Format(PyExc_ValueError, "argument %d is an array of another type or shape", number + 1);
        return false;
    }
    return true;
}

/* Says whether two arrays have memory in common. */
static bool overlap(const Py_buffer *one, const Py_buffer *other)
{
    const char *first = one->buf, *second = other->buf;
    return first < second + other->len && second < first + one->len;
}

/* Refuses arrays that would change others: their indices have been looked at by then. */
static bool are_apart(const Arguments *given, const char *kinds)
{
    for (int one = 0; one < given->count; one++) {
        if (kinds[2 * one] >= 'a') {
            continue;
        }
        for (int other = 0; other < given->count; other++) {
            if (other != one && given->views[other].obj && overlap(&given->views[one], &given->views[other])) {
                PyErr_Format(PyExc_ValueError, "arguments %d and %d share memory", one + 1, other + 1);
                return false;
            }
        }
    }
    return true;
}

bool take(Arguments *given, const char *kinds, PyObject *const *values, Py_ssize_t count)
{
    given->count = 0;
    if (count != (Py_ssize_t)(strlen(kinds) / 2)) {
        PyErr_Format(PyExc_TypeError, "%zd arguments instead of %zd", count, (Py_ssize_t)(strlen(kinds) / 2));
        return false;
    }
    for (int number = 0; number < (int)count; number++) {
        char kind = kinds[2 * number];
        int dimensions = kinds[2 * number + 1] - '0';
        given->views[number].obj = NULL;
        given->count = number + 1;
        if (!(dimensions ? take_array(given, number, kind, dimensions, values[number])
                         : take_number(given, number, kind, values[number]))) {
            give_back(given);
            return false;
        }
    }
    if (!are_apart(given, kinds)) {
        give_back(given);
        return false;
    }
    return true;
}

void give_back(Arguments *given)
{
    for (int number = 0; number < given->count; number++) {
        if (given->views[number].obj) {
            PyBuffer_Release(&given->views[number]);
        }
    }
}

static Py_ssize_t rows_of(const Py_buffer *view)
{
    return view->ndim == 1 ? 1 : view->shape[0];
}

static Py_ssize_t width_of(const Py_buffer *view)
{
    return view->shape[view->ndim - 1];
}

Bits bits_at(const Arguments *given, int number)
{
    const Py_buffer *view = &given->views[number];
    return (Bits){view->buf, rows_of(view), width_of(view)};
}

Costs costs_at(const Arguments *given, int number)
{
    const Py_buffer *view = &given->views[number];
    return (Costs){view->buf, rows_of(view), width_of(view)};
}

Indices indices_at(const Arguments *given, int number)
{
    const Py_buffer *view = &given->views[number];
    return (Indices){view->buf, rows_of(view), width_of(view)};
}

bool same(Py_ssize_t one, Py_ssize_t other, const char *what)
{
    if (one != other) {
        PyErr_Format(PyExc_ValueError, "%s: %zd instead of %zd", what, one, other);
    }
    return one == other;
}

bool within(Indices indices, int64_t least, int64_t end, const char *what)
{
    for (Py_ssize_t number = 0; number < indices.rows * indices.width; number++) {
        int64_t index = indices.at[number];
        if (index < least || index >= end) {
            PyErr_Format(PyExc_IndexError, "%s: there is no %lld", what, (long long)index);
            return false;
        }
    }
    return true;
}

PyThreadState *let_others_run(double words)
{
    return words < LONG ? NULL : PyEval_SaveThread();
}

void resume(PyThreadState *state)
{
    if (state) {
        PyEval_RestoreThread(state);
    }
}
