#!/usr/bin/env bash
# networkx: immediate_dominators() names the start node up to 3.5, and leaves it out from 3.6 on.
#
# Guess: the result has an entry for every node that can be reached, the start node as its own dominator; the
#   documentation of many years, and code written for it, say so.
# What happens: 3.6 follows the definition, by which the start node has no immediate dominator, and has no entry for it.
#   Code that walks up "until a node dominates itself" ends in a KeyError with 3.6, and code that ends at a missing
#   key walks in a circle with 3.5.
# Why it matters: the size that goes away with a store path is the sum over its subtree of the dominator tree. A tool that
#   allows a range of versions has to take both results.
set -euo pipefail
source "$(dirname "$0")/setup.sh"

for version in 3.5 3.6.1; do
    python_packages "networkx==$version"
    python - "$version" <<'END'
import sys

import networkx as nx

found = nx.immediate_dominators(nx.DiGraph([("app", "libfoo"), ("libfoo", "glibc")]), "app")
print(found)
expected = {"libfoo": "app", "glibc": "libfoo"}
assert found == (expected if sys.argv[1] == "3.6.1" else {"app": "app", **expected})
END
done
