"""Overrides: a clinician with name, role, reason and date decides against a finding; some are never overridden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scarplan.candidacy.finding import AppliedOverride, Finding
from scarplan.candidacy.rule import BLOCKING, all_rules
from scarplan.records.patient import Override


def apply_overrides(
    findings: Sequence[Finding], overrides: Sequence[Override]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return the findings with their overrides, and warnings about overrides that change nothing.

    An override turns a finding that stops or delays into a caution; it stays visible. That of a rule
    which is never overridable is shown as refused and changes nothing.
    """
    warnings = []
    by_rule = {override.rule: override for override in overrides}
    if len(by_rule) < len(overrides):
        warnings.append("a rule is overridden more than once; the last override of it counts")
    found = {finding.rule.id for finding in findings}
    for rule_id in by_rule:
        if rule_id not in found:
            refused = ", and this rule can never be overridden" if all_rules()[rule_id].never_overridable else ""
            warnings.append(f"the override of {rule_id} changes nothing: the rule is no finding here{refused}")
        elif all_rules()[rule_id].never_overridable:
            warnings.append(f"the override of {rule_id} is refused: this rule can never be overridden")
    return tuple(_apply(finding, by_rule.get(finding.rule.id)) for finding in findings), tuple(warnings)


def _apply(finding: Finding, override: Override | None) -> Finding:
    if override is None:
        return finding
    is_taken = not finding.rule.never_overridable
    applied = AppliedOverride(given=override, is_taken=is_taken, level_before=finding.level)
    if not is_taken or finding.level not in BLOCKING:
        return replace(finding, override=applied)
    return replace(finding, override=applied, level="caution", wait_until=None)
