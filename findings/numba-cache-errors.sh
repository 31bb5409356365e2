#!/usr/bin/env bash
# numba: a cache that cannot be read or written ends the call, though the function could be compiled, or is.
#
# Guess: cache=True saves time only: what is damaged is compiled again, and a full disk means that nothing is kept, as with Python's
#   own .pyc files.
# What happens: an index or a data file that is empty or cut off makes every call raise what unpickling raises (EOFError,
#   UnpicklingError), in each process until somebody removes the file; one that is missing is compiled again. On a full disk the first
#   call raises OSError, after compiling; the second in the same process gives the result.
# Why it matters: a power cut, or a home directory out of quota, breaks the computation itself, and trying again helps in one case and not in the
#   other. Whoever calls has to catch this at a point where another way is left, and remove what cannot be read.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages "numba==0.68.1" "numpy==2.4.6"

cat >kept.py <<'END'
import resource
import signal
import sys

from numba import njit


@njit(cache=True)
def tenfold(x):
    return x * 10


if sys.argv[1:] == ["full"]:  # what a process may write to a file stands in for the room on the disk
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
calls = []
for _ in range(2):
    try:
        calls.append(str(tenfold(1)))
    except Exception as error:
        calls.append(type(error).__name__)
print(*calls)
END

export NUMBA_CACHE_DIR=$work/kept
expect() {
    local what=$1 wanted=$2 found
    shift 2
    found=$(python3 kept.py "$@")
    echo "$what: $found"
    [ "$found" = "$wanted" ] || changed "$what: $found instead of $wanted"
}
cut() { find kept -name "*.$1" -exec truncate --size="$2" {} +; }

expect "a full disk" "OSError 10" full
expect "two calls" "10 10"
for kind in nbi nbc; do
    cp -r kept good
    cut $kind 0
    expect "an empty .$kind" "EOFError EOFError"
    expect "in the next process" "EOFError EOFError"
    rm -r kept; cp -r good kept
    cut $kind 60
    expect "a .$kind of 60 bytes" "UnpicklingError UnpicklingError"
    rm -r kept; mv good kept
    find kept -name "*.$kind" -delete
    expect "no .$kind" "10 10"
done
