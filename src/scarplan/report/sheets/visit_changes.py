"""What is asked again at every visit: what a yes means today, and what is on record about this patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scarplan.candidacy.rule import LEVELS, Grade, PolicyChoice, Rule, all_rules
from scarplan.evidence.library import source, value_of
from scarplan.report.sheets.texts import read_sheet_texts
from scarplan.report.sources_used import known_sources
from scarplan.report.wording import name_finding, shorten, write_date, write_range

_TODAY = {
    "contraindicated": "stop",
    "defer": "wait",
    "caution": "ask clinician",
    "precaution": "take care",
}


#: Letters of what is on record for one question, and for all that belongs to none.
_RECORD_LETTERS, _ALSO_LETTERS, _TOGETHER_LETTERS = 90, 240, 270


@dataclass(frozen=True)
class Change:
    """One question: its words, whether there is something to write, what a yes means today, and what is on record.

    `is_marked`: this patient has something on record for it, told in `on_record` or in the paragraph of them all.
    """

    id: str
    words: str
    has_detail: bool
    if_yes: str
    on_record: str
    is_marked: bool


@dataclass(frozen=True)
class Changes:
    """The questions of every visit; `also` tells the findings of this patient that stand below none of them."""

    questions: tuple[Change, ...]
    also: str


def describe_changes(screen: Mapping[str, Any] | None, *, records_apart: bool = True) -> Changes:
    """Return the questions of a visit with the findings of `screen`, a `screen --json` object or None.

    What is on record stands with its question, or, unless `records_apart`, all of it in `also`.
    """
    rows = read_sheet_texts("visit_changes")["question"]
    asked = {rule for row in rows for rule in _all_rules_of(row)}
    known = [f for f in (screen or {}).get("findings") or () if f.get("answer") != "unknown"]
    questions = tuple(_describe(row, screen or {}) for row in rows)
    also = [_on_record(f, with_name=True) for f in sorted(known, key=_gravity) if f["rule"] not in asked]
    if records_apart:
        return Changes(questions, shorten("; ".join(also), _ALSO_LETTERS))
    told = [_on_record(f, with_name=True) for f in sorted(known, key=_gravity)]
    return Changes(
        tuple(replace(question, on_record="") for question in questions), shorten("; ".join(told), _TOGETHER_LETTERS)
    )


def _gravity(finding: Mapping[str, Any]) -> int:
    return LEVELS.index(finding["level"])


def _all_rules_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (*row["rules"], *row.get("record", ()))


def _describe(row: Mapping[str, Any], screen: Mapping[str, Any]) -> Change:
    rules = _all_rules_of(row)
    for source_id in known_sources(sorted({each for rule in rules for each in all_rules()[rule].sources})):
        source(source_id)
    found = [f for f in screen.get("findings") or () if f["rule"] in rules]
    records = [_on_record(f, with_name=len(rules) > 1) for f in found if f.get("answer") != "unknown"]
    answered = {f["rule"] for f in found if f.get("answer") != "unknown"}
    unanswered = [rule for rule in rules if rule in set(screen.get("unanswered") or ()) - answered]
    if unanswered:
        records.append("not answered at the screening" if not records else "some not answered")
    return Change(
        id=row["id"],
        words=row["words"],
        has_detail=bool(row.get("detail")),
        if_yes=_say_if_yes([all_rules()[rule] for rule in row["rules"]], screen.get("policies") or {}),
        on_record=shorten("; ".join(records), _RECORD_LETTERS),
        is_marked=bool(records),
    )


def _on_record(finding: Mapping[str, Any], *, with_name: bool) -> str:
    parts = [name_finding(finding)] if with_name else ["yes"]
    if finding.get("wait_until"):
        parts.append(f"wait until {write_date(finding['wait_until'])}")
    elif finding["level"] in ("contraindicated", "defer"):
        parts.append(_TODAY[finding["level"]])
    return ", ".join(parts)


def _say_if_yes(rules: list[Rule], policies: Mapping[str, str]) -> str:
    """Return what a yes means today: the gravest of the rules behind the question, with the waits they name."""
    chosen = [_chosen(rule, policies) for rule in rules]
    gravest = min((part.level for part in chosen), key=LEVELS.index)
    limit = rules[0].threshold if len(rules) == 1 else None
    waits = sorted(
        part.wait.days for rule, first in zip(rules, chosen, strict=True) for part in _parts(rule, first) if part.wait
    )
    words = _TODAY[gravest]
    if gravest == "contraindicated" and waits:
        words += f", {write_range(waits[0], waits[-1])} days"
    elif gravest == "defer" and waits:
        words = f"wait {write_range(waits[0], waits[-1])} days"
    elif gravest == "precaution" and waits:
        words = f"{write_range(waits[0], waits[-1])} days without"
    if limit is not None:
        return f"above {value_of(f'candidacy.{limit.limit}'):g}: {words}"
    return words


def _chosen(rule: Rule, policies: Mapping[str, str]) -> Rule | PolicyChoice:
    """Return the rule, or the choice that the clinic made where sources disagree."""
    name = policies.get(rule.id) or rule.default_policy
    return rule.policies[name] if rule.policies and name in rule.policies else rule


def _parts(rule: Rule, first: Rule | PolicyChoice) -> Iterator[Rule | PolicyChoice | Grade]:
    yield first
    if first is rule:
        yield from rule.grades
