"""What the patient says: totals of questionnaires and three own questions at each visit, over the course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.report.pictures.outcome_plot import OutcomePlot, draw_outcomes
from scarplan.report.plot import Plot
from scarplan.report.results import CaseResults
from scarplan.report.wording import UNKNOWN, start_sentence, write_date, write_trimmed

_BETTER = {"lower": "lower is better", "higher": "higher is better"}


@dataclass(frozen=True)
class VisitRow:
    """What was answered at one visit, one cell for each scale that was ever answered."""

    date: str
    cells: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class ChangeLine:
    """What changed on one scale since the first visit."""

    name: str
    says: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class OutcomesPart:
    """Plots, one row for each visit, the changes and doubts in words."""

    plots: tuple[Plot, ...]
    heads: tuple[str, ...]
    rows: tuple[VisitRow, ...]
    changes: tuple[ChangeLine, ...]
    doubts: tuple[str, ...]
    note: str
    has_sessions: bool


def describe_outcomes(results: CaseResults) -> OutcomesPart | None:
    """Return the outcomes of the case; None where none were recorded."""
    found = results.outcomes
    if found is None:
        return None
    visits = found["visits"]
    scales = [scale for scale in found["scales"] if any(visit.get(scale["key"]) is not None for visit in visits)]
    sessions = tuple((results.forecast or {}).get("session_days") or ())
    names = {scale["key"]: _name(scale) for scale in found["scales"]}
    return OutcomesPart(
        plots=tuple(_plots(visits, scales, sessions)),
        heads=tuple(f"{_name(scale)} ({_BETTER[scale['better']]})" for scale in scales),
        rows=tuple(_row(visit, scales) for visit in visits),
        changes=tuple(
            ChangeLine(names[row["what"]], start_sentence(row["says"]), tuple(row.get("sources") or ()))
            for row in found["changes"]
            if row.get("change") is not None
        ),
        doubts=tuple(start_sentence(doubt) for doubt in found.get("doubts") or ()),
        note=str(found.get("note") or ""),
        has_sessions=bool(sessions),
    )


def _name(scale: dict[str, Any]) -> str:
    return scale["name"][:1].upper() + scale["name"][1:]


def _row(visit: dict[str, Any], scales: list[dict[str, Any]]) -> VisitRow:
    cells = [visit.get(scale["key"]) for scale in scales]
    return VisitRow(
        date=write_date(visit["date"]),
        cells=tuple("not asked" if value is None else write_trimmed(value, 1) for value in cells),
        note=visit.get("note") or "",
    )


def _plots(visits: list[dict[str, Any]], scales: list[dict[str, Any]], sessions: tuple[float, ...]) -> list[Plot]:
    """Return one plot for the own questions together, which share a scale, and one for each questionnaire."""
    own = [scale for scale in scales if not scale["is_licensed"]]
    plots = [_plot("own", "The patient's own answers, 0 to 10", own, visits, sessions)] if own else []
    for scale in scales:
        if scale["is_licensed"]:
            plots.append(_plot(scale["key"], f"{_name(scale)}, total", [scale], visits, sessions))
    return plots


def _plot(
    name: str, title: str, scales: list[dict[str, Any]], visits: list[dict[str, Any]], sessions: tuple[float, ...]
) -> Plot:
    days = [visit["day"] for visit in visits]
    ends = [float(scale["highest"]) for scale in scales if scale.get("highest") is not None]
    lines = {
        f"{scale['name']}\n({_BETTER[scale['better']]})": [v.get(scale["key"]) for v in visits] for scale in scales
    }
    plot = OutcomePlot(
        name=f"outcome-{name}",
        title=f"{title} ({_BETTER[scales[0]['better']]})" if len(scales) == 1 else title,
        days=days,
        lines=lines,
        session_days=sessions,
        most=max(ends) if len(ends) == len(scales) else None,
        end_day=max([*sessions, *days]),
    )
    said = [f"{_name(scale)}: {', then '.join(_known(visits, scale))}" for scale in scales]
    return Plot(draw_outcomes(plot), f"{plot.title}, visit by visit. {'; '.join(said)}.")


def _known(visits: list[dict[str, Any]], scale: dict[str, Any]) -> list[str]:
    values = [visit.get(scale["key"]) for visit in visits]
    return [write_trimmed(value, 1) for value in values if value is not None] or [UNKNOWN]
