/* The module nixdive.layering.kernel: the loops of the search for layers, for the processor that there is. */
#include "calls.h"

#include <stdbool.h>
#include <string.h>

/* Loops for one kind of processor. */
typedef struct {
    const char *name;
    const Loops *(*loops)(void);
    bool (*can_run)(void);
} Kind;

static bool always(void)
{
    return true;
}

#if HAS_CHOICE
static bool counts(void)
{
    return __builtin_cpu_supports("popcnt");
}

static bool counts_eight(void)
{
    return counts() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq");
}
#endif

/* The kinds, the quickest last. */
static const Kind KINDS[] = {
    {"plain", plain_loops, always},
#if HAS_CHOICE
    {"counting", counting_loops, counts},
    {"wide", wide_loops, counts_eight},
#endif
};
enum { COUNT = sizeof KINDS / sizeof KINDS[0] };

static PyObject *kinds(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
    PyObject *found = PyList_New(0);
    for (int at = 0; found && at < COUNT; at++) {
        PyObject *name = KINDS[at].can_run() ? PyUnicode_FromString(KINDS[at].name) : Py_NewRef(Py_None);
        if (!name || (name != Py_None && PyList_Append(found, name) < 0)) {
            Py_CLEAR(found);
        }
        Py_XDECREF(name);
    }
    return found;
}

static PyObject *use(PyObject *Py_UNUSED(module), PyObject *name)
{
    PyObject *text = PyUnicode_AsUTF8String(name);
    if (!text) {
        return NULL;
    }
    bool is_found = false;
    for (int at = 0; at < COUNT; at++) {
        if (!strcmp(PyBytes_AsString(text), KINDS[at].name) && KINDS[at].can_run()) {
            loops = KINDS[at].loops();
            is_found = true;
        }
    }
    if (!is_found) {
        PyErr_Format(PyExc_ValueError, "%S: no kind of loops that this processor runs", name);
    }
    Py_DECREF(text);
    return is_found ? Py_NewRef(Py_None) : NULL;
}

/* Chooses the quickest loops. */
static void choose(void)
{
    for (int at = 0; at < COUNT; at++) {
        if (KINDS[at].can_run()) {
            loops = KINDS[at].loops();
        }
    }
}

static PyMethodDef METHODS[] = {
    {"kinds", kinds, METH_NOARGS, NULL},
    {"use", use, METH_O, NULL},
    {"unite", (PyCFunction)(void (*)(void))unite, METH_FASTCALL, NULL},
    {"best_cut", (PyCFunction)(void (*)(void))best_cut, METH_FASTCALL, NULL},
    {"unions", (PyCFunction)(void (*)(void))unions, METH_FASTCALL, NULL},
    {"merges", (PyCFunction)(void (*)(void))merges, METH_FASTCALL, NULL},
    {"pairs", (PyCFunction)(void (*)(void))pairs, METH_FASTCALL, NULL},
    {"merge_all", (PyCFunction)(void (*)(void))merge_all, METH_FASTCALL, NULL},
    {"weigh_others", (PyCFunction)(void (*)(void))weigh_others, METH_FASTCALL, NULL},
    {"homes", (PyCFunction)(void (*)(void))homes, METH_FASTCALL, NULL},
    {"move_all", (PyCFunction)(void (*)(void))move_all, METH_FASTCALL, NULL},
    {"scores", (PyCFunction)(void (*)(void))scores, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot SLOTS[] = {{0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "kernel", "The loops of the search for layers.", 0, METHODS, SLOTS, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_kernel(void)
{
    choose();
    return PyModuleDef_Init(&MODULE);
}
