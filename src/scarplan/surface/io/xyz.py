"""Point clouds as text: x, y and height in columns, separated by spaces, commas, semicolons or tabs."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scarplan.errors import BadInput
from scarplan.surface.io.heights import MOST_PIXELS

if TYPE_CHECKING:
    from jaxtyping import Float

#: Lines at the top that may name columns or count points.
_MOST_HEAD_LINES = 20
_COMMENTS = ("#", "//", "%", "*")
#: A line of text longer than this holds no point.
_LONGEST_LINE = 1000


def read_xyz(path: Path) -> Float[np.ndarray, "n 3"]:
    """Return the points in the file at `path`, file units [n 3]; further columns (normals, colours) are left out.

    Raises BadInput with what is wrong.
    """
    text = _read_text(path)
    head, separator = _find_head(text, path)
    body = text.replace(separator, " ") if separator else text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an empty file is told below, not by the parser
        try:
            points = np.loadtxt(io.StringIO(body), usecols=(0, 1, 2), skiprows=head, ndmin=2, comments=_COMMENTS)
        except ValueError as error:
            raise _damaged(path, str(error)) from None
    return check_points(points, lambda got: _damaged(path, got))


def check_points(points: Float[np.ndarray, "n 3"], damaged: Callable[[str], BadInput]) -> Float[np.ndarray, "n 3"]:
    """Return the points whose height is known. Raises what `damaged` makes of a fault told in words."""
    if len(points) > MOST_PIXELS:
        raise damaged(f"{len(points)} points, more than {MOST_PIXELS}")
    if not np.isfinite(points[:, :2]).all() or np.isinf(points[:, 2]).any():
        raise damaged("points at infinite or unknown places")
    return points[np.isfinite(points[:, 2])]


def _read_text(path: Path) -> str:
    data = path.read_bytes()
    coding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # an older program's letters in a heading; numbers are the same
    if "\0" in text:
        raise _damaged(path, "bytes that are no text")
    return text


def _find_head(text: str, path: Path) -> tuple[int, str]:
    """Return how many lines come before the first point, and what separates its numbers ('' = spaces)."""
    for number, line in enumerate(text[: _MOST_HEAD_LINES * _LONGEST_LINE].splitlines()[:_MOST_HEAD_LINES]):
        for separator in ("", ";", ",", "\t"):
            words = line.split(separator) if separator else line.split()
            if len(words) >= 3 and all(_is_number(word) for word in words[:3]):
                if separator == "," and _may_be_decimal_commas(words):
                    raise _damaged(path, f"commas that may be decimal ones: {line.strip()[:60]}")
                return number, separator
        pointed = line.replace(",", ".").replace(";", " ").split()
        if len(pointed) >= 3 and all(_is_number(word) for word in pointed[:3]):
            raise _damaged(path, f"decimal commas: {line.strip()[:60]}")
    raise _damaged(path, "no line with three numbers at its top")


def _may_be_decimal_commas(words: list[str]) -> bool:
    """Whether x,y,z may in truth be one and a half numbers: 1,5,2,0,3,1 holds three with decimal commas."""
    return len(words) >= 6 and len(words) % 2 == 0 and not any("." in word for word in words)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _damaged(path: Path, got: str) -> BadInput:
    return BadInput(
        f"{path.name} is no list of points",
        code="E-SURF-087",
        got=got,
        allowed="lines of x, y and height, decimal points, separated by spaces, commas, semicolons or tabs",
        do="export the points as plain text, one per line",
    )
