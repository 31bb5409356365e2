#!/usr/bin/env bash
# containerd: a label of more than 4096 bytes, key and value together, is refused; image configs know no such limit.
#
# Guess: labels in an image's config are free text; what can be pushed, pulled and imported can be run.
# What happens: containerd's own check takes 4096 bytes of key and value, and refuses 4097, counted in bytes, not letters. Images with such
#   labels are imported without a word; the check is made when `ctr run` copies them to the labels of a container.
# Why it matters: tools keep things in labels (a plan of the layers, a bill of materials). What is larger than 4 KiB has to be
#   cut into several labels or be an annotation of the manifest.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
go_program check-label github.com/containerd/containerd/v2@v2.3.5 <<'END'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/containerd/containerd/v2/pkg/labels"
)

// check prints what containerd says to a label, and fails if it is not what it was.
func check(what, value string, taken bool) {
	err := labels.Validate("example.plan", value)
	fmt.Printf("%s: %d bytes: %v\n", what, len("example.plan")+len(value), err)
	if (err == nil) != taken {
		os.Exit(1)
	}
}

func main() {
	room := 4096 - len("example.plan")
	check("ASCII", strings.Repeat("x", room), true)
	check("ASCII, one more", strings.Repeat("x", room+1), false)
	check("2043 letters of two bytes", strings.Repeat("é", 2043), false)
}
END
check-label || changed "see above"
