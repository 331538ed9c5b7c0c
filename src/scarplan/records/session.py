"""Session: what was done in one session, as in `session.toml`.

Needed are only the day, who did it, and at least one zone with something that was delivered. Everything else may be
left out and is unknown then.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt, model_validator

from scarplan.records.adverse_event import ObservedEvent
from scarplan.records.patient import Day, Override, PatientId, Words, YesNo
from scarplan.records.protocol import Mode
from scarplan.records.record import Record
from scarplan.records.session_parts import (
    Adjuncts,
    AftercareGiven,
    Antisepsis,
    Cartridge,
    Clock,
    Consent,
    Count,
    EndPoint,
    KeptFile,
    Numbing,
    OnSkin,
    Person,
    Positive,
    Reactions,
    Side,
    Today,
    UsedDevice,
)

#: What an override may be against besides a rule of the screening: the interval of the plan.
INTERVAL = "interval"
_DELIVERED = ("set_length_mm", "passes", "strokes", "seconds", "channels_per_cm2", "mode", "end_point_seen")


class DeliveredZone(Record):
    """What one zone received. `part` tells apart two settings of one zone, such as the scars and the skin between.

    `set_length_mm` is the dialled length, not the depth reached. `because` is the cause of a deviation from the plan.
    """

    zone: Words
    side: Side | None = None
    part: Words | None = None
    set_length_mm: Annotated[float, Field(ge=0, le=5)] | None = None
    speed_hz: Positive | None = None
    speed_setting: Words | None = None
    passes: Annotated[StrictInt, Field(ge=0, le=60)] | None = None
    directions: tuple[Words, ...] = ()
    mode: Mode | None = None
    area_cm2: Positive | None = None
    strokes: Count | None = None
    seconds: Positive | None = None
    channels_per_cm2: Annotated[float, Field(ge=0, le=30000)] | None = None
    end_point_seen: EndPoint = "unknown"
    no_go_kept: YesNo = "unknown"
    deviation: Words | None = None
    because: Words | None = None

    @model_validator(mode="after")
    def _check_delivered(self) -> DeliveredZone:
        if all(getattr(self, name) in (None, "unknown") for name in _DELIVERED):
            raise ValueError(f"nothing of what was delivered is told; give at least one of {', '.join(_DELIVERED)}")
        return self


class LeftOut(Record):
    """A zone of the plan that was not needled in this session, and why."""

    zone: Words
    side: Side | None = None
    because: Words | None = None


class SessionRecord(Record):
    """One delivered session. `plan` is the plan that was followed, by its hash; left out: the one in force."""

    kind: Literal["session"] = "session"
    date: Day
    start: Clock | None = None
    end: Clock | None = None
    place: Words | None = None
    patient_id: PatientId | None = None
    encounter: Words | None = None
    number: Annotated[StrictInt, Field(ge=1, le=50)] | None = None
    of: Annotated[StrictInt, Field(ge=1, le=50)] | None = None
    plan: Annotated[str, Field(pattern=r"^[0-9a-f]{4,64}$")] | None = None
    interval_because: Words | None = None
    note: Words | None = None
    operator: Person
    supervisor: Person | None = None
    today: Today = Today()
    consent: Consent = Consent()
    photograph_before: tuple[KeptFile, ...] = ()
    scan_before: tuple[KeptFile, ...] = ()
    numbing: tuple[Numbing, ...] = ()
    antisepsis: tuple[Antisepsis, ...] = ()
    device: UsedDevice | None = None
    cartridge: tuple[Cartridge, ...] = ()
    zone: Annotated[tuple[DeliveredZone, ...], Field(min_length=1, max_length=60)]
    left_out: tuple[LeftOut, ...] = ()
    on_skin: tuple[OnSkin, ...] = ()
    adjuncts: Adjuncts = Adjuncts()
    reactions: Reactions = Reactions()
    aftercare: AftercareGiven = AftercareGiven()
    adverse_event: tuple[ObservedEvent, ...] = ()
    override: tuple[Override, ...] = ()

    @model_validator(mode="after")
    def _check_whole(self) -> SessionRecord:
        places = [(zone.zone, zone.side, zone.part) for zone in self.zone]
        if len(set(places)) < len(places):
            raise ValueError("a zone stands there twice; tell the two apart with `part`")
        both = {place[:2] for place in places} & {(zone.zone, zone.side) for zone in self.left_out}
        if both:
            raise ValueError(f"{sorted(both)[0][0]} was needled and left out: correct one of them")
        if self.start and self.end and self.end < self.start:
            raise ValueError("it ends before it starts: correct `start` or `end`")
        if self.number and self.of and self.number > self.of:
            raise ValueError(f"session {self.number} of {self.of} cannot be")
        return self

    def override_of(self, rule: str) -> Override | None:
        """Return the override against a rule, or against `interval`; None where there is none."""
        return next((one for one in reversed(self.override) if one.rule == rule), None)
