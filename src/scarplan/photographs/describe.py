"""Describe: the photographs of a case as `photo.json` tells them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib.metadata import version
from itertools import combinations
from typing import Any

import numpy as np

from scarplan.canonical import hash_content, make_plain
from scarplan.evidence.library import value_of
from scarplan.photographs.agreement import compare_raters, describe_agreement
from scarplan.photographs.album import Album
from scarplan.photographs.colour import NO_CHART, SkinColour, read_colour
from scarplan.photographs.differences import list_warnings
from scarplan.photographs.marks import Marks
from scarplan.photographs.pairs import describe_pair, list_pairs
from scarplan.photographs.views import VIEWS, missing_views
from scarplan.photographs.widths import measure_width
from scarplan.records.photograph import Photograph

_COLOUR_QUANTITIES = (
    "chart_residual_most",
    "chart_worst_patch_most",
    "ita_very_light_above",
    "ita_light_above",
    "ita_intermediate_above",
    "ita_tan_above",
    "ita_brown_above",
)


def describe_album(
    album: Album, *, read_picture: Callable[[Photograph], np.ndarray], known_colours: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `photo.json` without its manifest.

    `read_picture` gives the pixels of a photograph, asked for only where colour is to be read. `known_colours`: the
    colours that an earlier run read, by photograph; one made from the same picture, marks and limits is taken over.
    """
    days = sorted({photo.taken_on for photo in album.photos})
    timeline = [
        {"taken_on": day.isoformat(), "views": [p.view for p in album.photos if p.taken_on == day]} for day in days
    ]
    missing = []
    for entry in timeline:
        views, close_ups = missing_views(entry["views"])
        missing.append({"taken_on": entry["taken_on"], "views": views, "close_ups": close_ups})
    return make_plain(
        {
            "photos": [_describe_photo(album, photo, read_picture, known_colours) for photo in album.photos],
            "views_missing": missing,
            "timeline": timeline,
            "pairs": [describe_pair(album, earlier, later) for earlier, later in list_pairs(album)],
            "agreement": [row for photo in album.photos for row in _describe_agreements(album, photo)],
            "warnings": [f"{name} was not added by `scarplan photo` and is left out" for name in album.strays],
        }
    )


def _describe_photo(
    album: Album,
    photo: Photograph,
    read_picture: Callable[[Photograph], np.ndarray],
    known_colours: Mapping[str, Any],
) -> dict[str, Any]:
    marks = album.marks.get(photo.id, {})
    colour = _describe_colour(photo, marks, read_picture, known_colours.get(photo.id))
    has_ruler = album.has_ruler(photo.id)
    return {
        "id": photo.id,
        "file": photo.picture_file,
        "view": photo.view,
        "view_words": VIEWS[photo.view],
        "taken_on": photo.taken_on,
        "width_px": photo.width_px,
        "height_px": photo.height_px,
        "sha256": photo.sha256,
        "conditions": {**make_plain(photo.conditions), "camera": make_plain(photo.camera)},
        "landmarks": len(album.landmarks(photo.id)),
        "marks": sorted(marks),
        "ruler": has_ruler,
        "scars": [_describe_scars(photo, rater, marks[rater]) for rater in sorted(marks)],
        "colour": colour,
        "colour_note": colour["note"] if colour else NO_CHART,
        "notes": list(photo.notes),
        "warnings": [*photo.doubts, *list_warnings(photo, has_ruler=has_ruler)],
    }


def _describe_scars(photo: Photograph, rater: str, marks: Marks) -> dict[str, Any]:
    size = (photo.width_px, photo.height_px)
    rows = []
    for scar in marks.scars:
        x, y = scar.centre_px
        width = measure_width(scar, marks.ruler, size_px=size)
        rows.append(
            {
                "kind": scar.kind,
                "x_px": x,
                "y_px": y,
                "width_mm": width.width_mm if width else None,
                "width_sd_mm": width.width_sd_mm if width else None,
            }
        )
    return {"rater": rater, "total": len(rows), "counts": marks.counts, "scars": rows}


def _describe_agreements(album: Album, photo: Photograph) -> list[dict[str, Any]]:
    marks = album.marks.get(photo.id, {})
    return [
        {
            "photo": photo.id,
            **describe_agreement(
                compare_raters((one, other), (marks[one], marks[other]), size_px=(photo.width_px, photo.height_px))
            ),
        }
        for one, other in combinations(sorted(marks), 2)
    ]


def _describe_colour(
    photo: Photograph,
    marks: Mapping[str, Marks],
    read_picture: Callable[[Photograph], np.ndarray],
    known: Mapping[str, Any] | None,
) -> dict[str, Any] | None:
    """Return the colours by the marks of the first rater who marked the chart; None where nobody did."""
    rater = next((name for name in sorted(marks) if marks[name].has_chart), None)
    if rater is None:
        return None
    limits = {name: value_of(f"photographs.{name}") for name in _COLOUR_QUANTITIES}
    made_from = hash_content(
        {
            "picture": photo.sha256,
            "rater": rater,
            "chart": marks[rater].chart,
            "skin": marks[rater].skin,
            "edition": photo.conditions.chart,
            "limits": limits,
            "tells": [each.name for each in fields(SkinColour)],  # an older reading that tells less is read again
            "versions": [version("scarplan"), version("colour-science")],
        }
    )
    if known and known.get("made_from") == made_from:
        return dict(known)
    reading = read_colour(read_picture(photo), marks[rater], edition=photo.conditions.chart)
    return {"rater": rater, **make_plain(reading), "made_from": made_from}
