/* The loops for processors that count the bits of eight words at a time. */
#include "loops.h"

#if HAS_CHOICE
#include <float.h>
#include <math.h>
#include <string.h>
#pragma GCC target("popcnt,avx512f,avx512dq,avx512vl,avx512vpopcntdq")
#include "all_loops.h"

const Loops *wide_loops(void)
{
    return &ALL;
}
#endif
