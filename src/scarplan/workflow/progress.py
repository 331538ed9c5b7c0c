"""How a verb tells what it is doing: a callable of the step in plain words and the fraction done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, float], None]


def report_nothing(step: str, fraction: float) -> None:
    """Show no progress (the default)."""


def take_share(progress: Progress, start: float, stop: float) -> Progress:
    """Return a progress for one part of a longer work: its 0-1 becomes `start`-`stop` of the whole."""

    def report_part(step: str, fraction: float) -> None:
        progress(step, start + (stop - start) * fraction)

    return report_part
