#!/usr/bin/env bash
# YAML: PyYAML and Go's yaml.v3 read the same file of settings differently.
#
# Guess: two readers of one YAML file see the same numbers, words and keys.
# What happens: PyYAML follows YAML 1.1 and yaml.v3 mostly 1.2. 1e3 and 1e-1 are texts to PyYAML and numbers to Go (with a dot and a sign,
#   1.0e+3, to both); 0o14 likewise. on and no are booleans to PyYAML, texts to Go (unless it fills a bool). 20:30 is 1230 to PyYAML and
#   a text to Go. A key that is there twice is an error in Go, and the last one wins in PyYAML. Both read
#   014 as 12, and merge keys (<<) alike.
# Why it matters: thresholds of dive's gate are such a file, read by Go. A tool in Python that honours it must not compare
#   with a text, and must not pass a file that the other one refuses.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages PyYAML==6.0.4
go_program yaml-to-json go.yaml.in/yaml/v3@v3.0.5 <<'END'
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

func main() {
	data, _ := io.ReadAll(os.Stdin)
	var value map[string]any
	if err := yaml.Unmarshal(data, &value); err != nil {
		fmt.Println(`"refused"`)
		return
	}
	json.NewEncoder(os.Stdout).Encode(value)
}
END

python - <<'END'
import json
import subprocess

import yaml


def both(text):
    go = subprocess.run(["yaml-to-json"], input=text.encode(), check=True, capture_output=True).stdout
    return yaml.safe_load(text), json.loads(go)


scalars = {
    "1e3": ("1e3", 1000),
    "1e-1": ("1e-1", 0.1),
    "1.0e+3": (1000, 1000),
    "0o14": ("0o14", 12),
    "014": (12, 12),
    "on": (True, "on"),
    "no": (False, "no"),
    "20:30": (1230, "20:30"),
}
for text, expected in scalars.items():
    found = tuple(value["value"] for value in both(f"value: {text}\n"))
    print(f"{text:8} PyYAML {found[0]!r:8} Go {found[1]!r}")
    assert found == expected, found
    assert [type(value) is str for value in found] == [type(value) is str for value in expected]
found = both("rule: 1\nrule: 2\n")
print("a key twice: PyYAML", found[0], "Go", found[1])
assert found == ({"rule": 2}, "refused"), found
found = both("base: &base {rule: 1, other: 2}\nci:\n  <<: *base\n  rule: 3\n")
print("merge key: PyYAML", found[0]["ci"], "Go", found[1]["ci"])
assert found[0]["ci"] == found[1]["ci"] == {"rule": 3, "other": 2}
END
