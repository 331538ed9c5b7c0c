"""Numbing of a session in numbers: lidocaine in mg and mg/kg, where strength, amount and weight are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scarplan.evidence.library import value_of
from scarplan.records.session_parts import Numbing

#: 1 % is 1 g in 100 g or 100 ml: 10 mg in each g or ml.
_MG_PER_PERCENT = 10.0


@dataclass(frozen=True)
class LidocaineGiven:
    """Lidocaine of one session. None where something of it is not known.

    cream_mg            on the skin, mg; of it an assumed share reaches the blood
    infiltrated_mg      under the skin, or by another way than a cream, mg
    counted_mg_per_kg   what is infiltrated and the absorbed share of the cream, mg per kg of body weight
    at_least_mg_per_kg  the same of what is known; None only without a weight
    most_mg_per_kg      what is taken as the most
    """

    cream_mg: float | None
    infiltrated_mg: float | None
    weight_kg: float | None
    cream_mg_per_kg: float | None
    infiltrated_mg_per_kg: float | None
    counted_mg_per_kg: float | None
    at_least_mg_per_kg: float | None
    most_mg_per_kg: float | None

    @property
    def is_above(self) -> bool:
        """Whether what is known alone is more than is taken as the most; False where that is not known."""
        if self.at_least_mg_per_kg is None or self.most_mg_per_kg is None:
            return False
        return self.at_least_mg_per_kg > self.most_mg_per_kg


def lidocaine_mg(given: Numbing) -> float | None:
    """Return the lidocaine of one anaesthetic in mg; None where strength or amount is not known."""
    amount = given.amount_g if given.amount_g is not None else given.amount_ml
    if given.lidocaine_percent == 0.0:
        return 0.0
    if given.lidocaine_percent is None or amount is None:
        return None
    return _MG_PER_PERCENT * given.lidocaine_percent * amount


def count_lidocaine(given: Sequence[Numbing], *, weight_kg: float | None) -> LidocaineGiven | None:
    """Return the lidocaine of a session; None where no anaesthetic was recorded."""
    if not given:
        return None
    creams = [lidocaine_mg(one) for one in given if one.route == "cream"]
    injected = [one for one in given if one.route != "cream"]
    others = [lidocaine_mg(one) for one in injected]
    cream, infiltrated, absorbed = _sum(creams), _sum(others), value_of("session.cream_absorbed_share")
    with_adrenaline = bool(injected) and all(one.adrenaline == "yes" for one in injected)
    name = "lidocaine_adrenaline_most_mg_per_kg" if with_adrenaline else "lidocaine_plain_most_mg_per_kg"
    counted = None
    if cream is not None and infiltrated is not None:
        counted = infiltrated + absorbed * cream
    at_least = sum(mg for mg in others if mg is not None) + absorbed * sum(mg for mg in creams if mg is not None)
    return LidocaineGiven(
        cream_mg=cream,
        infiltrated_mg=infiltrated,
        weight_kg=weight_kg,
        cream_mg_per_kg=_per_kg(cream, weight_kg),
        infiltrated_mg_per_kg=_per_kg(infiltrated, weight_kg),
        counted_mg_per_kg=_per_kg(counted, weight_kg),
        at_least_mg_per_kg=_per_kg(at_least, weight_kg),
        most_mg_per_kg=value_of(f"session.{name}"),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known, 0.0) if len(known) == len(values) else None


def _per_kg(mg: float | None, weight_kg: float | None) -> float | None:
    return None if mg is None or weight_kg is None else mg / weight_kg
