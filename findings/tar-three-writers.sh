#!/usr/bin/env bash
# tar: in the POSIX format Python's header differs from GNU tar's and Go's for every name, and from 101 bytes on all three differ.
#
# Guess: the ustar header of a file with a short name is fixed once name, mode, owner and time are; only names of more than 100 bytes
#   leave a choice.
# What happens: for a name of 5 bytes in the POSIX (PAX) format GNU tar and Go write zeros as the numbers of the device, Python leaves
#   them empty, and so the checksum is another one too. In GNU's own format it is the other way round: Python and GNU tar write
#   the same. From 101 bytes on Python and GNU tar put an extended header in front, each its own, and Go splits the name
#   into the header's prefix and needs none; in GNU's format the header of the long name differs.
# Why it matters: a diff_id is the hash of these bytes, and paths in /nix/store are often longer than 100 bytes. A layer that is unpacked
#   and packed again by another tool, with every field kept, is another layer to each registry.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python3 --version
tar --version | head -n 1
go_program go-tar <<'END'
package main

import (
	"archive/tar"
	"os"
	"time"
)

func main() {
	out := tar.NewWriter(os.Stdout)
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: os.Args[1], Mode: 0o444, Size: 1, ModTime: time.Unix(1, 0),
		Uname: "root", Gname: "root", Format: tar.FormatPAX,
	}
	if err := out.WriteHeader(header); err != nil {
		panic(err)
	}
	out.Write([]byte("x"))
	out.Close()
}
END

python3 - <<'END'
import hashlib
import io
import subprocess
import tarfile
from pathlib import Path


def python(name, form):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        member = tarfile.TarInfo(name)
        member.mode, member.size, member.mtime, member.uname, member.gname = 0o444, 1, 1, "root", "root"
        archive.addfile(member, io.BytesIO(b"x"))
    return out.getvalue()


def gnu(name, *options):
    fields = ["--mtime=@1", "--mode=0444", "--owner=root:0", "--group=root:0"]
    return subprocess.run(["tar", *options, *fields, "-cf", "-", name], check=True, capture_output=True).stdout


def go(name):
    return subprocess.run(["go-tar", name], check=True, capture_output=True).stdout


def shape(data):
    """The types of the headers, and the last of them, which is the file's own."""
    types, at = "", 0
    while data[at]:
        header = data[at : at + 512]
        types += chr(header[156])
        at += 512 + (int(header[124:135], 8) + 511) // 512 * 512
    return types + ("+prefix" if header[345] else ""), header


posix = "--format=posix", "--pax-option=delete=atime,delete=ctime"
for size in (5, 100, 101, 150):
    name = "/".join(["d" * 40] * (size // 41) + ["f" * (size % 41)])
    assert len(name) == size
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text("x")
    found = {
        "Python, PAX": python(name, tarfile.PAX_FORMAT),
        "GNU tar, PAX": gnu(name, *posix),
        "Go, PAX": go(name),
        "Python, GNU": python(name, tarfile.GNU_FORMAT),
        "GNU tar, GNU": gnu(name, "--format=gnu"),
    }
    print(f"name of {size} bytes:")
    headers = []
    for writer, data in found.items():
        types, header = shape(data)
        headers.append(types)
        print(f"  {writer:13} headers {types:9} device {header[329:345]!r:68} sha256 {hashlib.sha256(data[:1536]).hexdigest()[:8]}")
    long = size > 100
    assert headers == (["x0", "x0", "0+prefix", "L0", "L0"] if long else ["0"] * 5), headers
    pax, gnu_pax, go_pax, python_gnu, gnu_gnu = (data.rstrip(b"\0") for data in found.values())
    assert pax not in (gnu_pax, go_pax), "Python writes what another one writes"
    assert (gnu_pax == go_pax) == (python_gnu == gnu_gnu) == (not long), "others agree than before"
END
