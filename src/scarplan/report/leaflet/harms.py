"""What can go wrong: what is gone within days, dark marks as people of a hundred, and what is rare."""

from __future__ import annotations

from dataclasses import dataclass

from scarplan.evidence.library import value_of
from scarplan.report.leaflet.wording import Wording
from scarplan.report.results import CaseResults


@dataclass(frozen=True)
class Harm:
    """One group of harms: its name and the sentences on it."""

    name: str
    sentences: tuple[str, ...]


def describe_harms(results: CaseResults, wording: Wording, *, is_told: bool) -> tuple[Harm, ...]:
    """Return common, dark marks, rare. `is_told`: this patient's own numbers may be given."""
    say = wording.say
    return (
        Harm(say("harm.common"), (say("harm.common_text"), _tell_days(results, wording, is_told))),
        Harm(say("harm.dark"), (_tell_dark_marks(results, wording, is_told), say("harm.dark_fade"))),
        Harm(say("harm.rare"), (say("harm.rare_text"),)),
    )


def _tell_days(results: CaseResults, wording: Wording, is_told: bool) -> str:
    band = ((results.forecast or {}).get("harms") or {}).get("downtime_days") or {}
    if not is_told or band.get("q05") is None or band.get("q95") is None:
        return wording.say("harm.days_usual", days=value_of("leaflet.transient_days"))
    low, high = (max(1, round(band[end])) for end in ("q05", "q95"))
    return wording.say("harm.days" if low < high else "harm.days_one", low=low, high=high)


def _tell_dark_marks(results: CaseResults, wording: Wording, is_told: bool) -> str:
    """Return people of a hundred: the estimate for a known skin type, else what studies counted."""
    skin_type = (results.screen or {}).get("skin_type")
    risk = ((results.forecast or {}).get("harms") or {}).get("pigment_risk") or {}
    if is_told and skin_type and risk.get("median") is not None:
        low, middle, high = (round(100 * risk[key]) for key in ("q05", "median", "q95"))
        return wording.say("harm.dark_yours", low=low, middle=middle, high=high)
    is_unknown = results.screen is not None and not skin_type
    key = "harm.dark_unknown" if is_unknown else "harm.dark_studies"
    return wording.say(key, middle=value_of("leaflet.dark_marks_of_100"))
