"""The sheet that goes with a printed phantom: how to print it, how to scan it, what is on it."""

from __future__ import annotations

from collections.abc import Iterator

from scarplan.evidence.library import value_of
from scarplan.records.phantom_plate import PhantomPlate
from scarplan.report.html import render_page
from scarplan.report.pictures.plate_picture import draw_plate
from scarplan.report.wording import NOTICE
from scarplan.surface.surface import Surface

#: Names of the shapes, as the sheet and the signed page tell them.
SHAPES = {
    "well": "well",
    "boxcar": "box",
    "rolling": "dish",
    "raised": "dome",
    "icepick": "cone",
    "fiducial": "fiducial",
}


def render_phantom_sheet(plate: PhantomPlate, surface: Surface) -> str:
    """Return phantom.html; `surface` is the height map of the plate."""
    picture = draw_plate(surface, alt="The plate from above, lit from the upper left.", labels=tuple(_labels(plate)))
    return render_page(
        "sheet_phantom.html",
        plate=plate,
        picture=picture,
        rows=[one for one in plate.feature if one.shape != "fiducial"],
        shapes=SHAPES,
        layer_mm=value_of("commissioning.largest_layer_mm"),
        assumed_sd_mm=value_of("commissioning.print_depth_sd_mm"),
        notice=NOTICE,
    )


def _labels(plate: PhantomPlate) -> Iterator[tuple[float, float, str]]:
    """Yield place and words beside each feature: depths, and widths in the row of widths."""
    for one in plate.feature:
        below = (one.length_mm or one.width_mm) / 2 + 1.25
        if one.shape == "fiducial":
            yield one.x_mm, one.y_mm + below + 0.2, f"F{one.id[-1]}"
        elif one.id.startswith(("width-", "pit-")):
            yield one.x_mm, one.y_mm + below, f"{one.width_mm:g}"
        else:
            yield one.x_mm, one.y_mm + below, f"{one.depth_mm:g}"
    left, top, right, bottom = plate.flat_mm
    yield (left + right) / 2, (top + bottom) / 2, "flat"
