"""Names of the photographic views, short enough for a tick list."""

from __future__ import annotations

import re

from scarplan.photographs import STANDARD_VIEWS

#: What ends a tick list of views: the close-ups together.
CLOSE_UPS_IN_WORDS = "close-ups with ruler"
_TURNED = re.compile(r"(left|right)(\d+)")


def name_view(view: str) -> str:
    """Return the short name of a view: `left 45°`, `cheek left`."""
    turned = _TURNED.fullmatch(view)
    return f"{turned[1]} {turned[2]}°" if turned else view.replace("_", " ")


def list_views() -> tuple[str, ...]:
    """Return the short names of the standard views, the close-ups as one."""
    return (*map(name_view, STANDARD_VIEWS), CLOSE_UPS_IN_WORDS)
