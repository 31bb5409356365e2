#!/usr/bin/env bash
# mkdocs: `build --strict` passes a link to a heading that does not exist, and with --quiet a link to a page that does not.
#
# Guess: --strict fails for links that lead nowhere, be it to a page or to a heading of a page; --quiet only prints less.
# What happens: strict counts the warnings that are logged. --quiet raises the level of the logger to errors, so that there are none to count,
#   and the status is 0 whatever is wrong. Without it, only the missing page is a warning; a missing heading and an absolute link are
#   information, until `validation: links:` says `anchors: warn` and `absolute_links: warn`.
# Why it matters: a check of links in CI is usually written with both options, and stays green for ever.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages "mkdocs==1.6.1"

mkdir docs
echo '# Other' >docs/other.md

build() { # LINK CONFIGURATION OPTION...: prints the status of a build
    printf '# Home\n\n[x](%s)\n' "$1" >docs/index.md
    printf 'site_name: x\n%s\n' "$2" >mkdocs.yml
    local status=0
    mkdocs build "${@:3}" >log 2>&1 || status=$?
    echo "$status"
}

ALL='validation: { links: { anchors: warn, absolute_links: warn } }'
found=
for link in gone.md other.md#gone /gone/; do
    plain=$(build "$link" "" --strict)
    asked=$(build "$link" "$ALL" --strict)
    quiet=$(build "$link" "$ALL" --strict --quiet)
    echo "link to $link: --strict ends with $plain, where all links are to be warned of with $asked, and then with --quiet too with $quiet"
    found+="$plain$asked$quiet "
done
[ "$found" = "110 010 010 " ] || changed "$found, where 110 010 010 was expected"
