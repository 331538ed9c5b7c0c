"""Keep the marks that a rater made on a photograph."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes
from scarplan.errors import BadInput
from scarplan.photographs import VIEWS, marks_file, read_album, read_marks, write_marks
from scarplan.records.case import Case
from scarplan.records.photograph import KeptMarks, Photograph, check_rater, write_photograph
from scarplan.workflow.photo_result import finish

_ID_IN_NAME = re.compile(rf"^(\d{{4}}-\d\d-\d\d_(?:{'|'.join(VIEWS)})(?:-\d+)?)_")


def keep_marks(case: Case, path: Path, *, photo_id: str, rater: str, replace: bool) -> dict[str, Any]:
    """Keep the marks in a CSV file as those of one rater. Raises BadInput; then nothing has changed."""
    case.require()
    album, rater = read_album(case), check_rater(rater)
    photo = album.find(photo_id)
    _check_name(path, photo)
    marks = read_marks(path, size_px=(photo.width_px, photo.height_px), photo_sha256=photo.sha256)
    data = write_marks(marks).encode()
    kept = KeptMarks(rater=rater, file=marks_file(photo_id, rater), sha256=hash_bytes(data))
    earlier = next((other for other in photo.marks if other.file == kept.file), None)
    others = tuple(other for other in photo.marks if other != earlier)
    if earlier is not None and not replace:
        raise BadInput(
            f"there are marks by {earlier.rater} on {photo_id} already",
            code="E-PHOTO-022",
            do="add --replace to exchange them; another rater gives another --rater",
        )
    marked = photo.model_copy(update={"marks": tuple(sorted((*others, kept), key=lambda one: one.rater))})
    by_rater = {one.rater: album.marks[photo_id][one.rater] for one in others} | {rater: marks}
    album = album.with_photos(tuple(marked if other.id == photo_id else other for other in album.photos))
    return finish(
        case,
        dataclasses.replace(album, marks={**album.marks, photo_id: by_rater}),
        done={"what": "marks kept", "id": photo_id, "rater": rater, "file": kept.file, "counts": marks.counts},
        files={kept.file: data, marked.record_file: write_photograph(marked)},
    )


def _check_name(path: Path, photo: Photograph) -> None:
    """Refuse a file that the page saved for another photograph: it bears that one's id in front."""
    found = _ID_IN_NAME.match(path.name)
    if found and found.group(1) != photo.id:
        raise BadInput(
            f"the marks {path.name} were made on another photograph than {photo.id}",
            code="E-PHOTO-023",
            got=found.group(1),
            do=f"give --photo {found.group(1)}, or rename the file if they do belong to {photo.id}",
        )
