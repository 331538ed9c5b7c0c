"""Protected skin: findings of a place (mole, tattoo, active spot) cost that place with its margin, not the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scarplan.candidacy.finding import Finding
from scarplan.candidacy.rule import Protection, Rule, all_rules
from scarplan.evidence.library import value_of
from scarplan.records.patient import Patient, ProtectedArea


@dataclass(frozen=True)
class ProtectedSkin:
    """A round place that is not needled; x_mm, y_mm and radius_mm are None until it is marked on the scan."""

    rule: str
    kind: str
    margin_mm: float
    x_mm: float | None = None
    y_mm: float | None = None
    radius_mm: float | None = None
    chart: str | None = None


def protect_skin(
    findings: Sequence[Finding], patient: Patient
) -> tuple[tuple[Finding, ...], tuple[ProtectedSkin, ...], tuple[str, ...]]:
    """Return the findings (those without a place say so), the protected skin, and warnings.

    A place that is marked stays protected even where its rule is no finding: leaving skin out harms nobody.
    """
    by_rule = {finding.rule.id: finding for finding in findings}
    marked = tuple(_protect_place(area, by_rule.get(area.rule)) for area in patient.protect)
    placed = {skin.rule for skin in marked}
    unplaced = [f for f in findings if f.protects and f.rule.id not in placed]
    told = tuple(
        replace(f, action=f"{f.action} Mark it on the scan before needling.") if f in unplaced else f for f in findings
    )
    waiting = tuple(
        ProtectedSkin(rule=f.rule.id, kind=f.protects.kind, margin_mm=f.protects.margin_mm)
        for f in unplaced
        if f.protects
    )
    warnings = tuple(
        f"an area is protected for {rule_id}, which is no finding here: it is left out all the same"
        for rule_id in sorted(placed - set(by_rule))
    )
    return told, marked + waiting, warnings


def _protect_place(area: ProtectedArea, finding: Finding | None) -> ProtectedSkin:
    rule = all_rules()[area.rule]
    protects = (finding.protects if finding else None) or _usual_protection(rule)
    margin_mm = area.margin_mm
    if margin_mm is None:
        margin_mm = protects.margin_mm if protects else float(value_of("candidacy.protected_margin_mm"))
    return ProtectedSkin(
        rule=area.rule,
        kind=protects.kind if protects else rule.condition,
        margin_mm=margin_mm,
        x_mm=area.x_mm,
        y_mm=area.y_mm,
        radius_mm=area.radius_mm,
        chart=area.chart,
    )


def _usual_protection(rule: Rule) -> Protection | None:
    return rule.protects or next((grade.protects for grade in rule.grades if grade.protects), None)
