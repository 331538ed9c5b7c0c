"""The page on which scars are tapped on a photograph: one file, nothing loaded from outside, marks saved as CSV."""

from __future__ import annotations

import base64
import json
from typing import Any

import cv2
import numpy as np

from scarplan.canonical import make_plain
from scarplan.photographs import CHART_CORNERS, LANDMARKS, SCAR_KINDS, SKIN_PATCHES, VIEWS, Marks, encode_jpeg
from scarplan.records.photograph import Photograph
from scarplan.report.html import render_page

#: The page shows the photograph this long at most, so that phones can zoom it smoothly; marks keep its own pixels.
_LONGEST_SHOWN_PX = 2600
_QUALITY = 88


def render_mark_page(photo: Photograph, picture: np.ndarray, *, rater: str = "", marks: Marks | None = None) -> str:
    """Return the page for marking `photo`, whose pixels are `picture`, RGB [y x 3] of bytes.

    `rater` and `marks`: who marks, and the marks to start from.
    """
    scale = min(1.0, _LONGEST_SHOWN_PX / max(picture.shape[:2]))
    if scale < 1:
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    return render_page(
        "mark.html",
        photo=photo,
        view=_start(VIEWS[photo.view]),
        picture=base64.b64encode(encode_jpeg(picture, quality=_QUALITY)).decode(),
        kinds=SCAR_KINDS,
        landmarks={name: _start(words) for name, words in LANDMARKS.items()},
        corners={name: _start(words) for name, words in CHART_CORNERS.items()},
        patches={name: _start(words) for name, words in SKIN_PATCHES.items()},
        ruler_mm="" if photo.conditions.ruler_mm is None else f"{photo.conditions.ruler_mm:g}",
        rater=rater,
        marks=json.dumps(_list_marks(marks) if marks else []),
    )


def _start(words: str) -> str:
    return words[:1].upper() + words[1:]


def _list_marks(marks: Marks) -> list[dict[str, Any]]:
    """Return marks as the page keeps them."""
    rows: list[tuple[str, str, Any, Any, Any]] = [("scar", s.kind, s.tap_px, s.edge_px, None) for s in marks.scars]
    rows += [("landmark", name, at, None, None) for name, at in marks.landmarks.items()]
    rows += [("chart", name, at, None, None) for name, at in marks.chart.items()]
    rows += [("skin", name, patch.centre_px, patch.border_px, None) for name, patch in marks.skin.items()]
    if marks.ruler:
        rows.insert(0, ("ruler", "ruler", *marks.ruler.ends_px, marks.ruler.length_mm))
    return make_plain([dict(zip(("what", "name", "at", "edge", "length"), row, strict=True)) for row in rows])
