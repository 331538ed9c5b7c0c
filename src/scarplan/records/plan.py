"""Plan: one course as it is signed; its hash is taken over everything but status and approval."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from scarplan.canonical import hash_content, make_plain
from scarplan.records.goal import Goal
from scarplan.records.protocol import Mode
from scarplan.records.record import Record

PlanStatus = Literal["draft", "not_cleared", "approved", "superseded"]
#: What a plan is made from: the scars of a 3-D scan, or what a clinician sees and counts.
Basis = Literal["scan", "examination"]
Side = Literal["left", "right"]
#: What is done beside needling: plasma of the patient's own at every session, subcision once before the first.
Additions = tuple[Literal["prp", "subcision"], ...]

#: Hex digits of a plan's name: 64 bits, far more than the plans of one case can collide in.
_HASH_DIGITS = 16


class PlannedZone(Record):
    """What one zone receives. None with the field's name in `set_by_the_clinic`: nobody citable says it.

    `needle_length_mm` is the start setting, `ceiling_mm` is never passed, `needle_length_basis` says who says so.
    `scars` are the scars of the scan that lie here, `groups` those of the examination.
    """

    zone: str | None = None
    side: Side | None = None
    scars: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    needle_length_mm: float | None = None
    needle_length_basis: str
    passes: int | None = None
    passes_basis: str = ""
    directions: tuple[str, ...] = ()
    mode: Mode | None = None
    mode_note: str = ""
    channels_per_cm2: float | None = None
    end_point: str
    ceiling: str
    ceiling_mm: float | None = None
    off_label: bool = False
    leave_out: tuple[str, ...] = ()
    set_by_the_clinic: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class FirstStep(Record):
    """What to do before or instead of needling, by kind of scar. `count` is None where a number was not counted."""

    kind: str
    count: int | None = None
    count_words: str = ""
    do: str
    why: str
    sources: tuple[str, ...] = ()


class Reason(Record):
    """Why the plan is as it is, or what was rejected and why."""

    text: str
    sources: tuple[str, ...] = ()


class AftercareDay(Record):
    """What to expect, do and avoid on one day, or range of days, after a session."""

    day: str
    expect: str
    do: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class AnaesthesiaOption(Record):
    """One numbing cream: the label's own words, or empty fields that the clinic sets."""

    product: str
    area: str | None = None
    amount: str | None = None
    minutes: str | None = None
    at_most: str | None = None
    occlusion: str | None = None
    use: Literal["possible", "ask first", "do not use"]
    why: str = ""
    set_by_the_clinic: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Anaesthesia(Record):
    """Numbing for the sessions of a plan."""

    need: str
    options: tuple[AnaesthesiaOption, ...]
    clinic: str | None = None
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Alternative(Record):
    """Another treatment, or none, beside the plan; where sources disagree `disagreement` shows both."""

    name: str
    suits: str
    gain: str
    downtime: str
    pigment: str
    note: str = ""
    disagreement: str | None = None
    sources: tuple[str, ...] = ()


class PlannedGoal(Record):
    """A goal with the chance that the chosen plan reaches it; None where nothing could be forecast."""

    goal: Goal
    words: str
    probability: float | None = Field(default=None, ge=0, le=1)


class ClinicMark(Record):
    """Which clinic protocol filled the fields that nobody citable sets."""

    name: str
    date: date
    example: bool = False


class Approval(Record):
    """Who approved a plan, in which role, on which day."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: Annotated[str, Field(min_length=1, max_length=200)]
    date: date


class Plan(Record):
    """A course as it is signed. `inputs` (file -> SHA-256) ties it to what it was made from.

    `adjuncts`: plasma of the patient's own at every session, subcision once before the first. A plan for the rest of a
    course names the plan that it `continues`; its sessions come after the `after_sessions` that were given.
    """

    basis: Basis = "scan"
    device: str
    device_name: str
    clinic_protocol: ClinicMark | None = None
    sessions: int = Field(ge=0, le=6)
    interval_days: int = Field(ge=14, le=180)
    maintenance_days: int | None = None
    maintenance_note: str = ""
    review_after_sessions: int = Field(ge=1, le=6)
    judge_after_days: int = Field(ge=28, le=365)
    adjuncts: Additions = ()
    continues: str | None = None
    after_sessions: int = Field(default=0, ge=0, le=50)
    skin_type: int | None = Field(default=None, ge=1, le=6)
    scar_list_reviewed: bool
    zones: tuple[PlannedZone, ...]
    first: tuple[FirstStep, ...] = ()
    anaesthesia: Anaesthesia
    aftercare: tuple[AftercareDay, ...] = ()
    call_the_clinic: tuple[str, ...] = ()
    phone: str | None = None
    goals: tuple[PlannedGoal, ...] = ()
    unlikely: str | None = None
    not_cleared_because: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    warnings: tuple[str, ...] = ()
    inputs: dict[str, str] = Field(default_factory=dict)
    seed: int = 0

    @property
    def content_hash(self) -> str:
        """The name of the plan; the order of its zones and goals does not matter."""
        content = make_plain(self)
        content["zones"].sort(key=lambda zone: (zone["zone"] or "", zone["side"] or ""))
        for planned in content["goals"]:
            for name in ("zone", "side"):
                if planned["goal"].get(name, ...) is None:
                    del planned["goal"][name]
        content["goals"].sort(key=hash_content)
        # These fields came later: at their default they are left out, so that a plan signed earlier keeps its name.
        _drop_default(content, Plan, "basis")
        for name in ("adjuncts", "continues", "after_sessions"):
            _drop_default(content, Plan, name)
        for zone in content["zones"]:
            _drop_default(zone, PlannedZone, "groups")
        for step in content["first"]:
            _drop_default(step, FirstStep, "count_words")
        return hash_content(content)[:_HASH_DIGITS]

    @property
    def status_unsigned(self) -> PlanStatus:
        """`not_cleared` while a question behind a contraindication is open, otherwise `draft`."""
        return "not_cleared" if self.not_cleared_because else "draft"

    def zone_of(self, zone: str | None, side: str | None) -> PlannedZone | None:
        """Return what the plan says for a zone and side, or None where it is not planned."""
        return next((z for z in self.zones if z.zone == zone and z.side == side), None)


def _drop_default(content: dict[str, Any], record: type[Record], name: str) -> None:
    if content[name] == make_plain(record.model_fields[name].default):
        del content[name]
