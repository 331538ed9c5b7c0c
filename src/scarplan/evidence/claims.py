"""What is said of needling, from `data/claims.toml`: each statement with both sides, how sure, and what carries it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from scarplan.evidence.figures import fill_figures
from scarplan.evidence.library import read_data, source
from scarplan.evidence.practice import Statement, list_concepts, list_statements

Certainty = Literal["high", "moderate", "low", "very_low", "disputed", "conduct"]
CarrierKind = Literal["law", "picture", "page", "command", "rule", "data", "report", "result"]

#: What each word of certainty means. It is a judgement of this project, not a formal grading.
CERTAINTY_WORDS: dict[str, str] = {
    "high": "several kinds of study point the same way",
    "moderate": "the direction is likely, the size is not known well",
    "low": "few or weak studies, or practice alone",
    "very_low": "hardly anything was published",
    "disputed": "studies contradict each other",
    "conduct": "how the work is done; nothing to be found true or false",
}
CARRIER_KINDS: tuple[str, ...] = get_args(CarrierKind)


@dataclass(frozen=True)
class Side:
    """One thing that speaks for or against a claim. `is_practice`: it is how things are usually done, no finding.

    Without a source it says what nobody was found to have studied.
    """

    text: str
    sources: tuple[str, ...]
    is_practice: bool = False


@dataclass(frozen=True)
class Carrier:
    """What carries a claim in this program: `what` in words, and `where` it is, by the kind of thing it is.

    law       a test, `tests/<room>/<file>.py::<function>`
    page      a page of the documentation, `docs/...md`
    command   the name of a command
    rule      the id of a rule of the screening
    data      names of quantities (`*` for any part), a statement of practice `concept.id`, or a file of the package
    picture, report   a file of the package
    result    a verb and a path of its JSON, `plan zones.0.passes`
    """

    what: str
    kind: CarrierKind
    where: str


@dataclass(frozen=True)
class Claim:
    """One statement with both sides of the evidence. `not_yet` says what nothing carries, and why."""

    id: str
    title: str
    statement: str
    agrees: tuple[Side, ...]
    contradicts: tuple[Side, ...]
    certainty: Certainty
    because: str
    carried_by: tuple[Carrier, ...] = ()
    not_yet: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of both sides, each once, in the order of the page."""
        return tuple(dict.fromkeys(each for side in (*self.agrees, *self.contradicts) for each in side.sources))


def all_claims() -> tuple[Claim, ...]:
    """Return every claim in order, its figures filled in and its sources noted as used.

    Raises KeyError for a figure, a source or a statement of practice that does not exist.
    """
    return tuple(_make_claim(row) for row in read_rows())


@cache
def read_rows() -> tuple[dict[str, Any], ...]:
    """Return the claims as they stand in the file, with the names of their figures."""
    return tuple(read_data("claims.toml")["claim"])


def _make_claim(row: dict[str, Any]) -> Claim:
    sides = {name: tuple(_make_side(side) for side in row[name]) for name in ("agrees", "contradicts")}
    carried_by = tuple(Carrier(**carrier) for carrier in row.get("carried_by", ()))
    return Claim(**{**row, **sides, "carried_by": carried_by})


def _make_side(row: dict[str, Any]) -> Side:
    if "practice" in row:
        statement = find_statement(row["practice"])
        return Side(statement.text, statement.sources, is_practice=not statement.is_recommendation)
    sources = tuple(row.get("sources", ()))
    for source_id in sources:
        source(source_id)
    return Side(fill_figures(row["text"]), sources)


def find_statement(name: str) -> Statement:
    """Return the statement of practice called `concept.id`. Raises KeyError where there is none."""
    concept, _, statement_id = name.partition(".")
    if concept in list_concepts():
        for statement in list_statements(concept):
            if statement.id == statement_id:
                return statement
    raise KeyError(f"no statement of practice is called {name!r}")
