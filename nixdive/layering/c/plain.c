/* The loops for any processor. */
#include "all_loops.h"

const Loops *plain_loops(void)
{
    return &ALL;
}
