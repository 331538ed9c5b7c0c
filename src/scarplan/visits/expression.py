"""What a face did between two visits: skin that slid by millimetres, smoothly, because it smiled or lay otherwise.

Pieces of relief (furrows, pores, scars) are looked for around the place where the rigid pose puts them (normalised
correlation). One smooth field that most pieces agree on is an expression; pieces of another skin agree on none, so
that the field makes no two people alike. Where nothing slid farther than the fine registration follows, nothing is
done.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float

from scarplan.evidence.library import value_of
from scarplan.visits.bands import band_of, remove_form, robust_sd

#: The search works on pixels of so many mm: finer ones tell no more of relief of these widths.
_GRID_MM = 0.2
#: Pieces overlap by half, or nearly; a piece of which less than this part was seen says nothing.
_OVERLAP, _LEAST_SEEN = 0.5, 0.5
#: On fewer pieces any two skins agree sometimes.
_FEWEST_PIECES = 20
#: A field needs so many pieces for each of its numbers; powers of the fields, from a plane to the richest.
_PIECES_PER_NUMBER = 2.0
_FIELDS = tuple(tuple((i, j) for i in range(n + 1) for j in range(n + 1 - i)) for n in (1, 2, 3, 4))
#: Tries from three pieces each (a plane of shifts); always the same ones.
_TRIES = 150
#: Rounds in which pieces that the field explains are chosen anew.
_ROUNDS = 6


@dataclass(frozen=True)
class _Pieces:
    """Middles of the pieces in -1 to 1 (x, y), how far each was found to have slid, mm (right, down)."""

    at: Float[np.ndarray, "n 2"]
    slid_mm: Float[np.ndarray, "n 2"]


def follow_expression(
    before_mm: Float[np.ndarray, "y x"],
    after_mm: Float[np.ndarray, "y x"],
    use: Bool[np.ndarray, "y x"],
    *,
    pixel_mm: float,
) -> Float[np.ndarray, "2 y x"] | None:
    """Return by how much (right, down; mm) the follow-up must be looked up farther to follow an expression [2 y x].

    None where no smooth field is agreed on, or where the skin slid too little for it to matter.
    """
    pieces = _find_pieces(before_mm, after_mm, use, pixel_mm=pixel_mm)
    agreed = None if pieces is None else _agree(pieces)
    if pieces is None or agreed is None:
        return None
    powers, weights = agreed
    # Told by the pieces: between and beyond them the field is only continued.
    slid = np.hypot(*(_terms(pieces.at, powers) @ weights).T)
    if np.percentile(slid, 95) <= float(value_of("visits.slid_to_follow_mm")):
        return None
    y, x = (np.linspace(-1, 1, n) for n in before_mm.shape)
    return np.stack([
        sum(w * y[:, None] ** j * x[None] ** i for w, (i, j) in zip(weights[:, k], powers, strict=True))
        for k in range(2)
    ])  # fmt: skip


def _find_pieces(before: np.ndarray, after: np.ndarray, use: np.ndarray, *, pixel_mm: float) -> _Pieces | None:
    """Return where the pieces of the baseline are found on the follow-up."""
    shape = tuple(max(2, round(n * pixel_mm / _GRID_MM)) for n in use.shape)
    grid = use.shape[1] * pixel_mm / shape[1]
    seen = cv2.resize(use.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA) > 0.5
    fine, broad = (float(value_of(f"visits.slide_{name}_mm")) / grid for name in ("fine", "broad"))
    bands = []
    for height in (before, after):
        flat = remove_form(np.where(use, height, 0.0), use).astype(np.float32)
        small = cv2.resize(flat, shape[::-1], interpolation=cv2.INTER_AREA)
        band = band_of(small, seen, fine=fine, broad=broad)
        limit = 3 * max(robust_sd(band[seen]), 1e-9) if seen.any() else 1e-9
        bands.append(np.clip(band, -limit, limit).astype(np.float32))
    side = round(float(value_of("visits.slide_piece_mm")) / grid)
    reach = round(float(value_of("visits.slide_reach_mm")) / grid)
    padded = np.pad(bands[1], reach)
    at, slid = [], []
    step = max(1, int(side * (1 - _OVERLAP)))
    for top in range(0, shape[0] - side + 1, step):
        for left in range(0, shape[1] - side + 1, step):
            piece = (slice(top, top + side), slice(left, left + side))
            if seen[piece].mean() < _LEAST_SEEN:
                continue
            around = padded[top : top + side + 2 * reach, left : left + side + 2 * reach]
            found = _peak(cv2.matchTemplate(around, bands[0][piece], cv2.TM_CCORR_NORMED))
            if found is not None:
                slid.append(((found[1] - reach) * grid, (found[0] - reach) * grid))
                middle = (left + side / 2) / shape[1], (top + side / 2) / shape[0]
                at.append([2 * one - 1 for one in middle])
    return _Pieces(np.array(at), np.array(slid)) if at else None


def _peak(likeness: np.ndarray) -> tuple[float, float] | None:
    """Return row and column of the best place between the pixels; None at the border of what was searched."""
    row, column = np.unravel_index(int(np.argmax(likeness)), likeness.shape)
    if not (0 < row < likeness.shape[0] - 1 and 0 < column < likeness.shape[1] - 1):
        return None
    found = []
    for k, line in ((row, likeness[row - 1 : row + 2, column]), (column, likeness[row, column - 1 : column + 2])):
        bend = float(line[0] - 2 * line[1] + line[2])
        found.append(float(k) + (0.5 * float(line[0] - line[2]) / bend if bend < 0 else 0.0))
    return found[0], found[1]


def _agree(pieces: _Pieces) -> tuple[tuple[tuple[int, int], ...], np.ndarray] | None:
    """Return the smooth field that enough pieces agree on, as powers and weights [power 2]; None where none is."""
    near = float(value_of("visits.slide_agrees_mm"))
    least = float(value_of("visits.slide_agreeing_part"))
    if len(pieces.at) < _FEWEST_PIECES:
        return None
    inside = _best_plane(pieces, near=2 * near)
    found, least_error = None, np.inf
    for powers in _FIELDS:
        if inside.sum() < _PIECES_PER_NUMBER * len(powers):
            break
        terms = _terms(pieces.at, powers)
        for _ in range(_ROUNDS):
            weights = np.linalg.lstsq(terms[inside], pieces.slid_mm[inside], rcond=None)[0]
            again = np.hypot(*(pieces.slid_mm - terms @ weights).T) < 2 * near
            if (again == inside).all() or again.sum() < _PIECES_PER_NUMBER * len(powers):
                break
            inside = again
        error = _foretold(terms, pieces.slid_mm, inside, far=2 * near)
        if error < least_error:
            found, least_error = (powers, weights), error
    if found is None:
        return None
    agreeing = np.hypot(*(pieces.slid_mm - _terms(pieces.at, found[0]) @ found[1]).T) < near
    return found if agreeing.mean() >= least else None


def _foretold(terms: np.ndarray, slid_mm: np.ndarray, inside: np.ndarray, *, far: float) -> float:
    """Return how badly the field foretells pieces that it was not fitted to (mean square, each counted up to `far`).

    A field richer than the slide follows each piece's error, and runs away beyond the outermost ones.
    """
    solve = np.linalg.pinv(terms[inside])
    rest = slid_mm - terms @ (solve @ slid_mm[inside])
    held = np.zeros(len(terms))
    held[inside] = np.einsum("nk,kn->n", terms[inside], solve)
    off = np.hypot(*rest.T) / np.maximum(1 - held, 1e-6)
    return float(np.mean(np.minimum(off, far) ** 2))


def _best_plane(pieces: _Pieces, *, near: float) -> Bool[np.ndarray, " n"]:
    """Return the pieces that agree with the plane of shifts through three of them that most agree with."""
    random = np.random.default_rng(0)
    terms = _terms(pieces.at, _FIELDS[0])
    best = np.zeros(len(terms), bool)
    for _ in range(_TRIES):
        chosen = random.choice(len(terms), 3, replace=False)
        weights = np.linalg.lstsq(terms[chosen], pieces.slid_mm[chosen], rcond=None)[0]
        inside = np.hypot(*(pieces.slid_mm - terms @ weights).T) < near
        best = inside if inside.sum() > best.sum() else best
    return best


def _terms(at: np.ndarray, powers: tuple[tuple[int, int], ...]) -> Float[np.ndarray, "n k"]:
    return np.stack([at[:, 0] ** i * at[:, 1] ** j for i, j in powers], axis=1)
