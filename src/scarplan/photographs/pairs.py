"""Pairs of dates of one view: which photographs are compared, how they fit, and the pictures for the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from scarplan.photographs.album import Album, read_album
from scarplan.photographs.align import judge_alignment
from scarplan.photographs.differences import compare_conditions, say_differences
from scarplan.photographs.overlay import AlignedPair, align_pair
from scarplan.photographs.receive import read_picture
from scarplan.photographs.views import VIEWS
from scarplan.records.case import Case
from scarplan.records.photograph import Photograph


@dataclass(frozen=True)
class PhotographPair:
    """Two dates of one view as pictures. `row` is its row of `pairs` in photo.json."""

    row: Mapping[str, Any]
    earlier: Photograph
    later: Photograph
    pictures: AlignedPair


def list_pairs(album: Album) -> list[tuple[Photograph, Photograph]]:
    """Return (earlier, later) of every view: each date with the next one, and the first with the last.

    Of several photographs of one view and day the one with the most landmarks counts, among equals the last added.
    """
    pairs = []
    for view in VIEWS:
        by_day: dict[Any, Photograph] = {}
        for photo in album.photos:
            if photo.view == view:
                best = by_day.get(photo.taken_on)
                if best is None or len(album.landmarks(photo.id)) >= len(album.landmarks(best.id)):
                    by_day[photo.taken_on] = photo
        photos = list(by_day.values())
        pairs += list(pairwise(photos))
        if len(photos) > 2:
            pairs.append((photos[0], photos[-1]))
    return pairs


def describe_pair(album: Album, earlier: Photograph, later: Photograph) -> dict[str, Any]:
    """Return one row of `pairs` in photo.json: how the two fit, and what differs in how they were taken."""
    fit = judge_alignment(
        album.landmarks(earlier.id),
        album.landmarks(later.id),
        sizes_px=((earlier.width_px, earlier.height_px), (later.width_px, later.height_px)),
    )
    differences = compare_conditions(earlier, later)
    warnings = (fit.doubt, say_differences(differences))
    return {
        "view": later.view,
        "earlier": earlier.id,
        "later": later.id,
        "days_between": (later.taken_on - earlier.taken_on).days,
        "landmarks_common": len(fit.landmarks_common),
        "aligned_by": fit.aligned_by,
        "residual_px": fit.residual_px,
        "note": fit.note,
        "differences": [vars(found) for found in differences],
        "warnings": [warning for warning in warnings if warning],
    }


def read_aligned_pairs(
    case: Case, photo: Mapping[str, Any], *, rows: Iterable[Mapping[str, Any]] | None = None, long_side_px: int = 1200
) -> list[PhotographPair]:
    """Return the pairs of photo.json with their pictures: this is how the report gets them.

    `case` is the case folder and `photo` its result of `photo` (`case.read_result("photo")`, in the report
    `results.photo`). `rows`: only these rows of `photo["pairs"]` (default: all). Per pair:

        found.pictures.side_by_side()   RGB bytes [y x 3], earlier on the left, later on the right
        found.pictures.ghost()          the same height, earlier laid over later; None when not aligned
        found.row["note"]               says by what they are aligned and how well, or why they are not
        found.row["warnings"]           where the fit is not known, what differs in how they were taken; show it too

    `overlay.encode_jpeg(picture)` makes JPEG bytes of a picture. A pair of 12-megapixel photographs takes about
    a second. Raises BadInput where the photographs are not those that were added.
    """
    album = read_album(case)
    pairs = []
    for row in photo["pairs"] if rows is None else rows:
        earlier, later = album.find(row["earlier"]), album.find(row["later"])
        pictures = align_pair(
            read_picture(case.path(earlier.picture_file)),
            read_picture(case.path(later.picture_file)),
            landmarks_earlier=album.landmarks(earlier.id),
            landmarks_later=album.landmarks(later.id),
            long_side_px=long_side_px,
        )
        pairs.append(PhotographPair(row, earlier, later, pictures))
    return pairs
