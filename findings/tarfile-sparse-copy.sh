#!/usr/bin/env bash
# tarfile: a sparse file that is copied from one archive to another cannot be read there.
#
# Guess: `for member in old: new.addfile(member, old.extractfile(member))` copies an archive. tarfile reads all of GNU tar's sparse forms, gives
#   the data with their holes filled, and writes what it was given.
# What happens: the member still says that it is sparse, by its type or by its extended header, and is written so, but without a map of its
#   holes and with the zeros in them. Nothing is raised. GNU tar can write four forms. Of their copies Go refuses all; GNU tar and tarfile
#   itself refuse one and read other bytes from two, as many as there should be; the last is right for GNU tar and empty for tarfile.
# Why it matters: layers of images are tars, `tar --sparse` makes such members, and filters that drop or rename some files copy the others in this
#   way. The copy is damaged, has a digest that fits, and is found out when it is unpacked. A member has to be made anew (with a name, a
#   size and no extended header), or its blocks copied as they are.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python3 --version
tar --version | head -1

go_program go-read <<'END'
package main

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	archive := tar.NewReader(file)
	if _, err = archive.Next(); err == nil {
		_, err = io.Copy(os.Stdout, archive)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
END

truncate -s 100000 holes
printf 'the end' >>holes
cat >read.py <<'END'
import sys
import tarfile

with tarfile.open(sys.argv[1]) as archive:
    sys.stdout.buffer.write(archive.extractfile(archive.next()).read())
END
cat >copied.py <<'END'
import tarfile

with tarfile.open("old.tar") as old, tarfile.open("new.tar", "w") as new:
    for member in old:
        new.addfile(member, old.extractfile(member))
END

# read_by NAME COMMAND...: what becomes of the file: same, other bytes, or an error.
read_by() {
    local name=$1 said=same
    shift
    "$@" >read 2>error || said=error
    [ "$said" = error ] || cmp -s read holes || said="$(stat --format=%s read) other bytes"
    row="$row  $name: $said"
}

table=
for form in gnu 0.0 0.1 1.0; do
    options=(--format=gnu)
    [ "$form" = gnu ] || options=(--format=posix "--sparse-version=$form")
    tar --sparse "${options[@]}" -cf old.tar holes
    python3 copied.py
    for archive in old new; do
        row="$form $archive"
        read_by tarfile python3 read.py $archive.tar
        read_by tar tar -xOf $archive.tar
        read_by Go go-read $archive.tar
        table="$table$row"$'\n'
    done
done
printf '%s' "$table"
[ "$table" = "gnu old  tarfile: same  tar: same  Go: same
gnu new  tarfile: 0 other bytes  tar: same  Go: error
0.0 old  tarfile: same  tar: same  Go: same
0.0 new  tarfile: 100007 other bytes  tar: 100007 other bytes  Go: error
0.1 old  tarfile: same  tar: same  Go: same
0.1 new  tarfile: 100007 other bytes  tar: 100007 other bytes  Go: error
1.0 old  tarfile: same  tar: same  Go: same
1.0 new  tarfile: error  tar: error  Go: error
" ] || changed "the copies"
