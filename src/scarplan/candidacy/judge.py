"""Judge one answer by one rule: a finding, a wait that is over, an open question, or nothing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal, TypeAlias

from scarplan.candidacy.finding import Finding
from scarplan.candidacy.rule import LEVELS, Grade, Level, Protection, Rule, Wait
from scarplan.evidence.library import value_of
from scarplan.records.patient import Answer

#: What became of a rule besides a finding: its wait is over, its question is open, or it says nothing.
Outcome: TypeAlias = Literal["passed", "open", "clear"]


@dataclass(frozen=True)
class _Verdict:
    """What a yes means after grade, number and policy: level, wait and way out."""

    level: Level
    action: str
    wait: Wait | None
    grade: Grade | None = None
    protects: Protection | None = None


def judge_answer(rule: Rule, answer: Answer, *, on: datetime.date, policy: str | None = None) -> Finding | Outcome:
    """Return what `rule` says on the day `on` about `answer`; `policy` is the clinic's choice for this rule."""
    policy = (policy or rule.default_policy) if rule.policies else None
    if answer.answer == "unknown":
        return _judge_unknown(rule, answer, policy)
    verdict = _weigh(rule, answer, policy)
    if answer.answer == "no":
        return _judge_over(rule, answer, verdict, policy, on)
    return _judge_yes(rule, answer, verdict, policy, on)


def _judge_unknown(rule: Rule, answer: Answer, policy: str | None) -> Finding | Outcome:
    if not rule.is_asked:
        return "clear"
    if rule.answered_by == "history" or rule.is_blocking:
        return "open"
    # A fact of the record that is not known, such as the skin type: the stricter plan applies.
    action = f"Not known, so the stricter plan applies. {rule.action}"
    return Finding(rule=rule, answer=answer, level=rule.level, action=action, policy=policy)


def _judge_yes(
    rule: Rule, answer: Answer, verdict: _Verdict, policy: str | None, on: datetime.date
) -> Finding | Outcome:
    level, wait, until = verdict.level, verdict.wait, None
    if wait and answer.date and level != "contraindicated":
        until = answer.date + datetime.timedelta(days=wait.days)
        if until <= on:
            if not _still_holds(rule, answer.date, on):
                return "passed"
            level, wait, until = rule.level, None, None
    elif wait and level == "defer":
        until = on + datetime.timedelta(days=wait.days)
    elif answer.date and rule.holds and not _still_holds(rule, answer.date, on):
        return "passed"
    return Finding(
        rule=rule,
        answer=answer,
        level=level,
        action=_advise(rule, answer, verdict, level=level, wait=wait),
        grade=verdict.grade,
        policy=policy,
        wait=wait,
        wait_until=until,
        protects=verdict.protects,
    )


def _judge_over(
    rule: Rule, answer: Answer, verdict: _Verdict, policy: str | None, on: datetime.date
) -> Finding | Outcome:
    """Judge a "no" with the day on which it ended (healed, cured, stopped): the wait after it may still run."""
    if answer.date is None or verdict.wait is None or verdict.protects:
        return "clear"
    until = answer.date + datetime.timedelta(days=verdict.wait.days)
    if until <= on:
        return "passed"
    level: Level = "defer" if verdict.level == "contraindicated" else verdict.level
    action = f"It is over, and the wait after it still runs: {verdict.wait.days} days after {verdict.wait.after}."
    return Finding(
        rule=rule,
        answer=answer,
        level=level,
        action=action,
        grade=verdict.grade,
        policy=policy,
        wait=verdict.wait,
        wait_until=until,
    )


def _weigh(rule: Rule, answer: Answer, policy: str | None) -> _Verdict:
    grade = _choose_grade(rule, answer)
    choice = rule.policies[policy] if rule.policies and policy else None
    part = grade or choice
    protects = grade.protects if grade else rule.protects
    level = part.level if part else rule.level
    wait = part.wait if part else rule.wait or _longest_wait(rule, level)
    if rule.scope == "product":  # the product is left away; needling neither stops nor waits for it
        wait = None
    if (rule.scope == "product" or protects) and LEVELS.index(level) < LEVELS.index("caution"):
        level = "caution"
    return _Verdict(
        level=level, action=(part.action if part else "") or rule.action, wait=wait, grade=grade, protects=protects
    )


def _choose_grade(rule: Rule, answer: Answer) -> Grade | None:
    """Return the graver of the grade that is stated and the one that the number gives."""
    found = [rule.grade(answer.grade)]
    if rule.threshold and (number := getattr(answer, rule.threshold.measure)) is not None:
        found.append(rule.grade(rule.threshold.grade_of(number)))
    grades = [grade for grade in found if grade]
    return min(grades, key=lambda g: (LEVELS.index(g.level), -_days(g.wait)), default=None)


def _longest_wait(rule: Rule, level: Level) -> Wait | None:
    """Return the longest wait of the grades of `level`: which grade it is has not been said."""
    return max((g.wait for g in rule.grades if g.wait and g.level == level), key=_days, default=None)


def _days(wait: Wait | None) -> int:
    return wait.days if wait else 0


def _still_holds(rule: Rule, since: datetime.date, on: datetime.date) -> bool:
    return bool(rule.holds) and since + datetime.timedelta(days=value_of(f"candidacy.{rule.holds}")) > on


def _advise(rule: Rule, answer: Answer, verdict: _Verdict, *, level: Level, wait: Wait | None) -> str:
    parts = [verdict.action]
    if wait and level == "defer":
        counted = "" if answer.date else " No day was given, so it is counted from the day of screening."
        parts.insert(0, f"Wait {wait.days} days after {wait.after}.{counted}")
    if wait and level == "contraindicated":
        parts.append(
            f"It can be planned again {wait.days} days after {wait.after}; answer 'no' with that day once it is over."
        )
    if rule.grades and verdict.grade is None:
        choices = "; ".join(f"{grade.id} ({grade.words})" for grade in rule.grades)
        parts.append(f"Which of these it is was not said, and it may change this: {choices}.")
    return " ".join(parts)
