/* All loops at once, for the files that compile them for one kind of processor. */
#ifndef NIXDIVE_ALL_LOOPS_H
#define NIXDIVE_ALL_LOOPS_H

#include "cuts.h"
#include "fleets.h"
#include "merges.h"
#include "moves.h"

static const Loops ALL = {
    best_of_cuts,
    weight_of_all,
    weigh_unions,
    weigh_merges,
    weigh_pairs,
    merge_layers,
    weigh_rests,
    find_homes,
    move_atoms,
    score_all,
};

#endif
