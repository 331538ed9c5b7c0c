"""Write the page on which a photograph is marked by tapping."""

from __future__ import annotations

from typing import Any

from scarplan.photographs import marks_file, read_album, read_picture
from scarplan.photographs.mark_page import render_mark_page
from scarplan.records.case import Case
from scarplan.records.photograph import check_rater
from scarplan.workflow.photo_result import finish


def write_mark_page(case: Case, photo_id: str, *, rater: str | None = None) -> dict[str, Any]:
    """Write photos/mark_<id>.html; with `rater` it starts from the marks that this rater has kept."""
    case.require()
    album = read_album(case)
    photo = album.find(photo_id)
    name = check_rater(rater) if rater is not None else ""
    # As when marks are kept: Anna and anna are one rater.
    name = next((kept.rater for kept in photo.marks if kept.file == marks_file(photo_id, name)), name)
    marks = album.marks[photo_id].get(name)
    page = render_mark_page(photo, read_picture(case.path(photo.picture_file)), rater=name, marks=marks)
    case.write_files({photo.mark_page: page.encode()})
    return finish(case, album, done={"what": "page written", "id": photo_id, "file": photo.mark_page})
