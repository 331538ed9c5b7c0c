"""A mesh file to charts: the triangles, a displacement image where there is one, and what no chart could show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.charts import ChartSet, make_charts
from scarplan.surface.displacement import Displacement
from scarplan.surface.io.heights import check_pixel
from scarplan.surface.io.image import read_displacement
from scarplan.surface.io.mesh import read_mesh
from scarplan.surface.io.registry import SniffedFile
from scarplan.units import read_length_unit

Tell = Callable[[str, float], None]


def read_charts(
    file: SniffedFile,
    *,
    unit_mm: float,
    pixel_mm: float | None,
    image: Path | str | None,
    image_unit: str | None,
    tell: Tell,
) -> ChartSet:
    """Return the charts of the mesh in `file`; `image` is its displacement image and `image_unit` its grey level.

    Raises BadInput with what was wrong, got, allowed, and what to do.
    """
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


def notes_on_charts(found: ChartSet) -> tuple[str, ...]:
    """Return what the charts of a mesh leave out or could not see, in words for the user."""
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
