/* The loops for processors that have an instruction that counts bits. */
#include "loops.h"

#if HAS_CHOICE
#include <float.h>
#include <math.h>
#include <string.h>
#pragma GCC target("popcnt")
#include "all_loops.h"

const Loops *counting_loops(void)
{
    return &ALL;
}
#endif
