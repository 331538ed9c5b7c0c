"""Add a photograph to a case, or take one or the marks on it out again."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes
from scarplan.errors import BadInput
from scarplan.photographs import VIEWS, Album, ReceivedPhotograph, marks_file, next_id, read_album, receive_photograph
from scarplan.photographs.album import has_record, is_intact, read_photograph
from scarplan.records.case import Case
from scarplan.records.photograph import FOLDER, Photograph, check_rater, make_conditions, write_photograph
from scarplan.workflow.day import read_day, read_today
from scarplan.workflow.photo_result import finish


def add_photograph(
    case: Case,
    path: Path,
    *,
    view: str | None,
    date: str | datetime.date | None,
    replace: bool,
    conditions: dict[str, Any],
) -> dict[str, Any]:
    """Add the photograph in the file at `path`, stripped. Raises BadInput; then nothing has changed."""
    if view not in VIEWS:
        raise BadInput(
            "this is no view of a face",
            code="E-PHOTO-007",
            got=view,
            allowed=", ".join(VIEWS),
            do="--view front; left and right are the patient's own",
        )
    given = make_conditions(conditions)
    day = None if date is None else _read_day(date)
    received = receive_photograph(path)
    day, doubts = _settle_day(day, received.taken_on)
    album = read_album(case)
    same_day = [photo for photo in album.photos if photo.view == view and photo.taken_on == day]
    replaced = _find_replaced(case, same_day, view, day) if replace else None
    sha256 = hash_bytes(received.jpeg)
    _refuse_twice(album, received, sha256, replaced)
    if replaced is not None and replaced.marks and replaced.sha256 != sha256:
        raise _has_marks(case, replaced)
    photo = Photograph(
        id=replaced.id if replaced else next_id(album, taken_on=day.isoformat(), view=view),
        view=view,
        taken_on=day,
        width_px=received.width_px,
        height_px=received.height_px,
        sha256=sha256,
        received_sha256=received.received_sha256,
        conditions=given,
        camera=received.camera,
        notes=received.notes,
        doubts=(*doubts, *received.doubts),
        marks=replaced.marks if replaced else (),
    )
    if replaced is not None and replaced.sha256 != sha256:
        case.remove(replaced.mark_page)  # it shows the old picture
    return finish(
        case,
        _with_photo(album, photo, replaced),
        done={"what": "replaced" if replaced else "added", "id": photo.id, "file": photo.picture_file},
        files={photo.picture_file: received.jpeg, photo.record_file: write_photograph(photo)},
    )


def remove_photograph(case: Case, photo_id: str) -> dict[str, Any]:
    """Remove a photograph and its page for marking. Marks on it must go first, unless its picture is lost anyway."""
    case.require()
    if not has_record(case, photo_id):
        read_album(case).find(photo_id)  # tells which there are
    photo = read_photograph(case, photo_id)
    if photo is not None and photo.marks and is_intact(case, photo):
        raise _has_marks(case, photo)
    # The picture first: if this is stopped half-way, no picture is left that nobody knows of.
    names = [f"{FOLDER}/{photo_id}.jpg", f"{FOLDER}/mark_{photo_id}.html"]
    names += [*(kept.file for kept in photo.marks), photo.record_file] if photo else [f"{FOLDER}/{photo_id}.toml"]
    there = [name for name in names if case.has(name)]
    case.remove(*names)
    return _finish_removal(case, done={"what": "removed", "id": photo_id, "files": there})


def remove_marks(case: Case, photo_id: str, rater: str) -> dict[str, Any]:
    """Remove the marks of one rater on one photograph, also where their file is lost or has changed."""
    case.require()
    photo, rater = _read_one(case, photo_id), check_rater(rater)
    kept = next((kept for kept in photo.marks if kept.file == marks_file(photo_id, rater)), None)
    if kept is None:
        raise BadInput(
            f"there are no marks by {rater} on {photo_id}",
            code="E-PHOTO-017",
            allowed=", ".join(kept.rater for kept in photo.marks) or "nobody has marked it yet",
            do="`scarplan photo CASE` lists who marked what",
        )
    left = photo.model_copy(update={"marks": tuple(other for other in photo.marks if other != kept)})
    case.write_files({left.record_file: write_photograph(left)})
    case.remove(kept.file)
    return _finish_removal(
        case, done={"what": "removed marks", "id": photo_id, "rater": kept.rater, "files": [kept.file]}
    )


def _finish_removal(case: Case, *, done: dict[str, Any]) -> dict[str, Any]:
    """Return the result without what was removed. Raises BadInput where something else is lost or has changed too."""
    try:
        album = read_album(case)
    except BadInput as error:
        what = f"{', '.join(done['files'])} is removed, but {error.what}"
        raise BadInput(what, code=error.code, got=error.got, do=error.do) from None
    return finish(case, album, done=done)


def _read_one(case: Case, photo_id: str) -> Photograph:
    """Return one photograph whatever became of its marks. Raises BadInput where it is not as it was added."""
    photo = read_photograph(case, photo_id) if has_record(case, photo_id) else None
    if photo is None or not is_intact(case, photo):
        return read_album(case).find(photo_id)  # tells what is wrong with it, or which there are
    return photo


def _with_photo(album: Album, photo: Photograph, replaced: Photograph | None) -> Album:
    """Return the album with one more photograph, or with `replaced` exchanged for it, in order."""
    others = [other for other in album.photos if replaced is None or other.id != replaced.id]
    return album.with_photos((*others, photo))


def _read_day(date: str | datetime.date) -> datetime.date:
    day = read_day(
        date,
        what="the day of the photograph is not a day that can be",
        code="E-PHOTO-008",
        do="--date 2026-03-02, the day on which it was taken",
    )
    if day > read_today():
        raise BadInput(
            "the day of the photograph has not come yet",
            code="E-PHOTO-008",
            got=day.isoformat(),
            allowed="today or earlier",
            do="--date with the day on which it was taken",
        )
    return day


def _settle_day(given: datetime.date | None, written: datetime.date | None) -> tuple[datetime.date, tuple[str, ...]]:
    """Return the day of the photograph, and a doubt where camera and user disagree or the user said nothing."""
    if given is None:
        if written is None:
            raise BadInput(
                "the day of the photograph is not known: the camera wrote none",
                code="E-PHOTO-009",
                do="give --date 2026-03-02, the day on which it was taken",
            )
        day = _read_day(written)
        return day, ("the day is the one that the camera wrote; a wrong clock makes it wrong",)
    if written is not None and written != given:
        return given, (f"the camera wrote another day, {written.isoformat()}: check the day",)
    return given, ()


def _find_replaced(case: Case, same_day: list[Photograph], view: str, day: datetime.date) -> Photograph:
    if len(same_day) != 1:
        raise BadInput(
            f"there {'is nothing' if not same_day else 'is more than one photograph'} to replace: {view} of {day}",
            code="E-PHOTO-013",
            got=", ".join(photo.id for photo in same_day) or None,
            do=f"leave out --replace, or remove one first with `scarplan photo {case.root} --remove ID`",
        )
    return same_day[0]


def _refuse_twice(album: Album, received: ReceivedPhotograph, sha256: str, replaced: Photograph | None) -> None:
    for photo in album.photos:
        same = received.received_sha256 in (photo.received_sha256, photo.sha256) or sha256 == photo.sha256
        if same and (replaced is None or photo.id != replaced.id):
            raise BadInput(
                f"this photograph is in the case already, as {photo.id}",
                code="E-PHOTO-018",
                do="give another file; to correct its view or day remove that one first (`--remove ID`)",
            )


def _has_marks(case: Case, photo: Photograph) -> BadInput:
    raters = ", ".join(kept.rater for kept in photo.marks)
    return BadInput(
        f"the photograph {photo.id} carries marks by {raters}, which would be lost",
        code="E-PHOTO-019",
        do=f"remove them first: `scarplan photo {case.root} --remove {photo.id} --rater NAME`",
    )
