"""The page on which scars are tapped on a photograph: one file, nothing loaded from outside, marks saved as CSV."""

from __future__ import annotations

import base64
import json
from html import escape
from typing import Any

import cv2
import numpy as np

from scarplan.canonical import make_plain
from scarplan.marking import choose, fill_page, list_options, start_sentence
from scarplan.photographs.marks import CHART_CORNERS, LANDMARKS, SCAR_KINDS, SKIN_PATCHES, Marks
from scarplan.photographs.marks_csv import PHOTO_DIGITS
from scarplan.photographs.overlay import encode_jpeg
from scarplan.photographs.views import VIEWS
from scarplan.records.photograph import Photograph

#: The page shows the photograph this long at most, so that phones can zoom it smoothly; marks keep its own pixels.
_LONGEST_SHOWN_PX = 2600
_QUALITY = 88
_WHATS = {
    "scar": "Scar",
    "landmark": "Landmark",
    "ruler": "Ruler",
    "chart": "Colour chart",
    "skin": "Skin patch",
    "delete": "Take one away",
}


def render_mark_page(photo: Photograph, picture: np.ndarray, *, rater: str = "", marks: Marks | None = None) -> str:
    """Return the page for marking `photo`, whose pixels are `picture`, RGB [y x 3] of bytes.

    `rater` and `marks`: who marks, and the marks to start from.
    """
    scale = min(1.0, _LONGEST_SHOWN_PX / max(picture.shape[:2]))
    if scale < 1:
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    day = photo.taken_on
    return fill_page(
        "scarplan.photographs",
        "mark",
        id=escape(photo.id),
        sha256=escape(photo.sha256),
        photo=escape(f"{photo.id} {photo.sha256[:PHOTO_DIGITS]}"),
        width=photo.width_px,
        height=photo.height_px,
        view=escape(start_sentence(VIEWS[photo.view])),
        day=f"{day.day} {day:%B %Y}",
        picture=base64.b64encode(encode_jpeg(picture, quality=_QUALITY)).decode(),
        ruler_mm="" if photo.conditions.ruler_mm is None else f"{photo.conditions.ruler_mm:g}",
        rater=escape(rater),
        marks=escape(json.dumps(_list_marks(marks) if marks else [])),
        whats="\n".join(choose("what", name, words, first=name == "scar") for name, words in _WHATS.items()),
        kinds="\n".join(_choose_kind(kind, words) for kind, words in SCAR_KINDS.items()),
        landmarks=list_options(LANDMARKS),
        corners=list_options(CHART_CORNERS),
        patches=list_options(SKIN_PATCHES),
    )


def _choose_kind(kind: str, words: str) -> str:
    sign = f'<svg class="sign" viewBox="-12 -12 24 24" data-kind="{kind}" aria-hidden="true"></svg>'
    return choose("kind", kind, f'{sign}{escape(words)} <b data-count="{kind}">0</b>', first=kind == "icepick")


def _list_marks(marks: Marks) -> list[dict[str, Any]]:
    """Return marks as the page keeps them."""
    rows: list[tuple[str, str, Any, Any, Any]] = [("scar", s.kind, s.tap_px, s.edge_px, None) for s in marks.scars]
    rows += [("landmark", name, at, None, None) for name, at in marks.landmarks.items()]
    rows += [("chart", name, at, None, None) for name, at in marks.chart.items()]
    rows += [("skin", name, patch.centre_px, patch.border_px, None) for name, patch in marks.skin.items()]
    if marks.ruler:
        rows.insert(0, ("ruler", "ruler", *marks.ruler.ends_px, marks.ruler.length_mm))
    return make_plain([dict(zip(("what", "name", "at", "edge", "length"), row, strict=True)) for row in rows])
