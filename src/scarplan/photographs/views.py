"""Views: the ways a face is photographed, so that two dates can be compared."""

from __future__ import annotations

from collections.abc import Iterable

#: View -> what is seen. Left and right are the patient's own.
VIEWS = {
    "front": "whole face from the front",
    "left45": "left half of the face, turned 45 degrees",
    "right45": "right half of the face, turned 45 degrees",
    "left90": "left profile",
    "right90": "right profile",
    "cheek_left": "close-up of the left cheek",
    "cheek_right": "close-up of the right cheek",
    "temple_left": "close-up of the left temple",
    "temple_right": "close-up of the right temple",
    "chin": "close-up of the chin",
    "forehead": "close-up of the forehead",
}
#: What every date of a course should have: the five views of the face ...
STANDARD_VIEWS = ("front", "left45", "right45", "left90", "right90")
#: ... and the close-ups with a ruler in the frame.
STANDARD_CLOSE_UPS = ("cheek_left", "cheek_right", "temple_left", "temple_right")


def is_close_up(view: str) -> bool:
    """Whether `view` shows a part of the face from near."""
    return view in VIEWS and view not in STANDARD_VIEWS


def missing_views(present: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the standard views and the standard close-ups that are not among `present`."""
    there = set(present)
    return [v for v in STANDARD_VIEWS if v not in there], [v for v in STANDARD_CLOSE_UPS if v not in there]
