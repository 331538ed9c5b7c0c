"""Search one surface for what stands out: against the skin's own roughness, strongest first, each below its own rim.

1. A matched filter over widths marks what stands out of skin of this roughness.
2. What was marked is masked and the skin level under the masks is re-made from the skin around (kriging).
3. Every outline is drawn on the drop below that level. Back to 1 for what the strong ones hid, down to the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.candidates import Candidate, Peaks, find_peaks, keep_strongest
from scarplan.scars.certainty import confidence
from scarplan.scars.describe import describe_scar
from scarplan.scars.grids import Grid, spread_cells
from scarplan.scars.hidden_skin import hidden_skin
from scarplan.scars.joining import find_halves, join
from scarplan.scars.label_boxes import Box, label_boxes
from scarplan.scars.margins import distance_outside, rim_margin_mm, width_of
from scarplan.scars.matched_filter import filter_pits, whiten
from scarplan.scars.measure import see_scar
from scarplan.scars.outline import SEEN, Outline, draw_whole_outline, window_around
from scarplan.scars.parting import part_at_rims
from scarplan.scars.scene import Scene, masked_cells, native_level, prepare_scene
from scarplan.scars.side_by_side import Each, one_by_one
from scarplan.scars.skin_level import ROUGH_TOLERANCE, TOLERANCE, LevelSolver, crop, make_solver, solve_level
from scarplan.scars.skin_spectrum import fit_spectrum
from scarplan.surface.robust import quantile
from scarplan.surface.surface import Surface
from scarplan.surface.waves import fast_length

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

#: How trust comes back beyond the margin of a scar: slowly at first.
_FADE_POWER = 4
#: A find of at most this part of the width of another may lie within it.
_NARROW_PART = 0.45
#: A candidate around narrow finds may lose this part of its disc to wide ones.
_MOST_TAKEN = 0.15
#: What stands out this far is no chance of the skin: its shape is looked at once only, when all are found.
_NO_CHANCE = 25.0
#: An outline is drawn anew where the surface in it, but for chance, lies this many times as deep as it was drawn.
_MUCH_DEEPER, _DEEP_QUANTILE = 1.25, 0.9
#: A label of fewer native pixels cannot hold the contract's three deepest and an outline.
FEWEST_PIXELS = 4


@dataclass(frozen=True, eq=False)
class Find:
    """One thing found: its candidate and its outline on the fine grid."""

    candidate: Candidate
    outline: Outline


@dataclass(frozen=True)
class Finding:
    """All finds of one surface, the label image (native) and the skin level (native, mm)."""

    scene: Scene
    finds: tuple[Find, ...]
    labels: np.ndarray
    level_mm: Float[np.ndarray, "y x"]
    drop_mm: Float[np.ndarray, "y x"]


@dataclass
class _Search:
    """State of the search on one scene."""

    scene: Scene
    solver: LevelSolver
    mask: Bool[np.ndarray, "y x"]
    doubt: Float[np.ndarray, "y x"]
    finds: list[Find]
    each: Each
    waves: Each
    is_counted: Callable[[Candidate], bool]
    refused: list[Candidate] = field(default_factory=list)
    beside: dict[Candidate, list[Outline]] = field(default_factory=dict)
    bent: dict[Find, tuple[slice, slice, np.ndarray]] = field(default_factory=dict)
    padded_level: np.ndarray | None = None
    drop_mm: np.ndarray | None = None

    @property
    def level_mm(self) -> Float[np.ndarray, "y x"]:
        """The level of the skin so far, on the coarse grid."""
        return crop(self.solver, np.asarray(self.padded_level))


def find_regions(
    surface: Surface,
    *,
    each: Each = one_by_one,
    waves: Each = one_by_one,
    is_counted: Callable[[Candidate], bool] = lambda one: True,
) -> Finding:
    """Return everything on `surface` that stands out of its skin; finds are judged by `each`, maps filtered by `waves`.

    What is not counted here, since another map shows it better, hides skin and is not looked at any further.
    """
    scene = prepare_scene(surface)
    search = _Search(
        scene,
        make_solver(scene.coarse, scene.spectrum),
        np.zeros(scene.fine.shape, bool),
        np.zeros(scene.fine.shape),
        [],
        each,
        waves,
        is_counted,
    )
    _update_level(search, tolerance=ROUGH_TOLERANCE)
    thresholds = zip(
        value_of("scars.search_thresholds_narrow_snr"), value_of("scars.search_thresholds_broad_snr"), strict=True
    )
    for turn, (narrow, broad) in enumerate(thresholds):
        fresh = _seek(search, narrow, broad)
        if fresh:
            _outline(search, fresh)
        if turn == 0:
            _refit(search)
    _draw_again(search)
    _join_halves(search)
    _part_floors(search)
    # What is only chance of the skin hides skin: it is let go, and the broad scars it hid are sought once more.
    _let_go(search)
    again = _seek(search, np.inf, value_of("scars.search_thresholds_broad_snr")[-1])
    if again:
        known = set(search.finds)
        _outline(search, again)
        _let_go(search, known=known)
    return _finish(search)


def _seek(search: _Search, narrow: float, broad: float) -> list[Candidate]:
    scene, level = search.scene, search.level_mm
    fine_level = spread_cells(level, scene.fine.shape)
    clear = (scene.fine.weight > 0.3) & ~search.mask
    fine = np.where(clear, scene.fine.height_mm, fine_level)
    rest = masked_cells(scene, search.mask)
    coarse = np.where(rest.weight > 0.5, rest.height_mm, level)
    found: list[Peaks] = []
    for map_mm, grid, widths, threshold in (
        (fine, scene.fine, value_of("scars.narrow_widths_mm"), narrow),
        (coarse, scene.coarse, value_of("scars.broad_widths_mm"), broad),
    ):
        if threshold < np.inf:
            found += _seek_on(search, map_mm, grid, widths, threshold)
    refused = np.array([(one.y_mm, one.x_mm, one.width_mm, one.sign) for one in search.refused]).reshape(-1, 4)
    return [c for c in keep_strongest(found) if _is_plausible(c, search, refused)]


def _seek_on(search: _Search, map_mm: np.ndarray, grid: Grid, widths: Sequence[float], threshold: float) -> list[Peaks]:
    """Return what stands out of a filled map of one grid, by templates of each width."""
    padded = pad_periodic(map_mm, round(0.6 * max(widths) / grid.pixel_mm) + 4)
    whitened = whiten(padded, pixel_mm=grid.pixel_mm, spectrum=search.scene.spectrum)

    def seek(width: float) -> list[Peaks]:
        responses = filter_pits(
            whitened, map_mm.shape, pixel_mm=grid.pixel_mm, spectrum=search.scene.spectrum, widths_mm=(width,)
        )
        return [find_peaks(response, pixel_mm=grid.pixel_mm, least_snr=threshold) for response in responses]

    return [peaks for found in search.waves(seek, widths) for peaks in found]


def _is_plausible(candidate: Candidate, search: _Search, refused: np.ndarray) -> bool:
    """Whether a candidate may be a scar: the cheap questions first. `refused` holds (y, x, width, sign) [n 4]."""
    least = value_of("scars.least_raised_width_mm") if candidate.sign < 0 else 0.0
    shallowest = value_of(
        "scars.pore_depth_mm" if candidate.width_mm <= value_of("scars.pore_width_mm") else "scars.least_depth_mm"
    )
    if candidate.width_mm < least or abs(candidate.amplitude_mm) < shallowest or _is_same_place(candidate, refused):
        return False
    cell = search.scene.fine.pixel_mm
    row, column = int(candidate.y_mm / cell), int(candidate.x_mm / cell)
    shape = search.mask.shape
    is_masked = search.mask[min(row, shape[0] - 1), min(column, shape[1] - 1)]
    return not is_masked or _lies_around_narrow_ones(candidate, search)


def _lies_around_narrow_ones(candidate: Candidate, search: _Search) -> bool:
    """Whether what masks a candidate are finds much narrower than it, pits within a wide scar, and little else."""
    cell = search.scene.fine.pixel_mm
    y, x, reach = candidate.y_mm, candidate.x_mm, 0.5 * candidate.width_mm
    rows, columns = window_around(search.mask.shape, y / cell, x / cell, reach / cell + 1)
    disc = _disc(search.mask.shape, candidate, reach, cell, rows=rows, columns=columns)
    wide, is_around = np.zeros_like(disc), False
    for find in search.finds:
        away = np.hypot(find.candidate.y_mm - y, find.candidate.x_mm - x)
        if away < reach + 0.5 * find.candidate.width_mm:
            narrow = width_of(int(find.outline.inside.sum()), cell) <= _NARROW_PART * candidate.width_mm
            is_around |= narrow
            wide |= not narrow and _in_window(find.outline, rows, columns)
    return is_around and (wide & disc).sum() <= _MOST_TAKEN * disc.sum()


def _is_same_place(one: Candidate, others: np.ndarray) -> bool:
    """Whether any of the others (y, x, width, sign) [n 4] lies where this one does, and is about as wide."""
    if not len(others):
        return False
    y, x, width, sign = others.T
    near = np.hypot(one.y_mm - y, one.x_mm - x) < 0.4 * np.maximum(one.width_mm, width)
    part = one.width_mm / width
    return bool((near & (one.sign == sign) & (part > 0.6) & (part < 1.6)).any())


def _outline(search: _Search, fresh: list[Candidate]) -> None:
    """Mask the fresh candidates roughly, re-make the level, then outline them and mask what was outlined."""
    cell = search.scene.fine.pixel_mm
    before = search.mask.copy()
    for one in fresh:
        radius = 0.6 * one.width_mm + rim_margin_mm(one.width_mm)
        rows, columns = window_around(before.shape, one.y_mm / cell, one.x_mm / cell, radius / cell + 2)
        search.mask[rows, columns] |= _disc(before.shape, one, radius, cell, rows=rows, columns=columns)
    _update_level(search, tolerance=ROUGH_TOLERANCE)
    taken = np.zeros_like(before)
    for find in search.finds:
        find.outline.paint(taken, True)
    # Narrow ones first: a pit that touches a wider scar would be swallowed by its outline.
    for one in sorted(fresh, key=lambda candidate: candidate.width_mm):
        outline = _draw(search, one, taken)
        if outline is not None:
            search.finds.append(Find(one, outline))
            outline.paint(taken, True)
    search.doubt = _doubt_of(search)
    search.mask = search.doubt >= 1
    _update_level(search, tolerance=ROUGH_TOLERANCE)


def _draw_again(search: _Search) -> None:
    """Outline anew what lies much deeper now than when it was drawn: the rest of a long scar had bent its level."""
    drop = np.asarray(search.drop_mm)

    def is_deeper(find: Find) -> bool:
        outline = find.outline
        inside = find.candidate.sign * drop[outline.rows, outline.columns][outline.inside]
        return quantile(inside, _DEEP_QUANTILE) > _MUCH_DEEPER * outline.depth_mm

    # A list, for a set would be gone through by where its finds lie in memory.
    stale, kept = [], []
    for find in search.finds:
        (stale if is_deeper(find) else kept).append(find)
    if not stale:
        return
    taken = np.zeros_like(search.mask)
    for find in kept:
        find.outline.paint(taken, True)
    for find in sorted(stale, key=lambda one: one.candidate.width_mm):
        outline = _draw(search, find.candidate, taken)
        outline = _less(find.outline, taken) if outline is None else outline
        if outline is not None:
            outline.paint(taken, True)
            kept.append(Find(find.candidate, outline))
    search.finds = kept
    search.doubt = _doubt_of(search)
    search.mask = search.doubt >= 1
    _update_level(search, tolerance=ROUGH_TOLERANCE)


def _join_halves(search: _Search) -> None:
    """Make one find of those that no rim parts, outlined anew from their middle."""
    cell = search.scene.fine.pixel_mm
    candidates, outlines = ([getattr(find, part) for find in search.finds] for part in ("candidate", "outline"))
    groups = find_halves(candidates, outlines, np.asarray(search.drop_mm), cell_mm=cell)
    if not groups:
        return
    gone = {k for members in groups for k in members}
    search.finds = [find for k, find in enumerate(search.finds) if k not in gone]
    for members in groups:
        taken = np.zeros_like(search.mask)
        for find in search.finds:
            find.outline.paint(taken, True)
        whole, joined = join([candidates[k] for k in members], [outlines[k] for k in members], cell_mm=cell)
        outline = _draw(search, whole, taken)
        if outline is None or outline.inside.sum() < joined.inside.sum():
            outline = _less(joined, taken)
        if outline is not None:
            search.finds.append(Find(whole, outline))
    search.doubt = _doubt_of(search)
    search.mask = search.doubt >= 1
    _update_level(search)


def _part_floors(search: _Search) -> None:
    """Make two finds of each that holds two floors, outlined anew on either side of the rim between them."""
    cell, drop, seen = search.scene.fine.pixel_mm, np.asarray(search.drop_mm), search.scene.fine.weight > SEEN
    parted = {
        find: pieces
        for find in search.finds
        if (pieces := part_at_rims(find.candidate, find.outline, drop, seen, cell_mm=cell))
    }
    if not parted:
        return
    search.finds = [find for find in search.finds if find not in parted]
    taken = np.zeros_like(search.mask)
    for find in search.finds:
        find.outline.paint(taken, True)
    for pieces in parted.values():
        for one, own in pieces:
            search.beside[one] = [other for neighbour, other in pieces if neighbour != one]
            outline = _draw(search, one, taken) or _less(own, taken)
            if outline is not None:
                search.finds.append(Find(one, outline))
                outline.paint(taken, True)
    search.doubt = _doubt_of(search)
    search.mask = search.doubt >= 1
    _update_level(search)


def _let_go(search: _Search, *, known: Set[Find] = frozenset()) -> None:
    """Keep the finds that are likely scars, and those `known` to be; the others are not sought again."""
    least = float(value_of("scars.search_confidence"))
    labels = _native_labels(search)
    level = native_level(search.scene, search.level_mm) - search.scene.offset_mm
    boxes = label_boxes(labels, len(search.finds))

    def is_kept(number: int) -> bool:
        find, box = search.finds[number - 1], boxes[number - 1]
        is_clear = abs(find.candidate.snr) >= _NO_CHANCE or not search.is_counted(find.candidate)
        if find in known or is_clear:
            return True
        return _how_sure(search.scene, find, labels, level, number=number, box=box) >= least

    judged = list(zip(search.finds, search.each(is_kept, range(1, len(search.finds) + 1)), strict=True))
    kept = [find for find, stays in judged if stays]
    search.refused += [find.candidate for find, stays in judged if not stays]
    if len(kept) == len(search.finds):
        return
    search.finds = kept
    search.doubt = _doubt_of(search)
    search.mask = search.doubt >= 1
    _update_level(search)


def _how_sure(scene: Scene, find: Find, labels: np.ndarray, level: np.ndarray, *, number: int, box: Box) -> float:
    """Return the confidence of one find on the native grid; 0 where hardly a pixel of it is left there."""
    if box is None or (labels[box] == number).sum() < FEWEST_PIXELS:
        return 0.0
    seen = see_scar(
        labels, level, scene.height_mm, scene.skin,
        scar_id=number, chart="", sign=find.candidate.sign, pixel_mm=scene.pixel_mm, box=box,
    )  # fmt: skip
    shape = describe_scar(seen)
    hidden = hidden_skin(shape.width_mm, scene.spectrum)
    return confidence(shape, hidden, snr=find.candidate.snr, sign=find.candidate.sign)


def _draw(search: _Search, one: Candidate, taken: np.ndarray) -> Outline | None:
    """Return the outline of one candidate on the cells that no other scar has taken."""
    cell = search.scene.fine.pixel_mm
    if one in search.beside:
        taken = taken.copy()
        for other in search.beside[one]:
            other.paint(taken, True)
    outline = draw_whole_outline(
        np.asarray(search.drop_mm), search.scene.fine.weight, taken,
        sign=one.sign, row=one.y_mm / cell - 0.5, column=one.x_mm / cell - 0.5, width=one.width_mm / cell,
        noise_mm=float(value_of("scars.outline_floor_mm")),
    )  # fmt: skip
    if outline is None or outline.inside.sum() * cell**2 < value_of("scars.least_area_mm2"):
        return None
    return outline


def _doubt_of(search: _Search) -> np.ndarray:
    """Return how much each cell is bent by the finds, 1 (within) to 0: each outline grown by its margin, then fading.

    It spans at least the template's own disc: otherwise a scar of soft rim would bend the level, be outlined
    smaller, and so on until it is half itself. Beyond the margin trust comes back slowly: smooth skin continues
    slopes, and the last of a scar's slope at its rim would be continued right across it.
    """
    doubt = np.zeros(search.scene.fine.shape)
    for find in search.finds:
        if find not in search.bent:
            search.bent[find] = _bent_by(find, doubt.shape, search.scene.fine.pixel_mm)
        rows, columns, bent = search.bent[find]
        doubt[rows, columns] = np.maximum(doubt[rows, columns], bent)
    return doubt


def _bent_by(find: Find, shape: tuple[int, int], cell: float) -> tuple[slice, slice, np.ndarray]:
    """Return a window of the fine grid and how much each of its cells is bent by one find."""
    one, outline = find.candidate, find.outline
    width = 2 * np.sqrt(outline.inside.sum() / np.pi) * cell
    reach, fade = rim_margin_mm(width), float(value_of("scars.rim_fade_part")) * max(width, one.width_mm)
    rows, columns = window_around(
        shape, one.y_mm / cell, one.x_mm / cell, (1.1 * one.width_mm + 2 * reach + fade + 0.5) / cell + 3
    )
    own = _in_window(outline, rows, columns)
    core = _disc(shape, one, 0.5 * one.width_mm + 0.1 - reach, cell, rows=rows, columns=columns)
    far = distance_outside(own | core) * cell
    trust = np.clip((far - reach) / max(fade, cell), 0, 1) ** _FADE_POWER
    return rows, columns, 1 - trust


def _in_window(outline: Outline, rows: slice, columns: slice) -> np.ndarray:
    """Return the outline in another window that may be larger or cut by the map."""
    inside = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
    both_rows = slice(max(rows.start, outline.rows.start), min(rows.stop, outline.rows.stop))
    both_columns = slice(max(columns.start, outline.columns.start), min(columns.stop, outline.columns.stop))
    inside[
        both_rows.start - rows.start : both_rows.stop - rows.start,
        both_columns.start - columns.start : both_columns.stop - columns.start,
    ] = outline.inside[
        both_rows.start - outline.rows.start : both_rows.stop - outline.rows.start,
        both_columns.start - outline.columns.start : both_columns.stop - outline.columns.start,
    ]
    return inside


def _disc(
    shape: tuple[int, int], one: Candidate, radius_mm: float, cell: float,
    *, rows: slice = slice(None), columns: slice = slice(None),
) -> np.ndarray:  # fmt: skip
    y = (np.arange(shape[0])[rows, None] + 0.5) * cell - one.y_mm
    x = (np.arange(shape[1])[None, columns] + 0.5) * cell - one.x_mm
    return y**2 + x**2 < max(radius_mm, 0.0) ** 2


def _update_level(search: _Search, *, tolerance: float = TOLERANCE) -> None:
    rest = masked_cells(search.scene, np.maximum(search.doubt, search.mask))
    search.padded_level = solve_level(
        search.solver, rest.height_mm, rest.weight, start=search.padded_level, tolerance=tolerance
    )
    level = spread_cells(search.level_mm, search.scene.fine.shape)
    search.drop_mm = level - search.scene.fine.height_mm


def _refit(search: _Search) -> None:
    """Fit the spectrum again now that the strongest scars are masked."""
    scene = search.scene
    fine = replace(scene.fine, weight=np.where(search.mask, 0.0, scene.fine.weight))
    spectrum = fit_spectrum(fine, masked_cells(scene, search.mask), start=scene.spectrum_start)
    search.scene = replace(scene, spectrum=spectrum)
    search.solver = make_solver(scene.coarse, spectrum)
    _update_level(search)


def _finish(search: _Search) -> Finding:
    """Draw every outline once more with the final level, and carry it to the native grid."""
    scene = search.scene
    order = sorted(search.finds, key=lambda f: f.candidate.width_mm)
    taken = np.zeros_like(search.mask)
    kept = []
    for find in order:
        outline = _draw(search, find.candidate, taken)
        # An outline that runs over now, and did not before, was better before.
        if outline is not None and outline.level > find.outline.level:
            outline = _less(find.outline, taken)
        if outline is not None:
            outline.paint(taken, True)
            kept.append(Find(find.candidate, outline))
    search.finds = kept
    search.doubt = _doubt_of(search)
    search.mask = search.doubt >= 1
    _update_level(search)
    labels = _native_labels(search)
    level = native_level(scene, search.level_mm).astype(np.float32)
    drop = np.where(scene.skin, level - scene.offset_mm - scene.height_mm, 0.0)
    return Finding(search.scene, tuple(kept), labels, level, drop)


def _less(outline: Outline, taken: np.ndarray) -> Outline | None:
    """Return an outline less what others have taken; None where nothing is left."""
    inside = outline.inside & ~taken[outline.rows, outline.columns]
    return replace(outline, inside=inside) if inside.any() else None


def _native_labels(search: _Search) -> np.ndarray:
    """Return the outlines on the native grid: each is interpolated between fine cells and cut at one half."""
    shape, fine = search.scene.height_mm.shape, search.mask.shape
    step_y, step_x = shape[0] / fine[0], shape[1] / fine[1]
    labels = np.zeros(shape, np.int32)
    for number, find in enumerate(search.finds, start=1):
        outline = find.outline
        top, left = int(outline.rows.start * step_y), int(outline.columns.start * step_x)
        bottom, right = int(np.ceil(outline.rows.stop * step_y)), int(np.ceil(outline.columns.stop * step_x))
        rows, columns = slice(top, min(bottom, shape[0])), slice(left, min(right, shape[1]))
        # Native pixel middles in cells of the outline's window.
        place = np.array([
            [1 / step_x, 0, (left + 0.5) / step_x - 0.5 - outline.columns.start],
            [0, 1 / step_y, (top + 0.5) / step_y - 0.5 - outline.rows.start],
        ])  # fmt: skip
        part = cv2.warpAffine(
            outline.inside.astype(np.float32), place, (columns.stop - left, rows.stop - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        here = labels[rows, columns]
        here[(part > 0.5) & (here == 0)] = number
    return labels


def pad_periodic(map_mm: np.ndarray, least: int) -> np.ndarray:
    """Return the map with a border that fades from its mirror image at one edge to that at the other."""
    for axis in (0, 1):
        n = map_mm.shape[axis]
        extra = min(fast_length(n + least) - n, n)
        rows = np.moveaxis(map_mm, axis, 0)
        after, before = (np.moveaxis(part[::-1], 0, axis) for part in (rows[n - extra :], rows[:extra]))
        t = (np.arange(extra) + 0.5) / extra
        fade = (t * t * (3 - 2 * t)).reshape([-1, 1] if axis == 0 else [1, -1])
        map_mm = np.concatenate([map_mm, after * (1 - fade) + before * fade], axis)
    return map_mm
