"""How the photographs of one day were taken, what was marked on them, and what that day lacks, in short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scarplan.photographs import SCAR_KINDS, STANDARD_VIEWS, VIEWS
from scarplan.report.wording import count_of, join_words, start_sentence

#: Names of views for a line that holds several.
_SHORT = {
    "front": "front",
    "left45": "left 45°",
    "right45": "right 45°",
    "left90": "left profile",
    "right90": "right profile",
}
_POLARISATION = {"none": "no polarising filter", "parallel": "parallel polarisation", "cross": "cross polarisation"}


def say_conditions(photos: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return how the photographs of a day were taken, one line for those that were taken alike."""
    return _say_alike(photos, lambda photo: [_list_conditions(photo["conditions"])])


def say_warnings(photos: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return what makes the photographs of a day hard to use, each warning once with the views that it is about."""
    return _say_alike(photos, lambda photo: photo["warnings"])


def say_marks(photos: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return how many scars of which kind each rater marked on the photographs of a day."""
    return tuple(
        _name([photo], photos) + f"{marked['rater']} marked {_say_counts(marked)}."
        for photo in photos
        for marked in photo["scars"]
    )


def name_briefly(photo: Mapping[str, Any]) -> str:
    """Return what one photograph of a day shows, to stand under it."""
    return _start(_shorten_view(photo["view"]) + _number(photo))


def say_missing(views: Iterable[str]) -> str:
    """Return which of the standard views a day lacks, empty where it has all."""
    lacking = list(views)
    if set(lacking) == set(STANDARD_VIEWS):
        return f"None of the {len(STANDARD_VIEWS)} standard views was taken."
    return f"Standard views not taken: {join_words(map(_shorten_view, lacking))}." if lacking else ""


def _list_conditions(conditions: Mapping[str, Any]) -> str:
    distance, days = conditions["distance_cm"], conditions["days_since_session"]
    told = (
        None if conditions["light"] is None else f"light “{conditions['light']}”",
        _POLARISATION.get(conditions["polarisation"]),
        None if distance is None else f"{distance:g} cm away",
        "no make-up" if conditions["make_up"] == "no" else None,
        None if days is None else f"{count_of(days, 'day')} after a session",
    )
    return ", ".join(words for words in told if words)


def _say_counts(marked: Mapping[str, Any]) -> str:
    if not marked["total"]:
        return "no scars"
    kinds = [f"{count} {SCAR_KINDS.get(kind, kind)}" for kind, count in marked["counts"].items() if count]
    return f"{count_of(marked['total'], 'scar')}: {', '.join(kinds)}"


def _say_alike(
    photos: Sequence[Mapping[str, Any]], tell: Callable[[Mapping[str, Any]], Iterable[str]]
) -> tuple[str, ...]:
    """Return every different line once, with the views that it is about where it is not about all of them."""
    about: dict[str, list[Mapping[str, Any]]] = {}
    for photo in photos:
        for line in tell(photo):
            about.setdefault(line, []).append(photo)
    return tuple(start_sentence(_name(those, photos) + line) for line, those in about.items() if line)


def _name(those: Sequence[Mapping[str, Any]], photos: Sequence[Mapping[str, Any]]) -> str:
    """Return the views of `those` before a line, empty where they are all of the day."""
    if len(those) == len(photos):
        return ""
    return f"{_start(join_words(_shorten_view(photo['view']) + _number(photo) for photo in those))}: "


def _start(words: str) -> str:
    return words[:1].upper() + words[1:]


def _shorten_view(view: str) -> str:
    return _SHORT.get(view, VIEWS.get(view, view).removeprefix("close-up of the "))


def _number(photo: Mapping[str, Any]) -> str:
    """Return the number of a second photograph of one view and day, as its id ends with it."""
    _, between, number = photo["id"].rpartition("-")
    return f" {number}" if between and photo["id"].endswith(f"{photo['view']}-{number}") else ""
