"""One plot as the templates need it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plot:
    """One plot as inline SVG with its alternative text."""

    svg: str
    alt: str
