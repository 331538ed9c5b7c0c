"""One scan file to a Scan: the right reader, the unit, cleaning, and charts where the file is a mesh."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scarplan.errors import BadInput
from scarplan.surface.cleaning import Cleaned, clean_heights
from scarplan.surface.io.heights import check_pixel, heights_in_mm
from scarplan.surface.io.npy import read_npy
from scarplan.surface.io.registry import HEIGHT_MAPS, SniffedFile, sniff_file
from scarplan.surface.surface import FEWEST_ACROSS, Scan, Surface
from scarplan.units import read_length_unit

if TYPE_CHECKING:
    from scarplan.records.face_zones import FaceZones
    from scarplan.surface.io.scaled_map import ScaledMap

SIDES = ("left", "right")
Tell = Callable[[str, float], None]


def read_scan(
    path: Path | str,
    *,
    unit: str | None,
    pixel_mm: float | None = None,
    displacement: Path | str | None = None,
    displacement_unit: str | None = None,
    displacement_flip: bool | None = None,
    zones: FaceZones | None = None,
    zone: str | None = None,
    side: str | None = None,
    scanned_on: date | None = None,
    days_since_session: int | None = None,
    progress: Tell | None = None,
) -> Scan:
    """Return the scan in the file at `path`.

    `unit` is the unit of heights or coordinates (`um`, `mm`, `cm`, `m`, or a length such as `50mm`); `pixel_mm` is
    mandatory for NPY and TIFF, and the step of the grid for a mesh or a point cloud. X3P and files of instruments carry
    both themselves. `zones` tells the zones of the face on a mesh. Heights are positive outwards from the body.
    Raises BadInput with what was wrong, got, allowed, and what to do.
    """
    tell = progress or (lambda step, done: None)
    path = Path(path)
    tell(f"reading {path.name}", 0.0)
    _check_side(side)
    file = sniff_file(path)
    if file.format in HEIGHT_MAPS:
        if zones is not None:
            raise BadInput(
                "--zones belongs to a mesh of a face, and the scan is a height map",
                code="E-SURF-074",
                got=path.name,
                do="leave --zones out and say the one zone with --zone",
            )
        if displacement is not None or displacement_unit is not None or displacement_flip:
            raise BadInput(
                "--displacement belongs to a mesh, and the scan is a height map",
                code="E-SURF-070",
                got=path.name,
                do="leave --displacement and what belongs to it out",
            )
        chart, notes = _read_height_map(file, unit=unit, pixel_mm=pixel_mm)
        charts = (_placed(chart, zone, side),)
    else:
        # Meshes bring much that a height map does without: it is imported only for them, and so is each other format.
        from scarplan.canonical import hash_file
        from scarplan.surface.io.mesh_file import notes_on_charts, read_charts

        found = read_charts(
            file, unit_mm=read_length_unit(unit), pixel_mm=pixel_mm,
            image=displacement, image_unit=displacement_unit, image_flip=bool(displacement_flip), zones=zones,
            tell=tell,
        )  # fmt: skip
        notes = notes_on_charts(found)
        if zones is not None and zones.mesh_sha256 not in (None, hash_file(file.path)):
            notes += (f"the zones were picked on another file than {path.name}: look whether they still lie right",)
        # By zones each chart knows its own.
        charts = tuple(_placed(each, zone or each.zone, side or each.side) for each in found.charts)
    return Scan(charts=charts, scanned_on=scanned_on, days_since_session=days_since_session, notes=notes)


def _read_height_map(file: SniffedFile, *, unit: str | None, pixel_mm: float | None) -> tuple[Surface, tuple[str, ...]]:
    if file.format in ("npy", "tiff"):
        unit_mm, pixel = read_length_unit(unit), check_pixel(pixel_mm, file.path)
        values, notes = read_npy(file.path) if file.format == "npy" else _read_tiff(file.path), ()
    else:
        scaled = _read_scaled(file, unit=unit, pixel_mm=pixel_mm)
        pixel, notes = check_pixel(scaled.column_mm, file.path), scaled.notes
        values, unit_mm = scaled.heights_mm, 1.0
    heights = heights_in_mm(values, unit_mm=unit_mm, pixel_mm=pixel, path=file.path)
    cleaned = clean_heights(heights, pixel_mm=pixel)
    _check_rest(cleaned, file.path)
    chart = Surface("map", _storable(cleaned.relief_mm), cleaned.valid, pixel)
    return chart, (*notes, *_notes_on_cleaning(cleaned))


def _check_rest(cleaned: Cleaned, path: Path) -> None:
    rest = int(cleaned.valid.sum())
    if rest < FEWEST_ACROSS**2:
        raise BadInput(
            f"{path.name} shows no patch of skin",
            code="E-SURF-075",
            got=f"{rest} pixels once false heights and patches with nothing seen around them are left out",
            allowed=f"at least {FEWEST_ACROSS**2} measured pixels beside each other",
            do="scan again, or export with holes closed by the scanner's software and marked as NaN where large",
        )


def _read_tiff(path: Path) -> np.ndarray:
    from scarplan.surface.io.tiff import read_tiff

    return read_tiff(path)


def _read_scaled(file: SniffedFile, *, unit: str | None, pixel_mm: float | None) -> ScaledMap:
    """Return a map whose file tells its spacing: on square pixels, in mm."""
    from scarplan.surface.io.scaled_map import check_options, check_spacing, square_pixels

    if file.format in ("xyz", "ply_points"):
        from scarplan.surface.io.ply_points import read_ply_points
        from scarplan.surface.io.points import grid_points
        from scarplan.surface.io.xyz import read_xyz

        read_points = read_xyz if file.format == "xyz" else read_ply_points
        points = read_points(file.path) * read_length_unit(unit)
        if pixel_mm is not None:
            pixel_mm = check_pixel(pixel_mm, file.path)
        gridded = grid_points(points, path=file.path, unit=str(unit), pixel_mm=pixel_mm)
        check_spacing(gridded, file.path)
        return square_pixels(gridded)
    if file.format == "x3p":
        from scarplan.surface.io.x3p import read_x3p as read_scaled
    else:
        from scarplan.surface.io.instrument import read_instrument as read_scaled
    scaled = read_scaled(file.path)
    check_spacing(scaled, file.path)
    check_options(scaled, file.path, unit=unit, pixel_mm=pixel_mm)
    return square_pixels(scaled)


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
    if cleaned.impossible:
        notes.append(f"{cleaned.impossible} pixels lie absurdly far from the rest and count as not seen")
    if cleaned.spikes:
        notes.append(f"{cleaned.spikes} pixels stood out alone (spikes of the device) and count as not seen")
    if cleaned.specks:
        notes.append(f"{cleaned.specks} pixels in small patches with nothing seen around them were left out")
    return tuple(notes)
