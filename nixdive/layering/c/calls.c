/* The functions of Python, which check what they are given before a loop may trust it. */
#include "calls.h"

#include "arguments.h"
#include "loops.h"

#include <stdlib.h>

const Loops *loops;

PyObject *best_cut(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "u2f1i2i1", values, count)) {
        return NULL;
    }
    Bits bits = bits_at(&given, 0);
    Costs sizes = costs_at(&given, 1);
    Indices orders = indices_at(&given, 2), scale = indices_at(&given, 3);
    PyObject *found = NULL;
    if (same(sizes.width, bits.rows, "bytes") && same(scale.width, bits.width, "words of the scale") &&
        within(orders, 0, bits.rows, "atoms") && same(orders.width > 0, true, "whether there are atoms")) {
        uint64_t *union_of = malloc((size_t)bits.width * sizeof *union_of + 1);
        double *high = malloc((size_t)orders.width * sizeof *high);
        if (union_of && high) {
            PyThreadState *state = let_others_run((double)orders.rows * (double)orders.width * (double)bits.width);
            Cut best = loops->best_of_cuts(bits, sizes.at, orders, scale.at, union_of, high);
            resume(state);
            found = Py_BuildValue("dLL", best.gain, (long long)best.order, (long long)best.before);
        } else {
            PyErr_NoMemory();
        }
        free(union_of);
        free(high);
    }
    give_back(&given);
    return found;
}

PyObject *unite(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "u2f1i1i1U1", values, count)) {
        return NULL;
    }
    Bits bits = bits_at(&given, 0), union_of = bits_at(&given, 4);
    Costs sizes = costs_at(&given, 1);
    Indices atoms = indices_at(&given, 2), scale = indices_at(&given, 3);
    PyObject *found = NULL;
    if (same(sizes.width, bits.rows, "bytes") && same(scale.width, bits.width, "words of the scale") &&
        same(union_of.width, bits.width, "words of the union") && within(atoms, 0, bits.rows, "atoms")) {
        double size = 0.0;
        for (Py_ssize_t at = 0; at < atoms.width; at++) {
            size += sizes.at[atoms.at[at]];
        }
        PyThreadState *state = let_others_run((double)atoms.width * (double)bits.width);
        double weight = loops->weight_of_all(bits, atoms, scale.at, union_of.words);
        resume(state);
        found = Py_BuildValue("dd", size, weight);
    }
    give_back(&given);
    return found;
}

/* Says whether layers, which are the first arguments, and the words of the scale are as many as they have to be. */
static bool layers_fit(Bits bits, Costs sizes, Costs weights, Indices scale)
{
    return same(sizes.width, bits.rows, "bytes") && same(weights.width, bits.rows, "weights") &&
           same(scale.width, bits.width, "words of the scale");
}

PyObject *unions(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "u2f1i1i1i1F1", values, count)) {
        return NULL;
    }
    Bits bits = bits_at(&given, 0);
    Costs sizes = costs_at(&given, 1), found = costs_at(&given, 5);
    Indices rows = indices_at(&given, 2), others = indices_at(&given, 3), scale = indices_at(&given, 4);
    bool right = same(sizes.width, bits.rows, "bytes") && same(scale.width, bits.width, "words of the scale") &&
                 same(others.width, rows.width, "others") && same(found.width, rows.width, "results") &&
                 within(rows, 0, bits.rows, "layers") && within(others, 0, bits.rows, "layers");
    if (right) {
        PyThreadState *state = let_others_run((double)rows.width * (double)bits.width);
        loops->weigh_unions((Layers){bits, sizes.at, NULL, scale.at}, rows, others, found.at);
        resume(state);
    }
    give_back(&given);
    return right ? Py_NewRef(Py_None) : NULL;
}

PyObject *merges(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "u2f1f1i0i0i1F1", values, count)) {
        return NULL;
    }
    Bits bits = bits_at(&given, 0);
    Costs sizes = costs_at(&given, 1), weights = costs_at(&given, 2), found = costs_at(&given, 6);
    int64_t at = given.whole[3], start = given.whole[4];
    Indices scale = indices_at(&given, 5);
    bool right = layers_fit(bits, sizes, weights, scale) && within((Indices){&at, 1, 1}, 0, bits.rows, "layers") &&
                 within((Indices){&start, 1, 1}, 0, bits.rows + 1, "layers") &&
                 same(found.width, bits.rows - start, "results");
    if (right) {
        PyThreadState *state = let_others_run((double)found.width * (double)bits.width);
        loops->weigh_merges((Layers){bits, sizes.at, weights.at, scale.at}, at, start, found.at);
        resume(state);
    }
    give_back(&given);
    return right ? Py_NewRef(Py_None) : NULL;
}

PyObject *pairs(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "u2f1f1i1F2", values, count)) {
        return NULL;
    }
    Bits bits = bits_at(&given, 0);
    Costs sizes = costs_at(&given, 1), weights = costs_at(&given, 2), found = costs_at(&given, 4);
    Indices scale = indices_at(&given, 3);
    bool right = layers_fit(bits, sizes, weights, scale) && same(found.rows, bits.rows, "rows of the table") &&
                 same(found.width, bits.rows, "columns of the table");
    if (right) {
        PyThreadState *state = let_others_run((double)bits.rows * (double)bits.rows * (double)bits.width);
        loops->weigh_pairs((Layers){bits, sizes.at, weights.at, scale.at}, found.at);
        resume(state);
    }
    give_back(&given);
    return right ? Py_NewRef(Py_None) : NULL;
}

/* Merges all layers, with room for what that takes besides; returns false where there is no memory for it. */
static bool merge_with_room(Layers layers, double *costs, double *again, int64_t *made, double *paid)
{
    size_t count = (size_t)layers.bits.rows;
    Left all = {(Py_ssize_t)count, (Py_ssize_t)count, costs, malloc(count * sizeof *all.live),
                malloc(count * sizeof *all.nearest), malloc(count * sizeof *all.least)};
    bool is_there = all.live && all.nearest && all.least;
    if (is_there) {
        for (size_t one = 0; one < count; one++) {
            all.live[one] = (int64_t)one;
        }
        PyThreadState *state = let_others_run((double)count * (double)count * (double)layers.bits.width);
        loops->merge_layers(layers, &all, again, made, paid);
        resume(state);
    }
    free(all.live);
    free(all.nearest);
    free(all.least);
    return is_there;
}

PyObject *merge_all(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "U2F1F1F2F1i1I2F1", values, count)) {
        return NULL;
    }
    Bits bits = bits_at(&given, 0);
    Costs sizes = costs_at(&given, 1), weights = costs_at(&given, 2), costs = costs_at(&given, 3);
    Costs again = costs_at(&given, 4), paid = costs_at(&given, 7);
    Indices scale = indices_at(&given, 5), made = indices_at(&given, 6);
    bool right = layers_fit(bits, sizes, weights, scale) && same(costs.rows, bits.rows, "rows of the table") &&
                 same(costs.width, bits.rows, "columns of the table") && same(again.width, bits.rows, "costs") &&
                 same(made.rows + 1, bits.rows, "layers and merges") && same(made.width, 2, "layers of a merge") &&
                 same(paid.width, made.rows, "costs of merges");
    if (right && !merge_with_room((Layers){bits, sizes.at, weights.at, scale.at}, costs.at, again.at, made.at, paid.at)) {
        PyErr_NoMemory();
        right = false;
    }
    give_back(&given);
    return right ? Py_NewRef(Py_None) : NULL;
}

/* Returns how many atoms the largest layer has, or -1 with an error set where layers do not end one after another. */
static int64_t longest(Indices ends, Py_ssize_t atoms)
{
    int64_t most = 0, start = 0;
    for (Py_ssize_t layer = 0; layer < ends.width; layer++) {
        int64_t count = ends.at[layer] - start;
        if (count < 0) {
            PyErr_SetString(PyExc_ValueError, "a layer ends before it begins");
            return -1;
        }
        most = count > most ? count : most;
        start = ends.at[layer];
    }
    return same((Py_ssize_t)start, atoms, "atoms of layers") ? most : -1;
}

PyObject *weigh_others(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "u2i1i1i1F1", values, count)) {
        return NULL;
    }
    Bits bits = bits_at(&given, 0);
    Indices atoms = indices_at(&given, 1), ends = indices_at(&given, 2), scale = indices_at(&given, 3);
    Costs found = costs_at(&given, 4);
    int64_t most = -1;
    if (same(scale.width, bits.width, "words of the scale") && same(found.width, atoms.width, "results") &&
        within(atoms, 0, bits.rows, "atoms")) {
        most = longest(ends, atoms.width);
    }
    bool right = most >= 0;
    if (right) {
        uint64_t *room = calloc((size_t)(most + 2) * (size_t)bits.width + 1, sizeof *room);
        right = room != NULL;
        if (right) {
            PyThreadState *state = let_others_run((double)atoms.width * (double)bits.width);
            loops->weigh_rests(bits, atoms, ends, scale.at, room, room + bits.width, found.at);
            resume(state);
        } else {
            PyErr_NoMemory();
        }
        free(room);
    }
    give_back(&given);
    return right ? Py_NewRef(Py_None) : NULL;
}

/* Says whether layers, atoms and the words of the scale are as many as they have to be. */
static bool rows_fit(Rows layers, Costs sizes, Costs weights, Rows atoms, Costs atom_sizes, Indices scale)
{
    return same(sizes.width, layers.bits.rows, "bytes") && same(weights.width, layers.bits.rows, "weights") &&
           same(atom_sizes.width, atoms.bits.rows, "bytes of atoms") &&
           same(atoms.bits.width, layers.bits.width, "words of atoms") &&
           same(scale.width, layers.bits.width, "words of the scale");
}

PyObject *homes(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "u2f1f1u2f1i1i1f1i1I1F1", values, count)) {
        return NULL;
    }
    Costs sizes = costs_at(&given, 1), weights = costs_at(&given, 2), atom_sizes = costs_at(&given, 4);
    Rows layers = {bits_at(&given, 0), sizes.at, weights.at}, all = {bits_at(&given, 3), atom_sizes.at, NULL};
    Indices atoms = indices_at(&given, 5), lie = indices_at(&given, 6), scale = indices_at(&given, 8);
    Indices best = indices_at(&given, 9);
    Costs saved = costs_at(&given, 7), gains = costs_at(&given, 10);
    bool right = rows_fit(layers, sizes, weights, all, atom_sizes, scale) &&
                 same(lie.width, atoms.width, "layers of atoms") && same(saved.width, atoms.width, "what is saved") &&
                 same(best.width, atoms.width, "results") && same(gains.width, atoms.width, "results") &&
                 within(atoms, 0, all.bits.rows, "atoms");
    if (right) {
        double words = (double)atoms.width * (double)layers.bits.rows * (double)layers.bits.width;
        Asked asked = {atoms.at, lie.at, saved.at, best.at, gains.at};
        PyThreadState *state = let_others_run(words);
        loops->find_homes(layers, all, scale.at, asked, atoms.width);
        resume(state);
    }
    give_back(&given);
    return right ? Py_NewRef(Py_None) : NULL;
}

/* Says whether atoms and layers of wanted moves are there. */
static bool moves_fit(Indices wanted, Py_ssize_t atoms, Py_ssize_t layers)
{
    for (Py_ssize_t number = 0; number < wanted.rows; number++) {
        int64_t *move = wanted.at + 3 * number;
        if (!within((Indices){move, 1, 1}, 0, atoms, "atoms") || !within((Indices){move + 1, 1, 2}, 0, layers, "layers")) {
            return false;
        }
    }
    return true;
}

PyObject *move_all(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "U2F1F1u2f1I1I1I2i1f0", values, count)) {
        return NULL;
    }
    Costs sizes = costs_at(&given, 1), weights = costs_at(&given, 2), atom_sizes = costs_at(&given, 4);
    Rows layers = {bits_at(&given, 0), sizes.at, weights.at}, atoms = {bits_at(&given, 3), atom_sizes.at, NULL};
    Indices first = indices_at(&given, 5), after = indices_at(&given, 6), wanted = indices_at(&given, 7);
    Indices scale = indices_at(&given, 8);
    PyObject *found = NULL;
    if (rows_fit(layers, sizes, weights, atoms, atom_sizes, scale) &&
        same(first.width, layers.bits.rows, "first atoms") && same(after.width, atoms.bits.rows, "next atoms") &&
        same(wanted.width, 3, "what a move has") && within(first, -1, atoms.bits.rows, "atoms") &&
        within(after, -1, atoms.bits.rows, "atoms") && moves_fit(wanted, atoms.bits.rows, layers.bits.rows)) {
        uint64_t *rest = malloc((size_t)layers.bits.width * sizeof *rest + 1);
        if (rest) {
            PyThreadState *state = let_others_run((double)wanted.rows * (double)layers.bits.width);
            int64_t moved = loops->move_atoms(layers, atoms, (Lists){first.at, after.at}, wanted, scale.at, given.real[9], rest);
            resume(state);
            found = PyLong_FromLongLong(moved);
        } else {
            PyErr_NoMemory();
        }
        free(rest);
    }
    give_back(&given);
    return found;
}

/* Says whether the table is empty, or has a row and a column for each layer that is asked for. */
static bool table_fits(Costs table, Indices rows, Indices others)
{
    return same(table.width, table.rows, "columns of the table") &&
           (!table.rows || (within(rows, 0, table.rows, "rows of the table") &&
                            within(others, 0, table.rows, "rows of the table")));
}

PyObject *scores(PyObject *Py_UNUSED(module), PyObject *const *values, Py_ssize_t count)
{
    Arguments given;
    if (!take(&given, "u2u2f1f1f1f1f0u1f1i1i1F2i0i1F2", values, count)) {
        return NULL;
    }
    Bits images = bits_at(&given, 0), bits = bits_at(&given, 1), needy = bits_at(&given, 7);
    Costs sizes = costs_at(&given, 2), expected = costs_at(&given, 3), counts = costs_at(&given, 4);
    Costs renewal = costs_at(&given, 5), reach = costs_at(&given, 8), table = costs_at(&given, 11);
    Costs found = costs_at(&given, 14);
    Indices rows = indices_at(&given, 9), others = indices_at(&given, 10), scale = indices_at(&given, 13);
    int64_t most = 0; /* images that a merge can help */
    for (Py_ssize_t word = 0; word < needy.width; word++) {
        most += __builtin_popcountll(needy.words[word]);
    }
    bool right = same(images.rows, bits.rows, "sets of images") && same(sizes.width, bits.rows, "bytes") &&
                 same(expected.width, bits.rows, "costs") && same(counts.width, bits.rows, "counts") &&
                 same(renewal.width, bits.rows, "costs") && same(needy.width, images.width, "words of images") &&
                 same(scale.width, bits.width, "words of the scale") && same(found.rows, rows.width, "results") &&
                 same(found.width, others.width, "results") && within(rows, 0, bits.rows, "layers") &&
                 within(others, 0, bits.rows, "layers") && table_fits(table, rows, others) &&
                 within((Indices){&most, 1, 1}, 0, reach.width, "images");
    if (right) {
        Fleet fleet = {images, bits, sizes.at, expected.at, counts.at, renewal.at, given.real[6], needy.words,
                       reach.at, rows, others, table, given.whole[12] != 0, scale.at};
        PyThreadState *state = let_others_run((double)rows.width * (double)others.width);
        loops->score_all(&fleet, found.at);
        resume(state);
    }
    give_back(&given);
    return right ? Py_NewRef(Py_None) : NULL;
}
