"""Parts of a session record: people, device, cartridge, numbing, what was added, and how the skin took it.

Everything that somebody may not know can be left out: it is unknown then, never "no" or 0.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, StrictInt, model_validator

from scarplan.records.gs1 import Gs1, is_gs1, parse_gs1
from scarplan.records.patient import Day, GivenAnswer, Medicine, Words, YesNo
from scarplan.records.record import Record

EndPoint: TypeAlias = Literal["none", "erythema", "pinpoint", "oozing", "unknown"]
Side: TypeAlias = Literal["left", "right"]
Percent: TypeAlias = Annotated[float, Field(ge=0, le=100)]
Positive: TypeAlias = Annotated[float, Field(gt=0, le=100000)]
Count: TypeAlias = Annotated[StrictInt, Field(ge=0, le=100000)]


def _read_clock(value: Any) -> Any:
    """Return a time of day: "14:05" in quotes, or TOML's own 14:05:00."""
    if isinstance(value, datetime.time):
        return value.replace(tzinfo=None)
    if isinstance(value, str):
        for form in ("%H:%M", "%H:%M:%S"):
            try:
                return datetime.datetime.strptime(value, form).time()
            except ValueError:
                continue
    raise ValueError('is no time of day; write "14:05"')


Clock: TypeAlias = Annotated[datetime.time, BeforeValidator(_read_clock, json_schema_input_type=str)]


class Person(Record):
    """Somebody who acts: name, and role and licence where they are told."""

    name: Words
    role: Words | None = None
    licence: Words | None = None


class KeptFile(Record):
    """A photograph or scan taken before the session, by its file; the hash shows later that it is still the same."""

    file: Words
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Today(Record):
    """The screening questions as they are answered today, before the session; what is not asked is unknown.

    `changed` is the one question that stands for all: has anything changed since last time (health, medicines,
    procedures, allergies)? `answer` holds the answers by rule, as `[history]` of patient.toml does.
    """

    changed: YesNo = "unknown"
    asked_by: Words | None = None
    weight_kg: Annotated[float, Field(ge=2, le=400)] | None = None
    answer: dict[str, GivenAnswer] = Field(default_factory=dict)
    medicine: tuple[Medicine, ...] = ()


class Consent(Record):
    """Whether consent was confirmed before this session, and to which version of the form."""

    version: Words | None = None
    confirmed: YesNo = "unknown"


class Numbing(Record):
    """One anaesthetic. A cream is told in grams, what is infiltrated in millilitres; 1 % is 10 mg in each g or ml."""

    product: Words
    route: Literal["cream", "infiltration", "other"] = "cream"
    lidocaine_percent: Percent | None = None
    other_agent: Words | None = None
    other_percent: Percent | None = None
    adrenaline: YesNo = "unknown"
    lot: Words | None = None
    expiry: Day | None = None
    amount_g: Positive | None = None
    amount_ml: Positive | None = None
    area_cm2: Positive | None = None
    occlusion: YesNo = "unknown"
    time_on: Clock | None = None
    time_off: Clock | None = None
    removed_by: Words | None = None

    @model_validator(mode="after")
    def _check(self) -> Numbing:
        if self.route == "cream" and self.amount_ml is not None:
            raise ValueError("a cream is told in grams: amount_g, not amount_ml")
        if self.route == "infiltration" and self.amount_g is not None:
            raise ValueError("what is infiltrated is told in millilitres: amount_ml, not amount_g")
        return self


class Antisepsis(Record):
    """What the skin was cleaned with, and when."""

    product: Words
    time: Clock | None = None


class Carried(Record):
    """What may carry a bar code. `udi` is the carrier as it was read; lot, expiry and serial may be left out then."""

    udi: Words | None = None
    lot: Words | None = None
    expiry: Day | None = None
    serial: Words | None = None

    @model_validator(mode="after")
    def _check_carrier(self) -> Carried:
        says = self.carrier
        for name in ("lot", "expiry", "serial") if says else ():
            told, read = getattr(self, name), getattr(says, name)
            if told is not None and read is not None and told != read:
                raise ValueError(f"{name} is {told}, and the udi says {read}: correct one of them")
        return self

    @property
    def carrier(self) -> Gs1 | None:
        """What the GS1 carrier says; None where there is none, or one of another issuer."""
        return parse_gs1(self.udi) if self.udi and is_gs1(self.udi) else None

    @property
    def device_identifier(self) -> str | None:
        """The device identifier (DI) of the carrier."""
        return self.carrier.device_identifier if self.carrier else None

    @property
    def known_lot(self) -> str | None:
        """The lot, as told or as the carrier says."""
        return self.lot or (self.carrier.lot if self.carrier else None)

    @property
    def known_expiry(self) -> datetime.date | None:
        """The last day of use, as told or as the carrier says."""
        return self.expiry or (self.carrier.expiry if self.carrier else None)

    @property
    def known_serial(self) -> str | None:
        """The serial number, as told or as the carrier says."""
        return self.serial or (self.carrier.serial if self.carrier else None)


class UsedDevice(Carried):
    """The needling device. `id` is its name in `scarplan devices`."""

    id: Words | None = None
    maker: Words | None = None
    model: Words | None = None
    firmware: Words | None = None


class Cartridge(Carried):
    """One cartridge or roller."""

    needle_count: Annotated[StrictInt, Field(ge=1, le=2000)] | None = None
    needle_length_mm: Annotated[float, Field(ge=0, le=5)] | None = None
    geometry: Words | None = None
    material: Words | None = None
    seal_intact: YesNo = "unknown"
    single_use: YesNo = "unknown"
    disposed: YesNo = "unknown"


class OnSkin(Record):
    """A glide or anything else put on the skin during the session."""

    product: Words
    lot: Words | None = None
    expiry: Day | None = None
    sterile: YesNo = "unknown"
    intradermal_approved: YesNo = "unknown"


class Spin(Record):
    """One run of the centrifuge."""

    g: Positive
    minutes: Positive


class Prp(Record):
    """Platelet-rich plasma."""

    blood_ml: Positive | None = None
    volume_ml: Positive | None = None
    tube_lots: tuple[Words, ...] = ()
    spins: tuple[Spin, ...] = ()
    platelets_per_ul: Positive | None = None
    applied: Literal["on the skin", "injected", "both", "unknown"] = "unknown"


class Subcision(Record):
    """Tethers cut below the scars."""

    sites: Words
    needle: Words | None = None
    scars: tuple[Count, ...] = ()


class TcaCross(Record):
    """Strong acid on the floor of single scars."""

    strength_percent: Percent | None = None
    scars_treated: Count | None = None
    scars: tuple[Count, ...] = ()
    lot: Words | None = None


class Filler(Record):
    """A filler below the scars."""

    product: Words
    volume_ml: Positive | None = None
    lot: Words | None = None
    sites: Words | None = None


class OtherAdjunct(Record):
    """Anything else that was done in the same session."""

    what: Words
    note: Words | None = None


class Adjuncts(Record):
    """What was done besides needling."""

    prp: Prp | None = None
    subcision: Subcision | None = None
    tca_cross: TcaCross | None = None
    filler: Filler | None = None
    other: tuple[OtherAdjunct, ...] = ()


class Reactions(Record):
    """How the patient and the skin took it."""

    pain_0_10: Annotated[float, Field(ge=0, le=10)] | None = None
    fainted: YesNo = "unknown"
    vitals: Words | None = None
    immediate: tuple[Words, ...] = ()
    bleeding_stopped_after_min: Annotated[float, Field(ge=0, le=1440)] | None = None


class AftercareGiven(Record):
    """What the patient took home, and what was agreed."""

    leaflet_version: Words | None = None
    spf_advised: YesNo = "unknown"
    next_visit: Day | None = None
    call_after_24_72_h: Words | None = None
    diary: YesNo = "unknown"
