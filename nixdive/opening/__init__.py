"""The one way from the words of a command line to a value that can be planned."""

from nixdive.opening.open import open_demo, open_subject
from nixdive.opening.subject import Subject, fleet_image

__all__ = [
    "Subject",
    "fleet_image",
    "open_demo",
    "open_subject",
]
