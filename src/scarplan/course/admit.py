"""Admit: may a session be recorded as it is told, and what must be told about it?

A session that took place is part of the truth, so nothing of it is refused for ever: what speaks against it (a rule
that says stop or wait, the interval of the plan) asks for an override with name and reason in the record itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scarplan.course.numbing import LidocaineGiven
from scarplan.course.open_events import open_events
from scarplan.course.read import Course
from scarplan.course.rescreen import Block, Rescreening
from scarplan.evidence.library import value_of
from scarplan.records.plan import Plan
from scarplan.records.session import INTERVAL, SessionRecord


@dataclass(frozen=True)
class Flag:
    """Something that a reader of the session must know. `is_loud`: told first."""

    what: str
    words: str
    is_loud: bool = False


@dataclass(frozen=True)
class Admission:
    """What speaks against a session, less what is overridden, and its flags."""

    refused_by: tuple[Block, ...]
    flags: tuple[Flag, ...]

    def describe(self) -> list[dict[str, Any]]:
        """Return the flags as plain values."""
        return [vars(flag) for flag in self.flags]


def admit(
    record: SessionRecord,
    *,
    course: Course,
    plan: Plan | None,
    screening: Rescreening,
    lidocaine: LidocaineGiven | None,
    replaces: int | None = None,
) -> Admission:
    """Return whether `record` may stand in `course` beside the `plan` in force (None: there is none approved).

    `replaces` is the number of the entry that a correction puts `record` in the place of.
    """
    blocks = (*screening.blocks, *_interval_blocks(record, course, plan, replaces))
    refused = tuple(block for block in blocks if record.override_of(block.rule) is None)
    flags = [
        *_plan_flags(record, plan),
        *_override_flags(record, [block for block in blocks if block not in refused]),
        *_lidocaine_flags(lidocaine),
        *_material_flags(record),
        *_care_flags(record),
        *_event_flags(record, course),
        *_screening_flags(screening),
    ]
    return Admission(refused, tuple(sorted(flags, key=lambda flag: not flag.is_loud)))


def _interval_blocks(record: SessionRecord, course: Course, plan: Plan | None, replaces: int | None) -> Iterator[Block]:
    """Return a block for the session before or after that lies nearer than the plan (else the literature) allows."""
    if plan is not None:
        least, whose = plan.interval_days, "the plan"
    else:
        least, whose = int(value_of("planning.interval_least_days")), "the shortest interval that a trial used"
    days = sorted([record.date, *(one.date for one in course.sessions if one.number != replaces)])
    for earlier, later in itertools.pairwise(days):
        apart = (later - earlier).days
        if record.date in (earlier, later) and apart < least:
            yield Block(
                rule=INTERVAL,
                words=f"{earlier.isoformat()} and {later.isoformat()} are {apart} days apart; {whose} asks for {least}",
                stops=False,
            )


def _plan_flags(record: SessionRecord, plan: Plan | None) -> Iterator[Flag]:
    if plan is None:
        yield Flag("no_approved_plan", "no plan was approved when this session took place", is_loud=True)
    elif record.plan is not None and not plan.content_hash.startswith(record.plan):
        words = f"the record names plan {record.plan}, and {plan.content_hash} was the approved one"
        yield Flag("another_plan", words, is_loud=True)


def _override_flags(record: SessionRecord, overridden: Sequence[Block]) -> Iterator[Flag]:
    for block in overridden:
        given = record.override_of(block.rule)
        if given is None:
            continue
        never = " This rule can never be overridden: it is recorded that it was done all the same." * (
            block.never_overridable
        )
        words = f"{block.words}; done all the same: {given.name}, {given.role}: {given.reason}.{never}"
        yield Flag(f"override.{block.rule}", words, is_loud=block.stops or block.never_overridable)


def _lidocaine_flags(given: LidocaineGiven | None) -> Iterator[Flag]:
    if given is not None and given.is_above:
        words = (
            f"lidocaine: {'at least ' * (given.counted_mg_per_kg is None)}{given.at_least_mg_per_kg:.1f} mg per kg "
            f"counted, more than {given.most_mg_per_kg:g} (infiltrated, and an assumed share of the cream)"
        )
        yield Flag("lidocaine", words, is_loud=True)


def _material_flags(record: SessionRecord) -> Iterator[Flag]:
    for cartridge in record.cartridge:
        name = f"cartridge lot {cartridge.known_lot or 'unknown'}"
        if cartridge.known_expiry is not None and cartridge.known_expiry < record.date:
            yield Flag("expired", f"{name} had expired on {cartridge.known_expiry.isoformat()}", is_loud=True)
        if cartridge.seal_intact == "no":
            yield Flag("seal", f"the seal of {name} was not intact", is_loud=True)
        if cartridge.single_use == "no":
            yield Flag("reused", f"{name} was not for single use", is_loud=True)
    for product in record.on_skin:
        if product.sterile == "no" or product.intradermal_approved == "no":
            words = f"{product.product} was put on needled skin and is not sterile or not made for it"
            yield Flag("on_skin", words, is_loud=True)
    for used in (*record.numbing, *record.on_skin):
        if used.expiry is not None and used.expiry < record.date:
            yield Flag("expired", f"{used.product} had expired on {used.expiry.isoformat()}", is_loud=True)


def _care_flags(record: SessionRecord) -> Iterator[Flag]:
    if record.consent.confirmed == "no":
        yield Flag("consent", "consent was not confirmed before this session", is_loud=True)
    for zone in record.zone:
        if zone.no_go_kept == "no":
            yield Flag("no_go", f"{zone.zone}: skin that was to be left out was needled", is_loud=True)
    if not record.cartridge or all(cartridge.known_lot is None for cartridge in record.cartridge):
        yield Flag("no_lot", "no cartridge lot was recorded: this session is not found when a lot is recalled")


def _event_flags(record: SessionRecord, course: Course) -> Iterator[Flag]:
    for words in open_events(course, record.date):
        yield Flag("open_event", words, is_loud=True)


def _screening_flags(screening: Rescreening) -> Iterator[Flag]:
    if not screening.has_patient:
        yield Flag("not_screened", "the case holds no patient file: only today's answers were judged", is_loud=True)
    if screening.not_asked:
        yield Flag("not_asked", f"not asked today: {', '.join(screening.not_asked)}")


def describe_blocks(blocks: Sequence[Block]) -> list[Mapping[str, Any]]:
    """Return blocks as plain values."""
    return [vars(block) for block in blocks]
