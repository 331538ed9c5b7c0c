"""Adverse event: what went wrong after (or in) a session, as in `adverse-event.toml` or in the session itself."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, StrictInt, model_validator

from scarplan.records.patient import Day, Millimetres, PatientId, Words, YesNo
from scarplan.records.record import Record
from scarplan.records.session_parts import Clock, Person, Side

EventType: TypeAlias = Literal[
    "prolonged_erythema",
    "oedema",
    "infection_bacterial",
    "infection_viral",
    "infection_fungal",
    "herpes_simplex",
    "hyperpigmentation",
    "hypopigmentation",
    "tram_track",
    "new_scar_or_keloid",
    "granuloma",
    "contact_allergy",
    "systemic_allergy",
    "lidocaine_toxicity",
    "syncope",
    "eye_injury",
    "acne_flare_or_milia",
    "nerve_symptom",
    "burn_rf",
    "fat_loss_rf",
    "device_fault",
    "needle_breakage",
    "needlestick_staff",
    "other",
]
EVENT_TYPES: tuple[str, ...] = get_args(EventType)
Outcome: TypeAlias = Literal["ongoing", "resolved", "resolved with sequelae", "fatal", "unknown"]
Causality: TypeAlias = Literal["certain", "probable", "possible", "unlikely", "not related", "unknown"]


class EventPlace(Record):
    """Where on the skin: zone and side, and the point on a chart of the scan where it is known."""

    zone: Words | None = None
    side: Side | None = None
    chart: Words | None = None
    x_mm: Millimetres | None = None
    y_mm: Millimetres | None = None
    words: Words | None = None


class Suspected(Record):
    """What is suspected to be the cause."""

    device: Words | None = None
    cartridge_lot: Words | None = None
    on_skin: Words | None = None
    numbing: Words | None = None
    causality: Causality = "unknown"


class Reported(Record):
    """To whom the event was reported (maker, authority), and under which number."""

    to: Words
    date: Day | None = None
    reference: Words | None = None


class ObservedEvent(Record):
    """One event. `grade` is its severity by CTCAE, 1 (mild) to 5 (death)."""

    type: EventType
    what: Words | None = None
    onset: Day | None = None
    onset_time: Clock | None = None
    grade: Annotated[StrictInt, Field(ge=1, le=5)] | None = None
    serious: YesNo = "unknown"
    serious_because: Words | None = None
    place: EventPlace = EventPlace()
    photograph: tuple[Words, ...] = ()
    suspected: Suspected = Suspected()
    treatment: Words | None = None
    outcome: Outcome = "unknown"
    outcome_date: Day | None = None
    reported: tuple[Reported, ...] = ()
    note: Words | None = None

    @model_validator(mode="after")
    def _check_type(self) -> ObservedEvent:
        if self.type == "other" and self.what is None:
            raise ValueError('type "other" needs `what`: say in words what it was')
        return self


class AdverseEventRecord(ObservedEvent):
    """An event told by itself, after a session: the day it was told, and by whom."""

    kind: Literal["adverse_event"]
    date: Day
    patient_id: PatientId | None = None
    reporter: Person
