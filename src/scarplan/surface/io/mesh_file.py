"""A mesh file to charts: the triangles, a displacement image where there is one, and what no chart could show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.charts import ChartSet, make_charts
from scarplan.surface.displacement import Displacement
from scarplan.surface.io.heights import check_pixel
from scarplan.surface.io.image import read_displacement
from scarplan.surface.io.mesh import read_mesh
from scarplan.surface.io.registry import SniffedFile
from scarplan.surface.views import spread_samples
from scarplan.units import read_length_unit

if TYPE_CHECKING:
    from scarplan.records.face_zones import FaceZones
    from scarplan.surface.zones.zone_charts import ZoneCharts

Tell = Callable[[str, float], None]


def read_charts(
    file: SniffedFile,
    *,
    unit_mm: float,
    pixel_mm: float | None,
    image: Path | str | None,
    image_unit: str | None,
    image_flip: bool = False,
    zones: FaceZones | None = None,
    tell: Tell,
) -> ChartSet | ZoneCharts:
    """Return the charts of the mesh in `file`; `image` is its displacement image and `image_unit` its grey level.

    `image_flip`: the image's first row is at the lower end of the texture (v = 0). `zones`: one chart per zone of the
    face that they tell.

    Raises BadInput with what was wrong, got, allowed, and what to do.
    """
    if pixel_mm is not None:
        pixel_mm = check_pixel(pixel_mm, file.path)
    if image is None and (image_unit is not None or image_flip):
        raise BadInput(
            "--displacement-unit or --displacement-flip is given without --displacement",
            code="E-SURF-071",
            got=image_unit or "--displacement-flip",
            do="add --displacement IMAGE, or leave it out",
        )
    relief = _read_relief(image, image_unit, flip=image_flip, tell=tell)
    mesh = read_mesh(file.path, file_format=file.format, unit_mm=unit_mm, with_texture=relief is not None)
    if zones is None:
        return make_charts(mesh, pixel_mm=pixel_mm, displacement=relief, progress=tell)
    from scarplan.surface.zones.from_record import check_on_mesh, make_face_map  # a mesh without zones needs neither
    from scarplan.surface.zones.zone_charts import make_zone_charts

    face, samples = make_face_map(zones), spread_samples(mesh)
    check_on_mesh(zones, samples)
    return make_zone_charts(mesh, face, samples, pixel_mm=pixel_mm, displacement=relief, progress=tell)


def _read_relief(image: Path | str | None, image_unit: str | None, *, flip: bool, tell: Tell) -> Displacement | None:
    if image is None:
        return None
    mm_per_level = read_length_unit(image_unit, option="--displacement-unit")
    tell(f"reading {Path(image).name}", 0.0)
    grey = read_displacement(Path(image))
    relief = Displacement(grey[::-1] if flip else grey, mm_per_level)
    _check_displacement(relief, Path(image))
    return relief


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


def notes_on_charts(found: ChartSet | ZoneCharts) -> tuple[str, ...]:
    """Return what the charts of a mesh leave out or could not see, in words for the user."""
    notes = []
    pixel_mm, by_zone = found.charts[0].pixel_mm, not isinstance(found, ChartSet)
    if pixel_mm > found.resolved_mm:
        crop = "" if by_zone else "crop it to the skin to be treated, or pick its zones (`scarplan zones`), or "
        notes.append(
            f"sampled every {pixel_mm:g} mm where the mesh holds detail of {found.resolved_mm:g} mm: "
            f"{crop}give a finer --pixel-mm to measure small scars"
        )
    return (*notes, *(_notes_on_views(found) if isinstance(found, ChartSet) else _notes_on_zones(found)))


# Below this the outline of the charts and the spacing of the sample points decide.
_WORTH_TELLING_CM2 = 1.0


def _notes_on_views(found: ChartSet) -> tuple[str, ...]:
    places = (
        (found.left_out_cm2, "folded, hidden or turned away"),
        (found.too_coarse_cm2, "too coarse to show a scar there"),
        (found.uneven_cm2, "too uneven for skin (hair, ears, lips, cloth)"),
    )
    notes = [f"{cm2:.0f} cm2 of the mesh are in no chart: {why}" for cm2, why in places if cm2 >= _WORTH_TELLING_CM2]
    if len(found.charts) > 1:
        notes.append(
            "nothing says where the face is: what is left of hair, ears, lips and beard may be taken for scars; pick "
            "the zones of the face with `scarplan zones FILE`, then scan with --zones zones.toml"
        )
    return tuple(notes)


def _notes_on_zones(found: ZoneCharts) -> tuple[str, ...]:
    places = (
        (found.uneven_cm2, "too uneven for skin (hair, folds)"),
        (found.unseen_cm2, "folded, hidden or turned away"),
    )
    notes = [f"{cm2:.0f} cm2 of the zones are in no chart: {why}" for cm2, why in places if cm2 >= _WORTH_TELLING_CM2]
    border = value_of("surface.zone_border_mm")
    told = [f"{words} {cm2:.0f} cm2" for words, cm2 in found.left_out_cm2.items() if cm2 >= _WORTH_TELLING_CM2]
    if told:
        notes.append(f"left out on purpose: {'; '.join(told)}")
    notes.append(f"borders of zones by landmarks are good to about {border:g} mm; scars near one may count beyond it")
    return tuple(notes)
