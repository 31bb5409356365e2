#!/usr/bin/env bash
# pytest-xdist: under pytest 9.2 --dist loadgroup no longer keeps groups together, and says nothing.
#
# Guess: tests that are marked with one xdist_group run in one process, as the documentation promises.
# What happens: with pytest 9.1 they do. With pytest 9.2 and the same pytest-xdist the tests of a group are spread over all processes,
#   as if the mark were not there; all of them pass, and their names have lost the "@group" at the end.
# Why it matters: a suite that starts one daemon (a registry, dockerd, containerd) per process, and groups the tests that need it,
#   starts several, or has two processes at one socket. An upper bound on pytest, or --dist loadfile, keeps it whole.
# Source: pytest-xdist issue 1386.
set -euo pipefail
source "$(dirname "$0")/setup.sh"

cat >test_groups.py <<'END'
import time

import pytest


@pytest.mark.xdist_group("daemon")
@pytest.mark.parametrize("number", range(20))
def test_daemon(number, worker_id):
    time.sleep(0.02)
    print("group daemon ran in", worker_id)


@pytest.mark.xdist_group("other")
@pytest.mark.parametrize("number", range(20))
def test_other(number, worker_id):
    time.sleep(0.02)
    print("group other ran in", worker_id)
END

# workers GROUP DIST: in how many of three processes the group's tests ran.
workers() {
    pytest -p no:cacheprovider -q -rP -n 3 --dist "$2" test_groups.py >pytest.log || changed "the tests fail"
    grep "^group $1 ran in" pytest.log | sort -u | wc -l
}

for version in 9.1.0 9.2.0; do
    python_packages "pytest==$version" pytest-xdist==3.8.0
    group=$(workers daemon loadgroup)
    file=$(workers daemon loadfile)
    echo "processes that ran tests of one group: loadgroup $group, loadfile $file"
    [ "$file" = 1 ] || changed "loadfile uses $file processes"
    if [ "$version" = 9.1.0 ]; then
        [ "$group" = 1 ] || changed "pytest $version does not keep groups together"
    else
        [ "$group" -gt 1 ] || changed "pytest $version keeps groups together"
    fi
done
