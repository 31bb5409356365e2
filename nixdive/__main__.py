"""Run `python -m nixdive` as the same program as `nixdive`."""

from nixdive.cli import main

main()
