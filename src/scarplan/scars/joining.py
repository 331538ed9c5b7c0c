"""Halves of one scar: a long or bean-shaped one may be found as two round ones; what no rim parts is one scar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.scars.candidates import Candidate
from scarplan.scars.margins import width_of
from scarplan.scars.outline import Outline
from scarplan.surface.filling import fill_enclosed
from scarplan.surface.robust import median, quantile

if TYPE_CHECKING:
    from jaxtyping import Float

#: Two outlines are halves where the pass between them lies this deep (part of the shallower one), along a border this
#: long (part of the narrower width), and neither is much narrower or shallower than the other.
_PASS_PART, _BORDER_PART, _LIKE_WIDTH, _LIKE_DEPTH = 0.8, 0.35, 0.45, 0.55
#: A narrower piece at a wall or corner, at least this part as wide, is no deeper than this many times the other.
_PIECE_WIDTH, _PIECE_DEPTH = 0.2, 1.1
#: Outlines this many cells apart still touch: the rims of a drawn outline are smoothed.
_GAP = 2
#: Finds whose middles lie farther apart than this part of both widths do not touch.
_TOUCH_PART = 0.9
#: The pass is where the border lies deepest but for this part of it.
_PASS_QUANTILE = 0.75
#: Between the floors of one scar leads a way that is nowhere less deep than this part of the shallower floor. A floor
#: is what lies farther from the rim of its piece than this part of the farthest; the way joins this part of both.
_WAY_PART, _FLOOR_PART, _JOINED_PART = 0.88, 0.6, 0.3


def find_halves(
    candidates: Sequence[Candidate], outlines: Sequence[Outline], drop_mm: Float[np.ndarray, "y x"], *, cell_mm: float
) -> list[list[int]]:
    """Return groups of two or more finds that are one scar, by their places in the lists."""
    widths = [width_of(int(one.inside.sum()), cell_mm) for one in outlines]
    group = list(range(len(outlines)))
    for i, j in _near_pairs(candidates, widths):
        one = candidates[i]
        narrow, wide = (i, j) if widths[i] < widths[j] else (j, i)
        like = widths[narrow] >= _LIKE_WIDTH * widths[wide] or (
            widths[narrow] >= _PIECE_WIDTH * widths[wide]
            and outlines[narrow].depth_mm <= _PIECE_DEPTH * outlines[wide].depth_mm
        )
        least = _BORDER_PART * min(widths[i], widths[j]) / cell_mm
        if like and _is_one(outlines[i], outlines[j], drop_mm, sign=one.sign, least=least):
            group = [group[j] if g == group[i] else g for g in group]
    groups = [[k for k, g in enumerate(group) if g == number] for number in dict.fromkeys(group)]
    return [members for members in groups if len(members) > 1]


def _near_pairs(candidates: Sequence[Candidate], widths: Sequence[float]) -> list[tuple[int, int]]:
    """Return the pairs of places in the lists whose candidates are of one sign and touch, in their order."""
    y, x, sign, width = (
        np.array(one) for one in ([c.y_mm for c in candidates], [c.x_mm for c in candidates],
                                  [c.sign for c in candidates], widths)
    )  # fmt: skip
    touch = np.hypot(y[:, None] - y, x[:, None] - x) <= _TOUCH_PART * (width[:, None] + width)
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(touch & (sign[:, None] == sign), 1))]


def _is_one(one: Outline, other: Outline, drop_mm: np.ndarray, *, sign: int, least: float) -> bool:
    shallow, deep = sorted((one.depth_mm, other.depth_mm))
    if shallow < _LIKE_DEPTH * deep:
        return False
    rows, columns, (mine, its) = _in_one_window((one, other))
    square = np.ones((2 * _GAP + 1, 2 * _GAP + 1), np.uint8)
    near = [cv2.dilate(part.view(np.uint8), square).view(bool) for part in (mine, its)]
    border = near[0] & near[1]
    if border.sum() < least * 2 * _GAP:
        return False
    smooth = cv2.GaussianBlur(np.asarray(sign * drop_mm[rows, columns], np.float32), (0, 0), 1.0)
    if quantile(smooth[border], _PASS_QUANTILE) < _PASS_PART * shallow:
        return False
    return _is_level_way(smooth, near[0] | near[1], _floor(mine), _floor(its))


def _floor(piece: np.ndarray) -> np.ndarray:
    """Return the middle of a piece: what lies farthest from its rim."""
    far = cv2.distanceTransform(np.pad(piece, 1).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    return piece & (far >= _FLOOR_PART * far.max())


def _is_level_way(depth_mm: np.ndarray, within: np.ndarray, one: np.ndarray, other: np.ndarray) -> bool:
    """Whether a way from floor to floor `within` a region stays nearly as deep as the shallower: no rim parts them.

    The border alone does not tell: where the outline of a deep scar stopped early it lies on the wall of that scar.
    """
    floor = min(median(depth_mm[one]), median(depth_mm[other]))
    count, parts = cv2.connectedComponents((within & (depth_mm > _WAY_PART * floor)).view(np.uint8), connectivity=8)
    shares = (np.bincount(parts[at], minlength=count)[1:] / np.count_nonzero(at) for at in (one, other))
    return bool((np.minimum(*shares) > _JOINED_PART).any())


def join(candidates: Sequence[Candidate], outlines: Sequence[Outline], *, cell_mm: float) -> tuple[Candidate, Outline]:
    """Return the halves as one: the strongest candidate, in the middle and as wide as all of them, and its outline."""
    rows, columns, parts = _in_one_window(outlines)
    size = 2 * _GAP + 1
    # With a rim, or what reaches the border of the window would be closed against it.
    whole = np.pad(np.any(parts, axis=0), size).view(np.uint8)
    whole = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    inside = fill_enclosed(whole.view(bool))[size:-size, size:-size]
    deepest = max(outlines, key=lambda one: one.depth_mm)
    strongest = max(candidates, key=lambda one: abs(one.snr))
    y, x = (
        (at.mean() + first + 0.5) * cell_mm
        for at, first in zip(np.nonzero(inside), (rows.start, columns.start), strict=True)
    )
    middle = replace(strongest, y_mm=float(y), x_mm=float(x), width_mm=width_of(int(inside.sum()), cell_mm))
    return middle, replace(deepest, rows=rows, columns=columns, inside=inside)


def _in_one_window(outlines: Sequence[Outline]) -> tuple[slice, slice, list[np.ndarray]]:
    """Return a window around all outlines and each of them in it."""
    rows, columns = (
        slice(min(s.start for s in sides), max(s.stop for s in sides))
        for sides in ([one.rows for one in outlines], [one.columns for one in outlines])
    )
    parts = []
    for one in outlines:
        part = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
        one.moved(-rows.start, -columns.start).paint(part, True)
        parts.append(part)
    return rows, columns, parts
