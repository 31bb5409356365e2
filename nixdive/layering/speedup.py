"""Whether the loops of searches run in C; where they could not be built numpy does the same, more slowly."""

from __future__ import annotations

try:
    from nixdive.layering import kernel
except ImportError:
    IN_C = False
else:
    IN_C = True

__all__ = ("IN_C", "kernel")
