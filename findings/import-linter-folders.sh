#!/usr/bin/env bash
# import-linter: a folder without __init__.py is not looked at, and the contract is kept.
#
# Guess: the linter reads all modules below the root package, or complains about those that it cannot place.
# What happens: a folder without __init__.py can be imported (as a namespace package), but neither it nor what it imports is part of the
#   graph. "Analyzed 3 files" and "KEPT" are printed with the forbidden import in place. With an empty __init__.py
#   in the folder the same contract is broken.
# Why it matters: one-way imports are what keeps readers of foreign files apart from screens. One forgotten file turns the
#   check off for a whole folder, so a test has to ask for __init__.py in every folder of the package.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages import-linter==2.17

mkdir -p shop/screen shop/core/reader
touch shop/__init__.py shop/screen/__init__.py shop/core/__init__.py
echo "import shop.screen" >shop/core/reader/tar.py
cat >.importlinter <<'END'
[importlinter]
root_package = shop

[importlinter:contract:one-way]
name = the core knows no screen
type = forbidden
source_modules = shop.core
forbidden_modules = shop.screen
END

python -c "import shop.core.reader.tar, sys; print('imported:', sorted(name for name in sys.modules if name.startswith('shop.')))"
lint-imports --no-cache >without.log || changed "the contract is broken without __init__.py"
grep -E "Analyzed|KEPT" without.log
touch shop/core/reader/__init__.py
if lint-imports --no-cache >with.log; then changed "the contract is kept with __init__.py"; fi
grep -E "Analyzed|BROKEN|is not allowed" with.log
