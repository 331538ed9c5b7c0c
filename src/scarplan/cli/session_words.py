"""What stands behind `scarplan session CASE ACTION`: a file, a number and a file, a lot, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

_USAGE = {
    "add": "session CASE add FILE",
    "list": "session CASE list",
    "verify": "session CASE verify",
    "correct": "session CASE correct NUMBER FILE --reason R",
    "lot": "session FOLDER lot LOT",
}


@dataclass(frozen=True)
class Words:
    """The words of one action; what it does not take is empty."""

    file: str = ""
    number: int = 0
    lot: str = ""


def read_words(action: str, words: tuple[str, ...], options: dict[str, Any]) -> Words:
    """Return the words of an action. Raises a usage error that shows how it is typed."""
    for option in ("reason", "name", "role", "withdraw"):
        if action != "correct" and options[option]:
            raise click.UsageError(f"--{option} belongs to `correct`; type `scarplan {_USAGE[action]}`")
    match action, words:
        case "add", (file,):
            return Words(file=file)
        case "lot", (lot,):
            return Words(lot=lot)
        case "list" | "verify", ():
            return Words()
        case "correct", (number, *rest) if number.isdecimal() and len(rest) <= 1 and options["reason"] is not None:
            return Words(number=int(number), file=rest[0] if rest else "")
        case _:
            raise click.UsageError(f"`{action}` is typed `scarplan {_USAGE[action]}`")
