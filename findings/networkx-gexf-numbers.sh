#!/usr/bin/env bash
# networkx: write_gexf() makes a file that read_gexf() refuses when an attribute is an integer here and a float there.
#
# Guess: a node attribute is a number; 0, 1 and 0.5 may stand side by side, as they may in JSON and in GraphML.
# What happens: the first value decides on the type. With 1 first the column is declared as "long", 0.5 is written below it all
#   the same, and reading the file back is a ValueError. GraphML splits the attribute in two keys of one name and
#   reads back well. GEXF holds today's date too, so that the same graph is another file tomorrow.
# Why it matters: the chance that a store path changes is 0, 1 or between. A closure that is exported for Gephi has to have
#   one type for each attribute, made so by the program that exports.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages networkx==3.6.1

python - <<'END'
import datetime
import io

import networkx as nx

graph = nx.DiGraph([("app", "glibc")])
graph.nodes["app"]["chance"] = 1
graph.nodes["glibc"]["chance"] = 0.5


def text(write):
    out = io.BytesIO()
    write(graph, out)
    return out.getvalue().decode()


gexf = text(nx.write_gexf)
print("\n".join(line for line in gexf.splitlines() if "chance" in line or "attvalue " in line or "date" in line))
assert 'title="chance" type="long"' in gexf
assert 'value="0.5"' in gexf
today = datetime.datetime.now(tz=datetime.UTC).date()
near = {str(today + datetime.timedelta(days=days)) for days in (-1, 0, 1)}
assert any(f'lastmodifieddate="{day}"' in gexf for day in near), "no date"
try:
    nx.read_gexf(io.BytesIO(gexf.encode()))
except ValueError as error:
    print("read_gexf: ValueError:", error)
else:
    raise AssertionError("read_gexf takes it")

graphml = text(nx.write_graphml)
print("\n".join(line for line in graphml.splitlines() if "chance" in line))
assert graphml.count('attr.name="chance"') == 2
assert nx.read_graphml(io.BytesIO(graphml.encode())).nodes["glibc"]["chance"] == 0.5

for node in graph:
    graph.nodes[node]["chance"] = float(graph.nodes[node]["chance"])
assert nx.read_gexf(io.BytesIO(text(nx.write_gexf).encode())).nodes["app"]["chance"] == 1.0
END
