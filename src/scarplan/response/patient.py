"""What of a patient the response depends on; None is unknown, and then drawn or taken as the stricter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from scarplan.errors import BadInput

Sun = Literal["low", "usual", "high"]
SUN_LEVELS: tuple[str, ...] = get_args(Sun)
_SKIN_TYPES = range(1, 7)
_OLDEST_YEARS = 120


@dataclass(frozen=True)
class ResponsePatient:
    """What is known of a patient; None is unknown.

    Age, skin type 1-6, smoking, sun during the course ("low" | "usual" | "high"), and whether patient or family
    have had keloids.
    """

    age_years: float | None = None
    skin_type: int | None = None
    smoker: bool | None = None
    sun: Sun | None = None
    keloid: bool | None = None

    def __post_init__(self) -> None:
        _require(
            self.age_years is None or 0 < self.age_years <= _OLDEST_YEARS,
            "the age is not possible",
            code="E-RESP-001",
            got=self.age_years,
            allowed=f"above 0 and up to {_OLDEST_YEARS} years, or None for unknown",
        )
        _require(
            self.skin_type is None or self.skin_type in _SKIN_TYPES,
            "the skin type is not possible",
            code="E-RESP-002",
            got=self.skin_type,
            allowed="1 to 6, or None for unknown",
        )
        _require(
            self.sun is None or self.sun in SUN_LEVELS,
            "the amount of sun is not known to the model",
            code="E-RESP-003",
            got=self.sun,
            allowed=", ".join(SUN_LEVELS) + ", or None for unknown",
        )


def _require(is_right: bool, what: str, *, code: str, got: object, allowed: str) -> None:
    if not is_right:
        raise BadInput(what, code=code, got=got, allowed=allowed, do="correct it, or leave it unknown")
