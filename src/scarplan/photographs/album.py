"""Album: the photographs of a case with the marks on them, read from `photos/` and checked against their records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from scarplan.canonical import hash_bytes, hash_file
from scarplan.errors import BadInput
from scarplan.photographs.marks import Marks, Position
from scarplan.photographs.marks_csv import read_marks
from scarplan.photographs.views import VIEWS
from scarplan.records.case import Case
from scarplan.records.photograph import FOLDER, MARKS_FOLDER, KeptMarks, Photograph
from scarplan.records.record import read_record

_PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")


@dataclass(frozen=True)
class Album:
    """The photographs of a case, by day and then in the order of the views, and marks by photograph and rater."""

    photos: tuple[Photograph, ...] = ()
    marks: Mapping[str, Mapping[str, Marks]] = field(default_factory=dict)
    strays: tuple[str, ...] = ()

    def find(self, photo_id: str) -> Photograph:
        """Return the photograph with this id. Raises BadInput that lists those there are."""
        for photo in self.photos:
            if photo.id == photo_id:
                return photo
        raise BadInput(
            f"there is no photograph {photo_id!r} in this case",
            code="E-PHOTO-010",
            allowed=", ".join(photo.id for photo in self.photos) or "none yet",
            do="`scarplan photo CASE` lists them",
        )

    def with_photos(self, photos: tuple[Photograph, ...]) -> Album:
        """Return an album of these photographs, in order, with the marks of this one."""
        order = {view: i for i, view in enumerate(VIEWS)}
        ordered = sorted(photos, key=lambda photo: (photo.taken_on, order[photo.view], len(photo.id), photo.id))
        return replace(self, photos=tuple(ordered))

    def landmarks(self, photo_id: str) -> dict[str, Position]:
        """Return the landmarks of a photograph; where several raters marked one, the middle of theirs."""
        by_name: dict[str, list[Position]] = {}
        for _, marks in sorted(self.marks.get(photo_id, {}).items()):
            for name, at in marks.landmarks.items():
                by_name.setdefault(name, []).append(at)
        return {
            name: (sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places))
            for name, places in sorted(by_name.items())
        }

    def has_ruler(self, photo_id: str) -> bool:
        """Whether any rater marked a ruler on this photograph."""
        return any(marks.ruler for marks in self.marks.get(photo_id, {}).values())

    def files(self) -> list[str]:
        """Return the names of all files that the photographs of this case stand in."""
        return [
            name
            for photo in self.photos
            for name in (photo.record_file, photo.picture_file, *(kept.file for kept in photo.marks))
        ]


def read_album(case: Case) -> Album:
    """Return the photographs of `case`. Raises BadInput where a file is missing or not the one that was added."""
    folder = case.path(FOLDER)
    if not folder.is_dir():
        return Album()
    photos = [_read_photograph(case, path) for path in sorted(folder.glob("*.toml"))]
    known = {photo.picture_file.removeprefix(f"{FOLDER}/") for photo in photos}
    pictures = (path.name for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    return Album(
        marks={photo.id: _read_all_marks(case, photo) for photo in photos},
        strays=tuple(sorted(name for name in pictures if name not in known)),
    ).with_photos(tuple(photos))


def _read_all_marks(case: Case, photo: Photograph) -> dict[str, Marks]:
    return {kept.rater: _read_kept(case, photo, kept) for kept in photo.marks}


def next_id(album: Album, *, taken_on: str, view: str) -> str:
    """Return the id of one more photograph of this day and view: the second one gets `-2`, gaps are not filled."""
    plain = f"{taken_on}_{view}"
    numbers = [
        int(rest[1:] or 1)
        for photo in album.photos
        if photo.id.startswith(plain) and ((rest := photo.id.removeprefix(plain)) == "" or rest[1:].isdigit())
    ]
    return f"{plain}-{max(numbers) + 1}" if numbers else plain


def marks_file(photo_id: str, rater: str) -> str:
    """Return the file name for the marks of one rater; different names never share one."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in rater.casefold()).strip("-")
    digest = hashlib.sha256(" ".join(rater.casefold().split()).encode()).hexdigest()[:6]
    return f"{MARKS_FOLDER}/{photo_id}_{plain or 'rater'}_{digest}.csv"


def has_record(case: Case, photo_id: str) -> bool:
    """Whether there is a record under this id, readable or not."""
    return photo_id in {path.stem for path in case.path(FOLDER).glob("*.toml")}


def read_photograph(case: Case, photo_id: str) -> Photograph | None:
    """Return the record of one photograph, also of one whose picture is gone; None where it cannot be read."""
    try:
        return read_record(case.path(f"{FOLDER}/{photo_id}.toml"), Photograph, what="photograph", template="patient")
    except BadInput:
        return None


def is_intact(case: Case, photo: Photograph) -> bool:
    """Whether the picture of `photo` is the one that was added."""
    picture = case.path(photo.picture_file)
    return photo.view in VIEWS and picture.is_file() and hash_file(picture) == photo.sha256


def _read_photograph(case: Case, path: Path) -> Photograph:
    photo = read_photograph(case, path.stem)
    if photo is None or path.stem != photo.id or not is_intact(case, photo):
        raise BadInput(
            f"the photograph {path.stem} is not as it was added: its picture or record is missing or has changed",
            code="E-PHOTO-014",
            got=str(path),
            do=f"put the files back, or `scarplan photo {case.root} --remove {path.stem}` and add it again",
        )
    return photo


def _read_kept(case: Case, photo: Photograph, kept: KeptMarks) -> Marks:
    path = case.path(kept.file)
    if not path.is_file() or hash_bytes(path.read_bytes()) != kept.sha256:
        raise BadInput(
            f"the marks {kept.file} are missing or have changed since they were kept",
            code="E-PHOTO-015",
            do="put the file back, or remove the marks: "
            f'`scarplan photo {case.root} --remove {photo.id} --rater "{kept.rater}"`',
        )
    return read_marks(path, size_px=(photo.width_px, photo.height_px))
