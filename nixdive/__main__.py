"""So that `python -m nixdive` is the same program as `nixdive`."""

from nixdive.cli import main

main()
