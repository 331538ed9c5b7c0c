"""Find the scars of a surface or a scan: search, measure, judge, and report a scar seen in two charts once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.candidates import Candidate
from scarplan.scars.certainty import confidence, depth_sd_mm, volume_sd_mm3
from scarplan.scars.charts import merge_charts
from scarplan.scars.copies import by_copies
from scarplan.scars.correction import correction
from scarplan.scars.describe import Description, describe_scar
from scarplan.scars.doubt import doubts, widen, with_doubt
from scarplan.scars.hidden_skin import HiddenSkin, hidden_skin
from scarplan.scars.kind import kind_probability, most_likely
from scarplan.scars.label_boxes import Box, label_boxes
from scarplan.scars.measure import MeasuringWindow, depth_from_means, see_scar
from scarplan.scars.not_judged import areas_cm2, find_not_judged, judged_part, sum_left_out
from scarplan.scars.prevalence import with_others
from scarplan.scars.scarmap import Scar, ScarMap
from scarplan.scars.search import FEWEST_PIXELS, Find, find_regions
from scarplan.scars.side_by_side import Each, by_threads, one_by_one, side_by_side
from scarplan.scars.skin_spectrum import SkinSpectrum
from scarplan.scars.surroundings import Shown, look_around
from scarplan.scars.tiles import Tile, blend, cut_out, cut_tiles, put_back, seen_box
from scarplan.scars.upright import upright_part
from scarplan.scars.workers import places_to_work, processors
from scarplan.surface.area import seen_area_cm2
from scarplan.surface.surface import Scan, Scanner, Surface

Progress = Callable[[str, float], None]

#: Maps of several tiles and this many pixels together are worth the start of processes of their own.
_LARGE_PIXELS = 2_000_000
#: A middle this far beyond its core may be seen on the other side by the next tile: both are kept, the nearer first,
#: and one that shares more than this part of its pixels with another tile's find is the same.
_CORE_MARGIN_MM, _MOST_SHARED = 2.0, 0.25


@dataclass(frozen=True)
class _Listed:
    """A find that is sure enough to be listed, with the tile that saw it and where its label lies on the map."""

    find: Find
    spectrum: SkinSpectrum
    tile: int
    place: tuple[slice, slice]
    inside: np.ndarray
    judged: Scar


@dataclass(frozen=True)
class _Searched:
    """What one tile holds: its listed finds, all labels, the level of its skin (mm), which pixels are skin [y x].

    doubted   reason of each find that was let go because of what lies around it
    """

    listed: tuple[_Listed, ...]
    labels: np.ndarray
    level_mm: np.ndarray
    skin: np.ndarray
    doubted: tuple[str, ...]


def find_scars_in(surface: Surface, *, scanner: Scanner | None = None) -> ScarMap:
    """Return the scars of one surface: confident ones, and less sure ones with a lower `confidence`.

    The surface must hold seen skin. Labels and skin level are on the surface's own grid. What is known of the errors
    of `scanner` counts in the deviations.
    """
    return find_scars_in_scan(Scan((surface,), scanner or Scanner()))


def find_scars_in_scan(scan: Scan, *, progress: Progress | None = None) -> ScarMap:
    """Return the scars of all charts of a scan, numbered through; one seen in two charts is listed once."""
    tell = progress or (lambda step, done: None)
    # A border that is not seen is no part of the map: a scan without it has the same scars.
    boxes = [seen_box(chart) for chart in scan.charts]
    charts = [cut_out(chart, box) for chart, box in zip(scan.charts, boxes, strict=True)]
    left_out = [find_not_judged(chart) for chart in charts]
    judged = [judged_part(chart, part) for chart, part in zip(charts, left_out, strict=True)]
    tiles = [(chart, cut_tiles(chart.shape, chart.pixel_mm)) for chart in judged]
    total, done = sum(len(parts) for _, parts in tiles), 0
    maps: list[ScarMap] = []
    doubted: list[str] = []
    is_large = total > 1 and sum(chart.valid.size for chart in judged) >= _LARGE_PIXELS
    with (
        places_to_work(total if is_large else 1) as places,
        ThreadPoolExecutor(max_workers=places.count if is_large else processors()) as pool,
    ):
        # A single tile has the processors to itself: threads for its maps, copies of this process for its finds.
        alone = total == 1
        waves = by_threads(processors()) if alone else one_by_one
        each = by_copies(processors(), otherwise=waves) if alone else side_by_side(pool)
        # Each tile runs in a copy of the context, so that the evidence it asks for is noted in this run.
        works = [
            pool.submit(copy_context().run, places.run, _search_tile, tile.cut(chart), tile, number, scan.scanner)
            for chart, parts in tiles
            for number, tile in enumerate(parts)
            if not alone
        ]
        try:
            for (chart, parts), whole, box in zip(tiles, scan.charts, boxes, strict=True):
                found = []
                for number, tile in enumerate(parts):
                    tell(f"finding scars on chart {chart.name}{_part_of(parts, number)}", done / total)
                    # Results are let go of as soon as they stand in the map.
                    found.append(
                        _search_tile(tile.cut(chart), tile, number, scan.scanner, each, waves)
                        if alone
                        else works.pop(0).result()
                    )
                    done += 1
                kept, unlikely = _listed_of(chart, parts, found)
                together = _put_together(chart, parts, found, kept, scan.scanner, one_by_one if alone else each)
                maps.append(put_back(together, whole, box))
                doubted += [reason for one in found if one for reason in one.doubted] + unlikely
        finally:
            pool.shutdown(cancel_futures=True)
    areas = [areas_cm2(chart, part) for chart, part in zip(charts, left_out, strict=True)]
    merged = merge_charts(scan, maps) if len(maps) > 1 else maps[0]
    return replace(merged, left_out=sum_left_out(areas, doubted))


def _part_of(tiles: Sequence[Tile], number: int) -> str:
    return f", part {number + 1} of {len(tiles)}" if len(tiles) > 1 else ""


def _search_tile(
    part: Surface, tile: Tile, number: int, scanner: Scanner, each: Each = one_by_one, waves: Each = one_by_one
) -> _Searched | None:
    """Return what the tile `number` of a surface holds, `part` what it shows; None when no skin is seen in it."""
    if not part.valid.any():
        return None
    is_counted = _counted_here(part, tile)
    finding = find_regions(part, each=each, waves=waves, is_counted=is_counted)
    least = float(value_of("scars.considered_confidence"))
    drawn = _shown(part, finding.labels, finding.level_mm, finding.scene.skin)
    boxes = label_boxes(finding.labels, len(finding.finds))

    def judge(one: int) -> _Listed | str | None:
        find, box = finding.finds[one - 1], boxes[one - 1]
        inside = None if box is None else finding.labels[box] == one
        if box is None or inside is None or inside.sum() < FEWEST_PIXELS or not is_counted(find.candidate):
            return None
        scar = measure_scar(part, drawn, one, find=find, spectrum=finding.scene.spectrum, box=box, scanner=scanner)
        is_below_rim = min(scar.depth_mm * find.candidate.sign, scar.volume_mm3 * find.candidate.sign) > 0
        if scar.confidence < least or not is_below_rim:
            return scar.doubt if is_below_rim else None
        place = _moved(box[0], tile.rows.start), _moved(box[1], tile.columns.start)
        return _Listed(find, finding.scene.spectrum, number, place, inside, scar)

    judged = each(judge, range(1, len(finding.finds) + 1))
    listed = tuple(one for one in judged if isinstance(one, _Listed))
    doubted = tuple(one for one in judged if isinstance(one, str))
    return _Searched(listed, finding.labels, finding.level_mm, finding.scene.skin, doubted)


def _counted_here(part: Surface, tile: Tile) -> Callable[[Candidate], bool]:
    """Return whether a candidate may be listed from this tile: not well in the border that others show whole."""
    core = tile.core_mask() if part.own is None else tile.core_mask() & part.own
    if core.all() or not core.any():
        return lambda one: core.any().item()
    away = cv2.distanceTransform((~core).view(np.uint8), cv2.DIST_L2, 3)
    rows, columns = part.shape

    def is_counted(one: Candidate) -> bool:
        row, column = (
            min(int(at / part.pixel_mm), last) for at, last in ((one.y_mm, rows - 1), (one.x_mm, columns - 1))
        )
        return float(away[row, column]) * part.pixel_mm <= _CORE_MARGIN_MM + one.width_mm / 2

    return is_counted


def _moved(side: slice, by: int) -> slice:
    return slice(side.start + by, side.stop + by)


def _listed_of(
    surface: Surface, tiles: Sequence[Tile], found: Sequence[_Searched | None]
) -> tuple[list[_Listed], list[str]]:
    """Return the finds of all tiles that are likely scars among the others, and why the others were doubted.

    One that two tiles saw is one. Each is as sure as it looks on skin with as many sure scars as there are here.
    """
    each_once = _each_once([scar for one in found if one for scar in one.listed], tiles, surface)
    sure = with_others([one.judged.confidence for one in each_once], seen_area_cm2(surface))
    least = float(value_of("scars.listed_confidence"))
    kept = [
        replace(one, judged=replace(one.judged, confidence=float(p)))
        for one, p in zip(each_once, sure, strict=True)
        if p >= least
    ]
    unlikely = [one.judged.doubt for one, p in zip(each_once, sure, strict=True) if p < least and one.judged.doubt]
    return kept, unlikely


def _put_together(
    surface: Surface,
    tiles: Sequence[Tile],
    found: Sequence[_Searched | None],
    kept: list[_Listed],
    scanner: Scanner,
    each: Each,
) -> ScarMap:
    """Return the scars `kept` of a surface, numbered and measured on what its tiles hold."""
    level = blend([(tile, one.level_mm) for tile, one in zip(tiles, found, strict=True) if one], surface.shape)
    skin = np.zeros(surface.shape, bool)
    for tile, one in zip(tiles, found, strict=True):
        if one:
            skin[tile.rows, tile.columns] |= one.skin
    kept = sorted(kept, key=lambda one: (-abs(one.judged.volume_mm3), one.place[0].start, one.place[1].start))
    labels, drawn_once = np.zeros(surface.shape, np.int32), []
    for one in kept:
        here = labels[one.place]
        own = one.inside & (here == 0)
        # Two tiles may draw one place unlike: what wider finds leave little of is no scar of its own.
        least = max(FEWEST_PIXELS, (1 - _MOST_SHARED) * one.inside.sum())
        if own.sum() >= least and (own & skin[one.place]).sum() >= FEWEST_PIXELS:
            drawn_once.append(one)
            here[own] = len(drawn_once)
    kept = drawn_once
    # Finds that were dropped are skin again: the scars beside them are measured without them.
    drawn = _shown(surface, labels, level, skin)

    def measure(number: int) -> Scar:
        one = kept[number - 1]
        tile, own = tiles[one.tile], found[one.tile]
        around = _grown(one.place, surface)
        # Where one tile alone shows the skin around a find, and all other finds of it stay, it is measured already.
        if own is not None and tile.shows_alone(around, tiles):
            changed = (own.labels[tile.moved_into(around)] > 0) & (labels[around] == 0)
            if not changed.any():
                down, right = (shown.start * surface.pixel_mm for shown in (tile.rows, tile.columns))
                return replace(one.judged, id=number, y_mm=one.judged.y_mm + down, x_mm=one.judged.x_mm + right)
        scar = measure_scar(
            surface, drawn, number, find=one.find, spectrum=one.spectrum, box=one.place, scanner=scanner
        )
        return replace(scar, confidence=one.judged.confidence, doubt=one.judged.doubt)

    scars = tuple(each(measure, range(1, len(kept) + 1)))
    return ScarMap(scars, {surface.name: labels}, {surface.name: level})


def _grown(place: tuple[slice, slice], surface: Surface) -> tuple[slice, slice]:
    """Return more of the map around a label than its measures look at."""
    rows, columns = (
        slice(max(0, side.start - reach), min(side.stop + reach, length))
        for side, length in zip(place, surface.shape, strict=True)
        for reach in [max(one.stop - one.start for one in place) + round(_CORE_MARGIN_MM / surface.pixel_mm)]
    )
    return rows, columns


def _each_once(listed: list[_Listed], tiles: Sequence[Tile], surface: Surface) -> list[_Listed]:
    """Return the finds less those of another tile's core, and less those that a tile nearer to them has seen too."""
    if len(tiles) == 1:
        return listed
    outside = []
    for one in listed:
        tile = tiles[one.tile]
        row, column = (
            at / surface.pixel_mm + shown.start
            for at, shown in ((one.judged.y_mm, tile.rows), (one.judged.x_mm, tile.columns))
        )
        outside.append(tile.outside_core(row, column))
    seen_by, kept = np.full(surface.shape, -1, np.int32), []
    for away, _, one in sorted(zip(outside, range(len(listed)), listed, strict=True), key=lambda row: row[:2]):
        taken = seen_by[one.place][one.inside]
        others = (taken >= 0) & (taken != one.tile)
        if away * surface.pixel_mm <= _CORE_MARGIN_MM and others.mean() <= _MOST_SHARED:
            seen_by[one.place][one.inside] = one.tile
            kept.append(one)
    return kept


def _shown(surface: Surface, labels: np.ndarray, level_mm: np.ndarray, skin: np.ndarray) -> Shown:
    return Shown(labels, level_mm, surface.relief_mm, skin, pixel_mm=surface.pixel_mm)


def measure_scar(
    surface: Surface,
    drawn: Shown,
    number: int,
    *,
    find: Find,
    spectrum: SkinSpectrum,
    box: Box,
    scanner: Scanner | None = None,
) -> Scar:
    """Return the scar `number` of a label image, measured and judged."""
    snr, sign = find.candidate.snr, find.candidate.sign
    seen = see_scar(
        drawn.labels, drawn.level_mm, surface.relief_mm, drawn.skin,
        scar_id=number, chart=surface.name, sign=sign, pixel_mm=surface.pixel_mm, box=box,
    )  # fmt: skip
    shape = describe_scar(seen)
    hidden = hidden_skin(shape.width_mm, spectrum)
    sure = confidence(shape, hidden, snr=snr, sign=sign)
    scar = make_scar(surface, seen.window, shape, hidden, labels=drawn.labels, sure=sure, scanner=scanner)
    if sure < value_of("scars.considered_confidence"):
        return scar
    around = look_around(drawn, number, sign=sign, box=box)
    sure, doubt = with_doubt(sure, doubts(around, width_mm=shape.width_mm, sign=sign))
    return widen(replace(scar, confidence=sure, doubt=doubt), around, spectrum)


def make_scar(
    surface: Surface,
    window: MeasuringWindow,
    shape: Description,
    hidden: HiddenSkin,
    *,
    labels: np.ndarray,
    sure: float,
    scanner: Scanner | None = None,
) -> Scar:
    """Return one row of the list of scars from its window and description."""
    depth_gain, volume_gain = correction(shape, hidden, sign=window.sign)
    upright = upright_part(surface, window)
    found = depth_from_means(np.array([shape.deepest_means_mm]), window.roughness_mm, window.width_mm)
    depth, volume = window.sign * depth_gain * upright * float(found[0]), window.sign * volume_gain * shape.volume_mm3
    rows, columns = np.nonzero(labels[window.rows, window.columns] == window.scar_id)
    rows, columns = rows + window.rows.start, columns + window.columns.start
    # The label counts whole, with the odd pixel that was left out as a spike.
    area = rows.size * surface.pixel_mm**2 / upright
    probability = kind_probability(shape, hidden, depth_mm=depth)
    return Scar(
        id=window.scar_id, chart=surface.name, kind=most_likely(probability), kind_probability=probability,
        x_mm=float(columns.mean()) * surface.pixel_mm, y_mm=float(rows.mean()) * surface.pixel_mm,
        depth_mm=depth, depth_sd_mm=depth_sd_mm(shape, hidden, depth_mm=depth, scanner=scanner),
        width_mm=2 * float(np.sqrt(area / np.pi)), area_mm2=area,
        volume_mm3=volume, volume_sd_mm3=volume_sd_mm3(shape, hidden, volume_mm3=volume, scanner=scanner),
        wall_angle_deg=shape.wall_angle_deg, confidence=sure, zone=surface.zone, side=surface.side,
        touches_edge=_touches_edge(surface, rows, columns),
    )  # fmt: skip


def _touches_edge(surface: Surface, rows: np.ndarray, columns: np.ndarray) -> bool:
    """Whether the label reaches the border of the map or a hole."""
    last_row, last_column = surface.shape[0] - 1, surface.shape[1] - 1
    if rows.min() == 0 or columns.min() == 0 or rows.max() == last_row or columns.max() == last_column:
        return True
    return not all(surface.valid[rows + dy, columns + dx].all() for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)))
