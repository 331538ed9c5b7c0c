"""One scan file to a Scan: the right reader, the unit, cleaning, and charts where the file is a mesh."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.charts import ChartSet, make_charts
from scarplan.surface.cleaning import Cleaned, clean_heights
from scarplan.surface.displacement import Displacement
from scarplan.surface.io.heights import check_pixel, heights_in_mm
from scarplan.surface.io.image import read_displacement
from scarplan.surface.io.instrument import read_instrument
from scarplan.surface.io.mesh import read_mesh
from scarplan.surface.io.npy import read_npy
from scarplan.surface.io.points import grid_points
from scarplan.surface.io.registry import HEIGHT_MAPS, SniffedFile, sniff_file
from scarplan.surface.io.scaled_map import ScaledMap, check_options, square_pixels
from scarplan.surface.io.tiff import read_tiff
from scarplan.surface.io.x3p import read_x3p
from scarplan.surface.io.xyz import read_xyz
from scarplan.surface.surface import Scan, Surface
from scarplan.units import read_length_unit

SIDES = ("left", "right")
Tell = Callable[[str, float], None]


def read_scan(
    path: Path | str,
    *,
    unit: str | None,
    pixel_mm: float | None = None,
    displacement: Path | str | None = None,
    displacement_unit: str | None = None,
    zone: str | None = None,
    side: str | None = None,
    scanned_on: date | None = None,
    days_since_session: int | None = None,
    progress: Tell | None = None,
) -> Scan:
    """Return the scan in the file at `path`.

    `unit` is the unit of heights or coordinates (`um`, `mm`, `cm`, `m`, or a length such as `50mm`); `pixel_mm` is
    mandatory for NPY and TIFF, and the step of the grid for a mesh or a point cloud. X3P and files of instruments carry
    both themselves. Heights are positive outwards from the body.
    Raises BadInput with what was wrong, got, allowed, and what to do.
    """
    tell = progress or (lambda step, done: None)
    path = Path(path)
    tell(f"reading {path.name}", 0.0)
    _check_side(side)
    file = sniff_file(path)
    if file.format in HEIGHT_MAPS:
        if displacement is not None or displacement_unit is not None:
            raise BadInput(
                "--displacement belongs to a mesh, and the scan is a height map",
                code="E-SURF-070",
                got=path.name,
                do="leave --displacement and --displacement-unit out",
            )
        chart, notes = _read_height_map(file, unit=unit, pixel_mm=pixel_mm)
        charts = (_placed(chart, zone, side),)
    else:
        found = _read_charts(
            file, unit_mm=read_length_unit(unit), pixel_mm=pixel_mm,
            image=displacement, image_unit=displacement_unit, tell=tell,
        )  # fmt: skip
        charts, notes = tuple(_placed(chart, zone, side) for chart in found.charts), _notes_on_charts(found)
    return Scan(charts=charts, scanned_on=scanned_on, days_since_session=days_since_session, notes=notes)


def _read_height_map(file: SniffedFile, *, unit: str | None, pixel_mm: float | None) -> tuple[Surface, tuple[str, ...]]:
    if file.format in ("npy", "tiff"):
        unit_mm, pixel = read_length_unit(unit), check_pixel(pixel_mm, file.path)
        values, notes = read_npy(file.path) if file.format == "npy" else read_tiff(file.path), ()
    else:
        scaled = _read_scaled(file, unit=unit, pixel_mm=pixel_mm)
        pixel, notes = check_pixel(scaled.column_mm, file.path), scaled.notes
        values, unit_mm = scaled.heights_mm, 1.0
    heights = heights_in_mm(values, unit_mm=unit_mm, pixel_mm=pixel, path=file.path)
    cleaned = clean_heights(heights, pixel_mm=pixel)
    chart = Surface("map", _storable(cleaned.relief_mm), cleaned.valid, pixel)
    return chart, (*notes, *_notes_on_cleaning(cleaned))


def _read_scaled(file: SniffedFile, *, unit: str | None, pixel_mm: float | None) -> ScaledMap:
    """Return a map whose file tells its spacing: on square pixels, in mm."""
    if file.format == "xyz":
        points = read_xyz(file.path) * read_length_unit(unit)
        if pixel_mm is not None:
            pixel_mm = check_pixel(pixel_mm, file.path)
        return square_pixels(grid_points(points, path=file.path, unit=str(unit), pixel_mm=pixel_mm))
    scaled = read_x3p(file.path) if file.format == "x3p" else read_instrument(file.path)
    check_options(scaled, file.path, unit=unit, pixel_mm=pixel_mm)
    return square_pixels(scaled)


def _read_charts(
    file: SniffedFile,
    *,
    unit_mm: float,
    pixel_mm: float | None,
    image: Path | str | None,
    image_unit: str | None,
    tell: Tell,
) -> ChartSet:
    if pixel_mm is not None:
        pixel_mm = check_pixel(pixel_mm, file.path)
    if image is None and image_unit is not None:
        raise BadInput(
            "--displacement-unit is given without --displacement",
            code="E-SURF-071",
            got=image_unit,
            do="add --displacement IMAGE, or leave --displacement-unit out",
        )
    relief = None
    if image is not None:
        mm_per_level = read_length_unit(image_unit, option="--displacement-unit")
        tell(f"reading {Path(image).name}", 0.0)
        relief = Displacement(read_displacement(Path(image)), mm_per_level)
        _check_displacement(relief, Path(image))
    mesh = read_mesh(file.path, file_format=file.format, unit_mm=unit_mm, with_texture=relief is not None)
    return make_charts(mesh, pixel_mm=pixel_mm, displacement=relief, progress=tell)


def _check_displacement(relief: Displacement, path: Path) -> None:
    span = float(np.ptp(relief.grey.astype(float))) * relief.mm_per_level
    largest, smallest = value_of("surface.largest_relief_mm"), value_of("surface.smallest_relief_mm")
    if not smallest <= span <= largest:
        raise BadInput(
            f"wrong unit? The relief of the displacement image {path.name} is absurd for skin",
            code="E-SURF-072",
            got=f"{span:.3g} mm from its darkest to its lightest texel",
            allowed=f"{1000 * smallest:.0f} um to {largest:.0f} mm",
            do="check --displacement-unit: it is the height of one grey level",
        )


def _check_side(side: str | None) -> None:
    if side is not None and side not in SIDES:
        raise BadInput(
            "--side is not a side of the body", code="E-SURF-073", got=side, allowed="left, right", do="--side right"
        )


def _placed(chart: Surface, zone: str | None, side: str | None) -> Surface:
    return dataclasses.replace(chart, relief_mm=_storable(chart.relief_mm), zone=zone, side=side)


def _storable(relief_mm: np.ndarray) -> np.ndarray:
    # Heights are kept on file in single precision (a few nm); so that a scan read and a scan loaded are the same,
    # they are rounded here.
    return relief_mm.astype(np.float32).astype(np.float64)


def _notes_on_cleaning(cleaned: Cleaned) -> tuple[str, ...]:
    notes = []
    if cleaned.spikes:
        notes.append(f"{cleaned.spikes} pixels stood out alone (spikes of the device) and count as not seen")
    if cleaned.specks:
        notes.append(f"{cleaned.specks} pixels in small patches with nothing seen around them were left out")
    return tuple(notes)


def _notes_on_charts(found: ChartSet) -> tuple[str, ...]:
    notes = []
    pixel_mm = found.charts[0].pixel_mm
    if pixel_mm > found.resolved_mm:
        notes.append(
            f"sampled every {pixel_mm:g} mm where the mesh holds detail of {found.resolved_mm:g} mm: "
            "crop it to the skin to be treated (hair, ears and cloth are measured as if they were skin), "
            "or give a finer --pixel-mm to measure small scars"
        )
    # Below this the outline of the charts and the spacing of the sample points decide.
    if found.left_out_cm2 >= 1.0:
        notes.append(f"{found.left_out_cm2:.0f} cm2 of the mesh are in no chart: folded, hidden or turned away")
    if found.too_coarse_cm2 >= 1.0:
        notes.append(f"{found.too_coarse_cm2:.0f} cm2 of the mesh are in no chart: too coarse to show a scar there")
    return tuple(notes)
