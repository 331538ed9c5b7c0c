"""What the verbs have written into a case, read for the report; what is missing stays None and is said plainly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scarplan.errors import MissingStep, StaleResult
from scarplan.records import Case

Result = dict[str, Any]

#: The way of a case with a scan: what is not there yet is missing.
WAY = ("screen", "scan", "scars", "plan", "forecast")
#: The verbs a report is made from, in the order of the work.
VERBS = ("screen", "scan", "scars", "assess", "plan", "forecast", "follow_up", "photo", "outcomes")


@dataclass(frozen=True)
class CaseResults:
    """The `--json` object of each verb of one case; None where the verb has not been run."""

    screen: Result | None = None
    scan: Result | None = None
    scars: Result | None = None
    assess: Result | None = None
    plan: Result | None = None
    forecast: Result | None = None
    follow_up: Result | None = None
    photo: Result | None = None
    outcomes: Result | None = None

    def present(self) -> Iterator[tuple[str, Result]]:
        """Yield (verb, result) for every verb that has been run."""
        for verb in VERBS:
            result = getattr(self, verb)
            if result is not None:
                yield verb, result

    @property
    def patient_id(self) -> str:
        """The id of the patient, or `unknown`."""
        return str((self.screen or {}).get("patient_id") or "unknown")

    @property
    def is_reviewed(self) -> bool:
        """Whether a clinician has gone through the finds."""
        return bool((self.scars or {}).get("review"))

    @property
    def confident_scars(self) -> list[Result]:
        """The scars that count in the headline: not among the low-confidence finds."""
        faint = set((self.scars or {}).get("low_confidence") or ())
        return [scar for scar in (self.scars or {}).get("scars", ()) if scar["id"] not in faint]


def _is_overruled(verb: str, found: dict[str, Result]) -> bool:
    """Whether an earlier result says that `verb` must not be done: what an older run left is then no result."""
    must_not_needle = found.get("screen", {}).get("decision") in ("stop", "wait")
    shows_scars = (found.get("scan", {}).get("resolves") or {}).get("shows_scars", True)
    return (verb in ("plan", "forecast") and must_not_needle) or (
        verb in ("scars", "plan", "forecast") and shows_scars is False
    )


def read_case_results(case: Case) -> CaseResults:
    """Return what the case holds. Raises MissingStep when there is neither a screening nor scars.

    A result that is stale, or a forecast of another plan, raises StaleResult: nothing outdated is printed.
    """
    case.require()
    found: dict[str, Result] = {}
    for verb in VERBS:
        if case.has_result(verb) and not _is_overruled(verb, found):
            found[verb] = case.read_result(verb)
    if "screen" not in found and "scars" not in found:
        raise MissingStep(
            f"there is nothing to report in {case.root}: neither a screening nor scars",
            code="E-REPORT-001",
            do=f"run `scarplan screen {case.root} --patient patient.toml` or `scarplan scars {case.root}`",
        )
    results = CaseResults(**found)
    if results.forecast and results.plan and results.forecast.get("plan") != results.plan.get("plan"):
        raise StaleResult(
            "the forecast belongs to another plan than the one of this case",
            code="E-REPORT-002",
            got=f"forecast of {results.forecast.get('plan')}, plan {results.plan.get('plan')}",
            do=f"run `scarplan forecast {case.root}` again",
        )
    return results
