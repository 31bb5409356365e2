#!/usr/bin/env bash
# distributed: `Client.get_executor()`, "fully compatible with concurrent.futures", runs the same call once only.
#
# Guess: submit() of an executor runs what it is given, as often as it is given: three times submit(work, 1) are three runs, and
#   map() over three equal arguments too. That is what the executors of concurrent.futures do.
# What happens: calls are taken for pure, under a name made of the function and its arguments. As long as a result is held, the same call
#   returns that result, and a call that failed fails again without having been tried. pure=False, an option of get_executor() and
#   submit() that concurrent.futures does not have, runs each.
# Why it matters: work that reads a file, asks the time or a host gives what it gave earlier, and trying again after an error tries nothing. Code
#   that was tested with threads or processes shows nothing of it.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages "distributed==2026.8.0" "dask==2026.8.0"

cat >repeat.py <<'END'
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from distributed import Client

RUNS = count(1)  # shared, as the workers are threads here


def work(_):
    import repeat

    return next(repeat.RUNS)


def fail():
    import repeat

    raise ValueError(next(repeat.RUNS))


def different(executor):
    """Return how many runs three equal calls by submit, by map, and two that fail have come to."""
    submitted = [executor.submit(work, 1) for _ in range(3)]
    failed = [executor.submit(fail) for _ in range(2)]
    return (
        len({one.result() for one in submitted}),
        len(set(executor.map(work, [2, 2, 2]))),
        len({str(one.exception()) for one in failed}),
    )


if __name__ == "__main__":
    with ThreadPoolExecutor(1) as threads:
        found = {"concurrent.futures": different(threads)}
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        logging.getLogger("distributed.worker").setLevel(logging.CRITICAL)
        found["get_executor()"] = different(client.get_executor())
        found["get_executor(pure=False)"] = different(client.get_executor(pure=False))
    for name, runs in found.items():
        print(f"{name:25} runs of 3 by submit, 3 by map, 2 that fail: {runs}")
    sys.exit(list(found.values()) != [(3, 3, 2), (1, 1, 1), (3, 3, 2)])
END
PYTHONPATH=$work python3 repeat.py || changed "the runs"
