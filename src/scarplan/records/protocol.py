"""Protocol: what the skin should receive, zone by zone; the device says what to dial for it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scarplan.records.record import Record

Mode = Literal["glide", "stamp"]


class ZoneSetting(Record):
    """The setting of one facial zone. `needle_length_mm` is the dialled length, not the depth reached."""

    zone: str
    needle_length_mm: float = Field(ge=0, le=5)
    channels_per_cm2: float = Field(ge=0, le=30000)
    passes: int = Field(ge=0, le=60)
    mode: Mode = "glide"


class Protocol(Record):
    """A course of needling: settings by zone, number of sessions, days between them, additions."""

    device: str
    zones: tuple[ZoneSetting, ...]
    sessions: int = Field(ge=0, le=12)
    interval_days: int = Field(ge=1, le=365)
    adjuncts: tuple[str, ...] = ()
    maintenance_days: int | None = Field(default=None, ge=14, le=1825)

    def setting_of(self, zone: str) -> ZoneSetting | None:
        """Return the setting of `zone`, or None where the zone is not treated."""
        return next((setting for setting in self.zones if setting.zone == zone), None)
