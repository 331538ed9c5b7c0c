"""What the leaflet may say about one case: whether there is a plan to tell, and what must be said before all else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.report.leaflet.wording import Wording
from scarplan.report.results import CaseResults

#: Decisions of the screening under which a plan may be told.
_CLEAR = ("suitable", "with_changes")


@dataclass(frozen=True)
class Situation:
    """`first` and `more`: what stands above all else, empty where nothing bars the plan. `plan`: the plan that may be
    told, empty where there is none or where something bars it. `is_examined`: made without a scan.
    """

    first: str
    more: tuple[str, ...]
    signature: str
    plan: dict[str, Any]
    is_examined: bool


def describe_situation(results: CaseResults, wording: Wording) -> Situation:
    """Return what may be said about this case. Only a cleared patient's plan is told, with its settings."""
    plan = results.plan or {}
    key = _what_comes_first(results)
    told = {} if key else plan
    signed = "signed" if plan.get("status") == "approved" else "draft"
    return Situation(
        first=wording.say(f"status.{key}", **_date_of_wait(results, wording)) if key else "",
        more=tuple(_explain(key, results, wording)) if key else (),
        signature=wording.say(f"page.{signed if told else 'no_plan'}"),
        plan=told,
        is_examined=_is_examined(results),
    )


def _what_comes_first(results: CaseResults) -> str:
    """Return the key of what bars the plan, the gravest first; an empty text where nothing does."""
    screen = results.screen or {}
    decision = screen.get("decision", "unasked")
    if decision == "wait" and screen.get("earliest_date"):
        return "wait_date"
    if decision not in _CLEAR:
        return decision
    return "flat" if (results.assess or {}).get("flat_marks") == "only" else ""


def _date_of_wait(results: CaseResults, wording: Wording) -> dict[str, str]:
    day = (results.screen or {}).get("earliest_date")
    return {"date": wording.day(day)} if day else {}


def _explain(key: str, results: CaseResults, wording: Wording) -> list[str]:
    told = [wording.say(f"status.{key}_more")]
    if (results.screen or {}).get("findings") and key != "flat":
        told.append(wording.say("status.reasons"))
    return [*told, wording.say("status.general")]


def _is_examined(results: CaseResults) -> bool:
    """Whether the numbers come from an examination by eye, without a scan."""
    basis = (results.plan or {}).get("basis") or (results.forecast or {}).get("basis")
    return basis == "examination" if basis else results.scars is None and results.assess is not None
