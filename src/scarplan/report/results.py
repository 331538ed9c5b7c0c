"""What the verbs have written into a case, read for the report; what is missing stays None and is said plainly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scarplan.errors import MissingStep, StaleResult
from scarplan.records import Case

Result = dict[str, Any]

#: The way of a case with a scan and of one without: what is not there yet is missing.
WAYS = {
    "scan": ("screen", "scan", "scars", "plan", "forecast"),
    "examination": ("screen", "assess", "plan", "forecast"),
}
#: The verbs a report is made from, in the order of the work.
VERBS = ("screen", "scan", "scars", "assess", "plan", "forecast", "follow_up", "photo", "outcomes", "replan")


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
    replan: Result | None = None

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
    def rest(self) -> Result | None:
        """What the patient's own forecast expects of this plan for the rest of a course; None for a whole course."""
        offers = (self.replan or {}).get("offers") or ()
        return next((row for row in offers if row["offer"] == "recommended"), None)

    @property
    def basis(self) -> str | None:
        """What the case rests on: `scan` where scars were measured, `examination` where they were counted by eye."""
        if self.scars is not None:
            return "scan"
        return "examination" if self.assess is not None else None

    @property
    def is_by_eye(self) -> bool:
        """Whether everything rests on an examination: no depth of this patient was measured."""
        return self.basis == "examination"

    @property
    def notice(self) -> str:
        """What every page of a case without measured depths says; empty where depths were measured."""
        return str(self.assess["notice"]) if self.assess is not None and self.is_by_eye else ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The steps of this case's way that have not been done."""
        missing = (verb for verb in WAYS[self.basis or "scan"] if getattr(self, verb) is None)
        return tuple(verb for verb in missing if verb != "forecast" or not _is_for_the_rest(self.plan))

    @property
    def is_reviewed(self) -> bool:
        """Whether a clinician has gone through the finds, or made them by eye."""
        return self.is_by_eye or bool((self.scars or {}).get("review"))

    @property
    def confident_scars(self) -> list[Result]:
        """The scars that count in the headline: not among the low-confidence finds."""
        faint = set((self.scars or {}).get("low_confidence") or ())
        return [scar for scar in (self.scars or {}).get("scars", ()) if scar["id"] not in faint]


def _is_for_the_rest(plan: Result | None) -> bool:
    """Whether a plan continues a course: it has no forecast by itself, and that of another plan is not its own."""
    return bool((plan or {}).get("continues"))


def _is_overruled(verb: str, found: dict[str, Result]) -> bool:
    """Whether an earlier result says that `verb` must not be done: what an older run left is then no result."""
    if verb not in ("scars", "plan", "forecast"):
        return False
    if verb != "scars" and found.get("screen", {}).get("decision") in ("stop", "wait"):
        return True
    shows_scars = (found.get("scan", {}).get("resolves") or {}).get("shows_scars", True)
    if verb == "scars" or "assess" not in found:
        return shows_scars is False
    return "scars" not in found and not found["assess"].get("ready_to_plan", True)


def read_case_results(case: Case) -> CaseResults:
    """Return what the case holds. Raises MissingStep when there is neither a screening nor anything seen.

    A result that is stale, a plan or forecast of another basis, or a forecast of another plan raises StaleResult:
    nothing outdated is printed. Beside a plan for the rest of a course the forecast of the plan before is left out.
    """
    case.require()
    found: dict[str, Result] = {}
    for verb in VERBS:
        if case.has_result(verb) and not _is_overruled(verb, found):
            # What a plan for the rest was made with stays true of that plan, however the course went on.
            found[verb] = case.read_result(verb, allow_stale=verb == "replan")
    if not found.keys() & {"screen", "scars", "assess"}:
        raise MissingStep(
            f"there is nothing to report in {case.root}: neither a screening, nor scars, nor an examination",
            code="E-REPORT-001",
            do=f"run `scarplan screen {case.root} --patient patient.toml`, `scarplan scars {case.root}` "
            f"or `scarplan assess {case.root}`",
        )
    if "forecast" in found and _is_for_the_rest(found.get("plan")):
        del found["forecast"]  # what is ahead of a course under way is the forecast of `update`
    if found.get("replan", {}).get("plan") != found.get("plan", {}).get("plan"):
        found.pop("replan", None)  # of a plan that is no longer the one of the case
    results = CaseResults(**found)
    _check_basis(case, results)
    if results.forecast and results.plan and results.forecast.get("plan") != results.plan.get("plan"):
        raise StaleResult(
            "the forecast belongs to another plan than the one of this case",
            code="E-REPORT-002",
            got=f"forecast of {results.forecast.get('plan')}, plan {results.plan.get('plan')}",
            do=f"run `scarplan forecast {case.root}` again",
        )
    return results


def _check_basis(case: Case, results: CaseResults) -> None:
    """Raise StaleResult where the plan or the forecast rests on something else than the case does now."""
    for verb in ("plan", "forecast"):
        made_from = (getattr(results, verb) or {}).get("basis", results.basis)
        if made_from != results.basis:
            raise StaleResult(
                f"the {verb} was made from the {made_from}, and the case now rests on "
                + ("the scars of a scan" if results.basis == "scan" else "an examination"),
                code="E-REPORT-005",
                do=f"run `scarplan {verb} {case.root}` again",
            )
