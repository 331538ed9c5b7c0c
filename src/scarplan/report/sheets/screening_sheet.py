"""The screening sheet: every question of the rules with its grades and days, field for field as in `patient.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scarplan.candidacy import LEAST_CHANGE_WORDS, Rule, all_rules, history_rules
from scarplan.candidacy.rule import GROUPS
from scarplan.report.html import render_page
from scarplan.report.wording import NOTICE


@dataclass(frozen=True)
class Question:
    """One question: the id of its rule, the words, finer answers to tick, and what else to write beside a yes."""

    rule: str
    words: str
    grades: tuple[str, ...]
    blanks: tuple[str, ...]
    is_blocking: bool


@dataclass(frozen=True)
class QuestionGroup:
    """The questions under one heading."""

    heading: str
    questions: tuple[Question, ...]


def list_questions() -> tuple[QuestionGroup, ...]:
    """Return every question that is asked of everybody, by heading, in the order in which they are asked."""
    groups = []
    for group, heading in GROUPS.items():
        questions = tuple(_describe(rule) for rule in history_rules() if rule.group == group)
        if questions:
            groups.append(QuestionGroup(heading, questions))
    return tuple(groups)


def render_screening_sheet() -> str:
    """Return the sheet of one screening. Age and skin type are asked above, from which their rules are answered."""
    return render_page(
        "sheet_screening.html",
        groups=list_questions(),
        number=len(history_rules()),
        least_changes=list(LEAST_CHANGE_WORDS.values()),
        notice=NOTICE,
    )


def _describe(rule: Rule) -> Question:
    return Question(
        rule=rule.id,
        words=rule.question or rule.condition,
        grades=tuple(grade.words for grade in rule.grades),
        blanks=tuple(_blanks(rule)),
        is_blocking=all_rules()[rule.id].is_blocking,
    )


def _blanks(rule: Rule) -> Iterator[str]:
    """Yield what to write beside a yes: a number, a day from which a wait counts."""
    if rule.threshold:
        yield rule.threshold.name
    if rule.scope != "product" and (rule.holds or any(part.wait for part in (rule, *rule.grades))):
        yield "day"
