"""The result of `photo`: the photographs of the case described anew, and written where that changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput
from scarplan.evidence.library import recording, source
from scarplan.manifest import make_manifest
from scarplan.photographs import Album, read_album, read_picture
from scarplan.photographs.describe import describe_album
from scarplan.records.case import Case, result_name


def list_photographs(case: Case) -> dict[str, Any]:
    """Return all photographs of the case; results/photo.json is renewed where it no longer says the same."""
    return finish(case, read_album(case), done=None)


def finish(
    case: Case, album: Album, *, done: Mapping[str, Any] | None, files: Mapping[str, bytes] | None = None
) -> Any:
    """Return the result of `photo` for `album`, written together with new `files` (name -> bytes).

    A case without photographs has no results/photo.json. The list alone (`done` None) leaves a fresh one as it is.
    """
    earlier = _read_earlier(case)
    with recording() as used:
        described = describe_album(
            album,
            read_picture=lambda photo: read_picture(case.path(photo.picture_file)),
            known_colours={row["id"]: row.get("colour") for row in earlier.get("photos", ())},
        )
        if any(row["colour"] for row in described["photos"]):
            for named in ("ita", "clarys2000", "colour_science_data"):
                source(named)
        for row in described["agreement"]:
            for source_id in row["published"]["sources"]:
                source(source_id)
    inputs = {name: hash_bytes((files or {})[name]) for name in album.files() if name in (files or {})}
    inputs |= case.hashes(*(name for name in album.files() if name not in inputs))
    manifest = make_manifest("photo", inputs=inputs, quantities=used.quantities, sources=used.sources)
    result = {**described, "done": done, "manifest": make_plain(manifest)}
    if not album.photos:
        case.remove(result_name("photo"))
    elif files or {**earlier, "done": None} != {**result, "done": None}:
        case.write_result("photo", result, files)
    return result


def _read_earlier(case: Case) -> dict[str, Any]:
    """Return what an earlier run wrote, stale or not; nothing where it cannot be read."""
    if not case.has_result("photo"):
        return {}
    try:
        return case.read_result("photo", allow_stale=True)
    except BadInput:
        return {}
