"""Blinding: random codes, order, side and mirror image for pictures that raters shall not recognise.

A mirror image takes away which side of the face it is: half of the pictures, drawn at random, are shown as one. Of two
visits shown beside each other the side is drawn too. Some pictures are shown twice, later, under another code and
mirrored anew, so that the agreement of a rater with himself can be told. The same seed and pictures give the same key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from scarplan.study.tidy import read_table, write_csv

#: Letters and digits that are not taken for one another, without vowels, so that no code is a word.
_ALPHABET = np.array(list("23456789BCDFGHJKMNPQRSTVWXZ"))
_CODE_LENGTH = 6
#: Columns of the key; what the list of pictures tells besides stands behind.
KEY_COLUMNS = ("order", "code", "file", "file_right", "chart", "mirrored", "shown")
#: Columns of the key besides, where two visits stand beside each other: the last visit, and which file is the first.
PAIR_COLUMNS = ("visit_last", "first_file")


@dataclass(frozen=True)
class BlindItem:
    """One thing to be shown: a picture or a chart of a scan, or two of them beside each other.

    files   paths inside the folder, left and right as they would stand by date; chart: of a scan, else empty
    about   what is known of it: subject, visit, side, ...; it goes into the key and nowhere else
    row     its row in the list of pictures, from 2 on; 0: not listed
    """

    files: tuple[str, ...]
    chart: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    row: int = 0


@dataclass(frozen=True)
class BlindedItem:
    """A thing under its code. `files` stand as shown; `shown` is 1, or 2 for the second time."""

    order: int
    code: str
    item: BlindItem
    files: tuple[str, ...]
    mirrored: bool
    shown: int


def blind_items(items: Sequence[BlindItem], *, seed: int, repeat_share: float) -> list[BlindedItem]:
    """Return the items in the order of showing. Second showings come after every first one."""
    items = sorted(items, key=lambda item: (item.files, item.chart))
    rng = np.random.default_rng([seed, len(items)])
    again = rng.permutation(len(items))[: round(repeat_share * len(items))]
    # A rater who meets a picture again should have seen others in between: second showings are a round of their own.
    sequence = [(int(i), 1) for i in rng.permutation(len(items))] + [(int(i), 2) for i in rng.permutation(again)]
    codes = _draw_codes(len(sequence), rng)
    found, first_mirrored = [], {}
    for order, ((index, shown), code) in enumerate(zip(sequence, codes, strict=True), start=1):
        item = items[index]
        mirrored = bool(rng.integers(2))
        if shown == 2:  # the other way round, so that nothing but the skin is known again
            mirrored = not first_mirrored[index]
        first_mirrored.setdefault(index, mirrored)
        files = item.files[::-1] if rng.integers(2) else item.files
        found.append(BlindedItem(order, code, item, files, mirrored, shown))
    return found


def write_key(blinded: Sequence[BlindedItem]) -> bytes:
    """Return the key as CSV: which code is which file, and how it was shown."""
    about = sorted({name for each in blinded for name in each.item.about})
    rows = [
        {
            "order": str(each.order),
            "code": each.code,
            "file": each.files[0],
            "file_right": each.files[1] if len(each.files) > 1 else "",
            "chart": each.item.chart,
            "mirrored": "yes" if each.mirrored else "no",
            "shown": str(each.shown),
            **each.item.about,
        }
        for each in blinded
    ]
    return write_csv({name: [row.get(name, "") for row in rows] for name in (*KEY_COLUMNS, *about)})


def read_key(path: str) -> dict[str, dict[str, str]]:
    """Return code -> row of the key. Raises BadInput."""
    from pathlib import Path

    rows = read_table(Path(path), what="the key", needed=KEY_COLUMNS)
    return {row["code"]: row for row in rows}


def _draw_codes(count: int, rng: np.random.Generator) -> list[str]:
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes["".join(_ALPHABET[rng.integers(len(_ALPHABET), size=_CODE_LENGTH)])] = None
    return list(codes)
