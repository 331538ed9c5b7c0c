"""The page of a commissioning that a person signs: what was found, against which limit, on one A4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scarplan.report.html import render_page
from scarplan.report.pictures.plate_picture import draw_plate
from scarplan.report.sheets.phantom_sheet import SHAPES
from scarplan.report.wording import NOTICE
from scarplan.surface.surface import Surface

VERDICTS = {True: "pass", False: "FAIL", None: "not tried"}
CAPTURES = {
    "structured_light": "structured light",
    "laser": "laser",
    "photometric": "photometric stereo",
    "photogrammetry": "photogrammetry",
    "lidar": "LiDAR",
    "unknown": "not stated",
}
_TITLES = {
    "scan": "Commissioning of a scanner",
    "repeats": "Repeatability of a scanner",
    "digital": "Acceptance of the measuring software",
}


def render_commissioning_page(result: Mapping[str, Any], chart: Surface | None) -> str:
    """Return the page of a result of `commission`; `chart` is the first scan laid on the plate."""
    plots, picture = [], None
    if result["done"] == "scan":
        # Imported here: drawing takes a second that repeats and digital phantoms do not need.
        from scarplan.report.pictures.commissioning_plots import draw_depth_errors, draw_transfer

        seen = [row for row in result["features"] if row["status"] != "not seen"]
        plots += [draw_depth_errors(seen)] if seen else []
        transfer = result["transfer"]
        plots += [draw_transfer(transfer, result["profile"]["depth_gain"] or 1.0)] if transfer["points"] else []
    if chart is not None:
        picture = draw_plate(chart, alt="The first scan laid on the plate, lit from the upper left.")
    return render_page(
        "commissioning.html",
        result=result,
        title=_TITLES[result["done"]],
        verdict=VERDICTS[result["passed"]],
        verdicts=VERDICTS,
        capture=CAPTURES[result["signed"]["capture"]],
        shapes=SHAPES,
        plots=plots,
        picture=picture,
        notice=NOTICE,
    )
