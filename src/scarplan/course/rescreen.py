"""Re-screening: today's answers on top of those of the patient's file, judged by the same rules as the first time."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scarplan.candidacy import Finding, Rule, all_rules, judge_answer, screen
from scarplan.errors import BadInput
from scarplan.records.patient import Answer, Patient
from scarplan.records.session import INTERVAL, SessionRecord

#: What may be otherwise every time, and is looked at or asked before each session.
ASKED_EACH_TIME = (
    "pregnancy",
    "infection_herpes_active",
    "infection_bacterial_active",
    "skin_open_wound_irritated",
    "acne_active_inflammatory",
    "tan_or_sunburn",
    "systemic_febrile_illness",
)
#: What one question, "has anything changed?", can stand for.
ASKED_WHEN_CHANGED = (
    "isotretinoin_current",
    "topical_retinoid_acid",
    "anticoagulant_antiplatelet",
    "allergy_local_anaesthetic",
    "recent_botulinum",
    "recent_filler",
    "recent_peel",
    "recent_laser_energy",
    "recent_facial_surgery",
)


@dataclass(frozen=True)
class Block:
    """Something that says "not today": a rule of the screening, or `interval`, in words.

    `stops` is True for "do not needle", False for "wait"; `never_overridable` is told loudly when it was done anyway.
    """

    rule: str
    words: str
    stops: bool
    wait_until: datetime.date | None = None
    never_overridable: bool = False


@dataclass(frozen=True)
class Rescreening:
    """What the rules say on the day of a session: blocks, rules that were not asked today, and open questions."""

    blocks: tuple[Block, ...]
    not_asked: tuple[str, ...]
    has_patient: bool

    def describe(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "blocks": [vars(block) for block in self.blocks],
            "not_asked": list(self.not_asked),
            "has_patient": self.has_patient,
        }


def rescreen(record: SessionRecord, patient: Patient | None, *, device_class: str = "mechanical") -> Rescreening:
    """Return what the rules say on the day of `record`, from the patient's file and today's answers.

    Without a patient's file today's answers alone are judged. Raises BadInput for answers to rules that are none.
    """
    _check_names(record)
    given = {name: answer for name, answer in record.today.answer.items() if answer.answer != "unknown"}
    if patient is None:
        findings = [*_judge_alone(given, record.date, device_class)]
    else:
        findings = [*screen(_as_of_today(record, patient), on=record.date, device_class=device_class).findings]
    blocking = [finding for finding in findings if finding.level in ("contraindicated", "defer")]
    return Rescreening(tuple(_block(one) for one in blocking), _not_asked(record, given), patient is not None)


def _as_of_today(record: SessionRecord, patient: Patient) -> Patient:
    """Return the patient with today's answers; what is unknown today leaves the earlier answer."""
    told = {name: answer for name, answer in record.today.answer.items() if answer.answer != "unknown"}
    # What may be otherwise every time and is so today was not what an earlier override was about.
    anew = {name for name in ASKED_EACH_TIME if name in told and told[name].answer == "yes"}
    earlier = {one.rule for one in record.override} | anew
    # A session may be written down late: what the file tells of the days after it was not so yet.
    history = {
        name: answer for name, answer in patient.history.items() if answer.date is None or answer.date <= record.date
    }
    medicines = (*patient.medicine, *record.today.medicine)
    return patient.model_copy(
        update={
            "history": {**history, **told},
            "medicine": tuple(one for one in medicines if one.since is None or one.since <= record.date),
            "earlier_treatment": tuple(
                one for one in patient.earlier_treatment if one.date is None or one.date <= record.date
            ),
            # Today's override of a rule stands in for an earlier one; whether it may be taken is told apart later.
            "override": tuple(one for one in patient.override if one.rule not in earlier and one.date <= record.date),
        }
    )


def _judge_alone(given: dict[str, Answer], on: datetime.date, device_class: str) -> Iterator[Finding]:
    for name, answer in given.items():
        rule = all_rules()[name]
        if rule.applies_to(device_class):
            found = judge_answer(rule, answer, on=on)
            if isinstance(found, Finding):
                yield found


def _block(finding: Finding) -> Block:
    rule = finding.rule
    stops = finding.level == "contraindicated"
    until = f" until {finding.wait_until.isoformat()}" if finding.wait_until else ""
    return Block(
        rule=rule.id,
        words=f"{rule.condition}: {'do not needle' if stops else f'wait{until}'} ({finding.action})",
        stops=stops,
        wait_until=finding.wait_until,
        never_overridable=rule.never_overridable,
    )


def _not_asked(record: SessionRecord, given: dict[str, Answer]) -> tuple[str, ...]:
    asked = ASKED_EACH_TIME if record.today.changed == "no" else (*ASKED_EACH_TIME, *ASKED_WHEN_CHANGED)
    return tuple(rule for rule in asked if rule not in given)


def _check_names(record: SessionRecord) -> None:
    rules = all_rules()
    allowed = {*rules, INTERVAL}
    faults = [
        f"today.answer.{name}: no rule is called so{_nearest(name, rules)}"
        for name in record.today.answer
        if name not in rules
    ]
    faults += [
        f"override: no rule is called {one.rule!r}{_nearest(one.rule, allowed)}"
        for one in record.override
        if one.rule not in allowed
    ]
    faults += [
        f"today.answer.{name}.date: {answer.date.isoformat()} lies after the session"
        for name, answer in record.today.answer.items()
        if answer.date is not None and answer.date > record.date
    ]
    if faults:
        raise BadInput(
            f"the answers of today are not valid: {'; '.join(faults)}",
            code="E-SESSION-001",
            do="correct them; `scarplan template patient` lists every question",
        )


def _nearest(name: str, known: dict[str, Rule] | set[str] | Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.4)
    return f" (did you mean {near[0]!r}?)" if near else ""
