#!/usr/bin/env bash
# crane, regctl: the bytes of a hard link get lost where layers are put together, or where the link is asked for.
#
# Guess: a hard link is a second name of a file, so it has the file's bytes, also when an upper layer replaces or deletes the
#   first name. This is what every runtime shows, since it unpacks layer by layer.
# What happens: `crane export` and `crane flatten` copy the entries as they are, the names of upper layers first. Where the first name was replaced,
#   the hard link refers to the new file and has its bytes; where it was deleted, it refers to nothing, and tar
#   cannot unpack the result. `regctl image get-file` of a hard link writes nothing and ends with 0, whatever is above.
# Why it matters: stores that were optimised are full of hard links, and tar programs write them into layers. A flattened image may hold other files
#   than the image that it was made of, with nothing said.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
own_home
crane_registry
go_tool github.com/regclient/regclient/cmd/regctl@v0.11.7
tar --version | head -n 1

host=${registry[crane]}
for case in kept replaced deleted; do
    make_image links "$case.tar" "$case"
    crane push "$case.tar" "$host/$case:1" >/dev/null 2>&1
    crane flatten "$host/$case:1" --tag "$host/$case:flat" >/dev/null 2>&1

    # what a container sees: the layers, one after the other
    mkdir "$case"
    for digest in $(crane manifest "$host/$case:1" | grep -oE 'sha256:[0-9a-f]{64}' | tail -n +2); do
        crane blob "$host/$case@$digest" | tar -xzf - -C "$case" --exclude '.wh.*'
    done
    [ "$(cat "$case/link")" = below ] || changed "the layers of $case have $(cat "$case/link")"

    flat=$(crane manifest "$host/$case:flat" | grep -oE 'sha256:[0-9a-f]{64}' | tail -n 1)
    mkdir "$case-export" "$case-flat"
    crane export "$host/$case:1" - | tar -xf - -C "$case-export" 2>"$case.log" && status=0 || status=$?
    crane blob "$host/$case@$flat" | tar -xzf - -C "$case-flat" 2>>"$case.log" || true
    found=$(cat "$case-export/link" 2>/dev/null || echo "not there, tar ends with $status")
    same=$(cat "$case-flat/link" 2>/dev/null || echo "not there, tar ends with $status")
    echo "$case: a container sees below; crane export: $found; crane flatten: $same"
    case $case in
    kept) wanted=below ;;
    replaced) wanted=above ;;
    deleted) wanted="not there, tar ends with 2" ;;
    esac
    [ "$found" = "$wanted" ] && [ "$same" = "$wanted" ] || changed "crane, $case"

    regctl registry set --tls disabled "$host" >/dev/null 2>&1
    regctl image get-file "$host/$case:1" /link >"$case.got" 2>regctl.log || changed "regctl ends with an error: $(cat regctl.log)"
    echo "$case: regctl image get-file /link: status 0, $(stat -c %s "$case.got") bytes"
    [ ! -s "$case.got" ] || changed "regctl, $case"
done
