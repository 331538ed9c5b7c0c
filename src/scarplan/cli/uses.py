"""`scarplan uses`: what needling is used for, and what is done about each here."""

from __future__ import annotations

import textwrap
from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command

_WIDTH = 100
_LEGEND = (
    ("forecast", "planned and forecast, with its range"),
    ("documented only", "screened, photographed and followed; no settings and no forecast"),
    ("not for this product", "neither planned nor followed here"),
)


def show_uses(result: dict[str, Any]) -> str:
    """Return one use in words, or all of them as a table."""
    if result["asked"] is not None:
        return _show_one(result["uses"][0], result["region"])
    rows = [
        [use["id"], use["name"], use["answer_in_words"], ", ".join(each["region"] for each in use["regions"])]
        for use in result["uses"]
    ]
    where = f" on the {result['region']}" if result["region"] else ""
    about = [*_show_place(result["place"]), ""] if result["place"] else []
    table = format_table(("id", "what it is", f"what is done here{where}", "asked for"), rows)
    legend = "\n".join(f"{name}: {words}" for name, words in _LEGEND)
    return "\n".join([*about, table, "", legend, "One of them, with its evidence: scarplan uses stretch_marks"])


def _show_place(place: dict[str, Any]) -> list[str]:
    return [
        f"{place['name']}: {place['answer_in_words']}",
        *_wrap("Why: ", place["why"]),
        *_show_evidence(place["evidence"]),
        *_wrap("What is not known: ", place["not_known"]),
    ]


def _show_evidence(evidence: list[dict[str, Any]]) -> list[str]:
    lines = ["What is known:"]
    for statement in evidence:
        read = "; ".join(f"{each['id']}: {each['rank']}, {each['read']}" for each in statement["sources"])
        lines += _wrap("- ", f"{statement['text']} [{read}]")
    return lines


def _show_one(use: dict[str, Any], region: str | None) -> str:
    lines = [f"{use['name']}{f' ({region})' if region else ''}: {use['answer_in_words']}"]
    lines += _wrap("Why: ", use["why"])
    lines += _wrap("Do: ", use["what_to_do"])
    lines += _show_evidence(use["evidence"])
    lines += _wrap("What is not known: ", use["not_known"])
    different = [each for each in use["regions"] if each["answer"] != use["answer"]] if region is None else []
    for each in different:
        lines += _wrap(f"On the {each['region']}: ", f"{each['answer'].replace('_', ' ')}. {each['why']}")
    return "\n".join(lines)


def _wrap(head: str, text: str) -> list[str]:
    return textwrap.wrap(head + text, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


@verb_command("uses", example="scarplan uses 'stretch marks'", show=show_uses)
@click.argument("name", required=False)
@click.option("--region", help="Where on the body: face, neck, scalp, hands or body; a zone is fine too.")
def command(name: str | None, region: str | None, progress: Any) -> dict[str, Any]:
    """Say what needling is used for and what is done about each: forecast, documented only, or not here.

    With a NAME, such as 'stretch marks', pores or keloid: that one, with its evidence and what nobody knows yet.
    A region, such as hands, tells what is done there.
    """
    from scarplan.workflow.uses import list_uses

    return list_uses(name, region=region)
