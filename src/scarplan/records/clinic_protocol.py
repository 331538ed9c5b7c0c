"""ClinicProtocol: what a clinic sets itself, with its name and the date; the only source of settings nobody published.

No needle length, drug, strength or amount that rests only on practice pages, machine-written pages or memory is
printed as a recommendation. Such a field stays empty, "set by the clinic", until this record fills it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from scarplan.records.protocol import Mode
from scarplan.records.record import Record, read_record

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class ClinicZone(Record):
    """What the clinic sets for one zone. None: not set by the clinic."""

    needle_length_mm: float | None = Field(default=None, gt=0, le=5)
    passes: int | None = Field(default=None, ge=1, le=20)
    mode: Mode | None = None
    end_point: Text | None = None
    note: Text | None = None


class ClinicAnaesthesia(Record):
    """The cream that the clinic uses, in the clinic's own words."""

    product: Text
    instructions: Text | None = None
    lidocaine: bool = True
    prilocaine: bool = False


class ClinicPrices(Record):
    """The clinic's own prices, in one currency. A plan is priced only by these; None: not named.

    `session` is one visit of needling with its numbing, whatever the zones; `prp` comes to it at every session,
    `subcision` once.
    """

    currency: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12)]
    session: float = Field(ge=0, le=1_000_000)
    prp: float | None = Field(default=None, ge=0, le=1_000_000)
    subcision: float | None = Field(default=None, ge=0, le=1_000_000)


class ClinicProtocol(Record):
    """The written protocol of one clinic. `example = true` marks one that is only an example.

    `energy_devices`: lasers, plasma and RF needles that the clinic has besides, by their ids in the library.
    """

    name: Text
    date: date
    role: Text | None = None
    example: bool = False
    device: str | None = None
    energy_devices: tuple[str, ...] = ()
    sessions: int | None = Field(default=None, ge=1, le=6)
    max_sessions: int | None = Field(default=None, ge=1, le=6)
    interval_days: int | None = Field(default=None, ge=14, le=180)
    maintenance_days: int | None = Field(default=None, ge=30, le=1825)
    phone: Text | None = None
    anaesthesia: ClinicAnaesthesia | None = None
    zones: dict[str, ClinicZone] = Field(default_factory=dict)
    prices: ClinicPrices | None = None

    @model_validator(mode="after")
    def _keeps_its_own_limit(self) -> ClinicProtocol:
        if self.sessions is not None and self.max_sessions is not None and self.sessions > self.max_sessions:
            raise ValueError(f"sessions ({self.sessions}) is more than max_sessions ({self.max_sessions})")
        return self

    def zone(self, zone: str | None) -> ClinicZone:
        """Return what the clinic sets for `zone`; an empty ClinicZone where it sets nothing."""
        return self.zones.get(zone or "", ClinicZone())

    @property
    def said_by(self) -> str:
        """Who says so and when, for print: `clinic protocol NAME, DATE`."""
        mark = ", an example only" if self.example else ""
        return f"clinic protocol {self.name}, {self.date.isoformat()}{mark}"


def read_clinic_protocol(path: Path) -> ClinicProtocol:
    """Return the clinic protocol in the TOML file at `path`. Raises BadInput that tells every fault."""
    return read_record(path, ClinicProtocol, what="clinic protocol", template="protocol")
