"""What the plan says on the numbing cream: the clinic's own, the label's limits, and what not to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scarplan.report.wording import SET_BY_THE_CLINIC, name_protocol_once, shorten, start_sentence


@dataclass(frozen=True)
class Numbing:
    """`cream` as the clinic sets it; `limits` in the words of the label; `warnings`: not to be used, or ask first."""

    cream: str
    limits: tuple[str, ...]
    warnings: str

    @property
    def is_set_by_clinic(self) -> bool:
        """Whether nobody has named a cream yet."""
        return self.cream == SET_BY_THE_CLINIC


def describe_numbing(plan: Mapping[str, Any], *, line_letters: int) -> Numbing:
    """Return the numbing of a plan (empty without one) in texts of at most `line_letters`."""
    anaesthesia = plan.get("anaesthesia") or {}
    options = anaesthesia.get("options") or ()
    warnings = [
        f"{start_sentence(o['use'])[:-1]}: {o['product']} ({o['why']})" for o in options if o["use"] != "possible"
    ]
    return Numbing(
        cream=shorten(
            name_protocol_once(anaesthesia.get("clinic"), plan.get("clinic_protocol")) or SET_BY_THE_CLINIC,
            line_letters,
        ),
        limits=tuple(
            shorten(_limit_in_words(option), line_letters)
            for option in options
            if option["use"] != "do not use" and option.get("at_most")
        ),
        warnings=shorten("; ".join(warnings), line_letters),
    )


def _limit_in_words(option: Mapping[str, Any]) -> str:
    said = [f"at most {option['at_most']}", *(str(option[key]) for key in ("area", "minutes") if option.get(key))]
    return f"Label of {option['product']}: {'; '.join(said)}".replace("cm2", "cm²")
