"""Grades of an examination by the scales' own rows, each with how far two raters differ on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.report.boxes.counted import grade_in_words
from scarplan.report.counts import add_counts, say_count
from scarplan.report.results import CaseResults
from scarplan.report.wording import UNKNOWN, start_sentence, write_range

#: The classes of the ECCA scale, in words.
_ECCA_CLASSES = ("none", "few", "a limited number", "many")


@dataclass(frozen=True)
class GradedRow:
    """One row of a scale: its name, grade or nothing, what was counted, and its points."""

    name: str
    grade: str
    counted: str
    points: str


@dataclass(frozen=True)
class Scale:
    """One scale: heads of its columns, rows, the total, and how far raters differ."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[GradedRow, ...]
    total: str
    raters: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class GradesPart:
    """The overall grade in words, the scales that go by rows, and a note."""

    overall: str
    scales: tuple[Scale, ...]
    scar_s: str
    note: str


def describe_grades(results: CaseResults) -> GradesPart | None:
    """Return the grades of the examination; None where there was none."""
    if results.assess is None:
        return None
    grades = results.assess.get("grades") or {}
    scar_s = grades.get("scar_s") or {}
    words = f"SCAR-S, face: {scar_s['face']} ({scar_s['note']})" if scar_s.get("face") is not None else ""
    return GradesPart(
        overall=start_sentence(grade_in_words(results.assess, whole=True)),
        scales=tuple(_scales(grades)),
        scar_s=start_sentence(words),
        note=str(grades.get("note") or ""),
    )


def _scales(grades: dict[str, Any]) -> list[Scale]:
    scales = []
    if quantitative := grades.get("goodman_baron_quantitative"):
        rows = tuple(
            GradedRow(
                row["row"], str(row["grade"]), say_count(add_counts([row.get("count")])), _points(row.get("points"))
            )
            for row in quantitative["rows"]
        )
        heads = ("Row", "Grade", "Counted", "Points")
        scales.append(_scale("Goodman and Baron, quantitative", heads, rows, quantitative))
    if ecca := grades.get("ecca"):
        rows = tuple(
            GradedRow(item["item"], "", _class_in_words(item.get("class")), _points(item.get("points")))
            for item in ecca["items"]
        )
        scales.append(_scale("ECCA", ("Item", "", "Class", "Points"), rows, ecca))
    return scales


def _scale(name: str, heads: tuple[str, ...], rows: tuple[GradedRow, ...], found: dict[str, Any]) -> Scale:
    total, raters = found.get("total") or {}, found.get("rater_disagreement") or {}
    unverified = "" if total.get("verified") else " (the table of points is unverified)"
    note = f" {start_sentence(total['note'])}" if total.get("note") else ""
    return Scale(
        name=name,
        heads=heads,
        rows=rows,
        total=f"Total: {_points(total)} points{unverified}.{note}" if total else "",
        raters=start_sentence(str(raters.get("words") or "")) if isinstance(raters, dict) else start_sentence(raters),
        sources=tuple(raters.get("sources") or ()) if isinstance(raters, dict) else (),
    )


def _points(points: dict[str, Any] | None) -> str:
    return write_range(points["low"], points["high"]) if points else UNKNOWN


def _class_in_words(found: dict[str, int] | None) -> str:
    if found is None:
        return "not known"
    low, high = (_ECCA_CLASSES[found[end]] for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"
