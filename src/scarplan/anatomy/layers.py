"""Thickness of epidermis and dermis by zone, for one person or for people of unknown sex and age.

Two ultrasound methods disagree by a factor of 1.5 to 1.9 on the thickness of facial skin, and histology sees half the
epidermis that ultrasound sees. Neither is known to be right, so the middle (geometric mean) is taken and half the
disagreement is carried in the spread:

    dermis    = ultrasound of the site x sqrt(50 MHz / site ultrasound) x age factor
    epidermis = ultrasound of the site x sqrt(histology / ultrasound)
    sd^2      = sd between people^2 + (mean x |ln ratio| / 2)^2

For a person of unknown sex, the mean of both sexes is taken and half their difference adds to the spread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scarplan.anatomy.zones import zone as find_zone
from scarplan.evidence.library import quantity

Sex = Literal["female", "male"]
SEXES: tuple[Sex, ...] = ("female", "male")

# Decades of the age factors: 20-29, 30-39, 40-49. Younger and older people take the nearest one.
_FIRST_DECADE = 2


@dataclass(frozen=True)
class SkinLayers:
    """Mean and spread (over people and between methods) of the layers of a zone, mm.

    The spread is up to half of the mean: draw a lognormal or a truncated normal, never a plain normal.
    """

    zone: str
    epidermis_mm: float
    epidermis_sd_mm: float
    dermis_mm: float
    dermis_sd_mm: float
    sources: tuple[str, ...]
    note: str = ""

    @property
    def skin_mm(self) -> float:
        """Thickness of epidermis and dermis together."""
        return self.epidermis_mm + self.dermis_mm


def layers_of(zone: str, sex: Sex | None = None, age_years: float | None = None) -> SkinLayers:
    """Return the layers of `zone`. `sex` or `age_years` None: unknown, the mix of people.

    Raises BadInput for an unknown zone.
    """
    place = find_zone(zone)
    if place.site == "trunk":
        return _layers_of_trunk(place.note)
    sexes = (sex,) if sex else SEXES
    site_ratio = quantity("anatomy.full_thickness_ratio")
    histology_ratio = quantity("anatomy.epidermis_histology_ratio")
    epidermis = _mix([_measured(place.site, "epidermis", each) for each in sexes])
    dermis = _mix([_aged(_measured(place.site, "dermis", each), each, age_years) for each in sexes])
    epidermis_mm, epidermis_sd_mm = _between_methods(*epidermis, ratio=histology_ratio.value)
    dermis_mm, dermis_sd_mm = _between_methods(*dermis, ratio=site_ratio.value)
    sources = (quantity(f"anatomy.us_{place.site}_dermis_female_mm").source, site_ratio.source, histology_ratio.source)
    return SkinLayers(place.id, epidermis_mm, epidermis_sd_mm, dermis_mm, dermis_sd_mm, sources, place.note)


def _measured(site: str, layer: str, sex: Sex) -> tuple[float, float]:
    return _mean_sd(f"anatomy.us_{site}_{layer}_{sex}_mm")


def _mean_sd(name: str) -> tuple[float, float]:
    """Return value and spread of a measured thickness; every one of this room carries a prior with its spread."""
    row = quantity(name)
    if row.prior is None or row.prior.spread is None:
        raise ValueError(f"quantity {name} has no spread")
    return row.value, row.prior.spread


def _aged(mean_sd: tuple[float, float], sex: Sex, age_years: float | None) -> tuple[float, float]:
    if age_years is None:
        return mean_sd
    factors = quantity(f"anatomy.dermis_age_factor_{sex}").value
    decade = min(max(int(age_years // 10) - _FIRST_DECADE, 0), len(factors) - 1)
    return mean_sd[0] * factors[decade], mean_sd[1] * factors[decade]


def _mix(groups: list[tuple[float, float]]) -> tuple[float, float]:
    """Return mean and sd of an equal mix of groups with the given means and sds."""
    mean = sum(group[0] for group in groups) / len(groups)
    variance = sum(group[1] ** 2 + (group[0] - mean) ** 2 for group in groups) / len(groups)
    return mean, math.sqrt(variance)


def _between_methods(mean: float, sd: float, *, ratio: float) -> tuple[float, float]:
    """Return mean and sd in the middle of two methods of which the other reads `ratio` times as much."""
    middle = math.sqrt(ratio)
    centre = mean * middle
    return centre, math.hypot(sd * middle, centre * abs(math.log(ratio)) / 2)


def _layers_of_trunk(note: str) -> SkinLayers:
    names = ("anatomy.trunk_epidermis_mm", "anatomy.trunk_dermis_mm")
    sources = tuple(dict.fromkeys(quantity(name).source for name in names))
    return SkinLayers("trunk", *_mean_sd(names[0]), *_mean_sd(names[1]), sources, note)
