"""Courses of zones: the same draws for every plan, and each distinct course is healed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import jax
import numpy as np

from scarplan.anatomy import Sex, SkinLayers, layers_of
from scarplan.devices import Device, EnergyDevice
from scarplan.injury import needling_of
from scarplan.records.protocol import ZoneSetting
from scarplan.response import (
    DAY_BLOCK,
    PreparedHealing,
    ResponseDraws,
    ResponsePatient,
    ZoneCourse,
    draw_parameters,
    prepare_healing,
)


@dataclass(frozen=True)
class ZoneHealer:
    """Heals zones of one patient with one device; results are kept, both sides of a face share theirs."""

    device: Device | EnergyDevice
    patient: ResponsePatient
    count: int
    seed: int
    sex: Sex | None = None
    _draws: dict[tuple[float, ...], ResponseDraws] = field(default_factory=dict)
    _prepared: dict[tuple[object, ...], PreparedHealing] = field(default_factory=dict)
    _courses: dict[tuple[object, ...], ZoneCourse] = field(default_factory=dict)

    def layers(self, zone: str) -> SkinLayers:
        """Return the skin layers of a zone of this patient."""
        return layers_of(zone, sex=self.sex, age_years=self.patient.age_years)

    def heal(
        self,
        setting: ZoneSetting,
        *,
        session_days: Sequence[int],
        days: Sequence[int],
        adjuncts: Sequence[str] = (),
        rows: int = DAY_BLOCK,
    ) -> ZoneCourse:
        """Return the course of `setting.zone` on `days`, which are worked out in multiples of `rows`."""
        # Zones with the same skin and the same setting share a course, whatever they are called.
        settings = tuple(setting.model_dump(exclude={"zone"}).items())
        session = (self.skin(setting.zone), settings, tuple(adjuncts))
        key = (session, tuple(session_days), tuple(days))
        if key not in self._courses:
            if session not in self._prepared:
                draws = self.draw(setting.zone, count=self.count)
                self._prepared[session] = prepare_healing(
                    needling_of(setting, self.device), draws=draws, adjuncts=adjuncts
                )
            course = self._prepared[session].heal(session_days=session_days, days=days, rows=rows)
            # NumPy from here on: reading one day of a JAX array compiles a program for that day.
            self._courses[key] = jax.tree.map(np.asarray, course)
        return self._courses[key]

    def draw(self, zone: str, *, count: int) -> ResponseDraws:
        """Return `count` draws of the parameters of a zone; the first `self.count` of them are those that heal it."""
        key = (*self.skin(zone), count)
        if key not in self._draws:
            self._draws[key] = draw_parameters(
                count,
                seed=self.seed,
                device_class=self.device.device_class,
                layers=self.layers(zone),
                patient=self.patient,
            )
        return self._draws[key]

    def with_patient(self, patient: ResponsePatient) -> ZoneHealer:
        """Return a healer of another patient, in the same draws."""
        return ZoneHealer(self.device, patient, self.count, self.seed, self.sex)

    def skin(self, zone: str) -> tuple[float, ...]:
        """Return what of a zone its course depends on: the thickness of its layers, mean and spread."""
        layers = self.layers(zone)
        return layers.epidermis_mm, layers.epidermis_sd_mm, layers.dermis_mm, layers.dermis_sd_mm
