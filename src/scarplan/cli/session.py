"""`scarplan session`: record what was done, beside what was planned."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.session_show import show_session
from scarplan.cli.verb import CASE, verb_command

_ACTIONS = ("add", "list", "correct", "verify", "lot")


@verb_command("session", example="scarplan session mycase add session.toml", show=show_session)
@click.argument("case", type=CASE)
@click.argument("action", type=click.Choice(_ACTIONS))
@click.argument("words", nargs=-1, metavar="[FILE | NUMBER FILE | LOT]")
@click.option("--reason", help="correct: why.")
@click.option("--name", help="correct: who corrects (default: the operator of FILE).")
@click.option("--role", help="correct: in which role.")
@click.option("--withdraw", is_flag=True, help="correct: take the entry out of the course (it stays in the ledger).")
@click.option("--date", help="Day of today, YYYY-MM-DD (default: today).")
def command(case: str, action: str, words: tuple[str, ...], progress: Any, **options: Any) -> dict[str, Any]:
    """Record sessions, adverse events and decisions; show planned beside delivered.

    \b
    session CASE add FILE                       add what FILE tells (scarplan template session)
    session CASE list                           every session so far
    session CASE verify                         planned beside delivered, and whether the record is whole
    session CASE correct NUMBER FILE --reason R correct an entry by a new one; the old one stays
    session FOLDER lot LOT                      which patients of a folder of cases received this lot

    A session before the interval of the plan, or one that a screening rule speaks against today, is refused (exit 3)
    unless an override with name and reason stands in FILE.
    """
    from scarplan.cli.session_words import read_words
    from scarplan.workflow import session

    given = read_words(action, words, options)
    match action:
        case "add":
            return session.add_session(case, given.file, date=options["date"])
        case "correct":
            return session.correct_entry(case, given.number, file=given.file or None, **options)
        case "lot":
            return session.find_lot(given.lot, case)
        case "verify":
            return session.verify_sessions(case)
        case _:
            return session.list_sessions(case)
