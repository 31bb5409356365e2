#!/usr/bin/env bash
# Python 3.14: an exception that a handler of signals raises can leave the lock of a `with` taken for ever.
#
# Guess: `with lock:` gives the lock back whatever happens, also where ctrl+c raises KeyboardInterrupt: either the lock was not taken, or
#   the block is entered and left.
# What happens: up to 3.13 that holds. In 3.14, `with` calls `__enter__` by an ordinary instruction, after which handlers of signals are
#   run; what they raise there is raised before the block begins. The lock is taken then, `__exit__` is not called, and whoever wants the
#   lock next waits for ever. A second after the interrupt it still cannot be had.
# Why it matters: a program that ends its work by an exception from a handler, as Python itself does with ctrl+c, tidies up on its way
#   out, and hangs where that needs the same lock: its own, or one of a library's or of the standard library's.
set -euo pipefail
source "$(dirname "$0")/setup.sh"

# debian_python SUITE VERSION: the interpreter of a Debian, unpacked in a folder and not installed, as the program SUITE.
debian_python() {
    local suite=$1 version=$2 name root=$work/$1 mirror options package
    name=python$(cut -d. -f1,2 <<<"$version")
    # shellcheck disable=SC2016  # apt-get fills that in
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null) ||
        cannot "there is no apt-get"
    mirror=${mirror%%$'\n'*}
    mkdir -p "$root/apt/lists/partial" "$root/apt/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main" >"$root/apt/sources.list"
    : >"$root/apt/status"
    options=(-qq -o "Dir::Etc::SourceList=$root/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State=$root/apt"
        -o "Dir::State::status=$root/apt/status" -o "Dir::Cache=$root/apt" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none)
    (
        cd "$root/apt"
        apt-get "${options[@]}" update
        apt-get "${options[@]}" download "$name-minimal=$version" "lib$name-minimal=$version" "lib$name-stdlib=$version" \
            libc6 libexpat1 zlib1g
    ) >"$suite.log" 2>&1 || { cat "$suite.log" >&2; cannot "Debian has no $name-minimal=$version in $suite"; }
    for package in "$root"/apt/*.deb; do dpkg-deb -x "$package" "$root"; done
    mkdir -p bin
    cat >"bin/$suite" <<END
#!/bin/sh
PYTHONHOME=$root/usr exec "$(echo "$root"/usr/lib/*/ld-linux*.so.*)" --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" $root/usr/bin/$name "\$@"
END
    chmod +x "bin/$suite"
    echo "$name-minimal=$version"
}

debian_python trixie 3.13.5-2+deb13u5
debian_python forky 3.14.8-1

cat >interrupted.py <<'END'
import platform
import signal
import threading

ROUNDS = 2000


class Interrupt(Exception):
    pass


def interrupted(*_):
    raise Interrupt


def work(lock):
    while True:
        with lock:
            pass


signal.signal(signal.SIGALRM, interrupted)
taken = []
for _ in range(ROUNDS):
    lock = threading.Lock()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        work(lock)
    except Interrupt:
        if lock.locked():
            taken.append(lock)

had = not taken or taken[0].acquire(timeout=1)
kept = "" if had else ", and cannot be had a second later"
print(f"Python {platform.python_version()}: after {len(taken)} of {ROUNDS} interrupts the lock is taken{kept}")
raise SystemExit(0 if had else 10)
END

status=0
timeout 300 trixie interrupted.py || status=$?
[ "$status" = 0 ] || changed "in 3.13 a lock can stay taken, too ($status)"
timeout 300 forky interrupted.py || status=$?
[ "$status" = 10 ] || changed "in 3.14 no lock stays taken ($status)"
echo "as described: in 3.14 a lock that \`with\` has just taken is not given back"
