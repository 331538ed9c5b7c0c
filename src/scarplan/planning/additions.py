"""What may be done beside needling: plasma of the patient's own at every session, subcision before the first.

Each needs a decision and an examination of its own, so no named plan holds one. They are offered only where the
screening found nothing against drawing blood or cutting under the skin. TCA CROSS is no addition here: the model cannot
forecast it, so it stands first among the steps of every plan that has ice-picks; `describe_cross` tells its range.
"""

from __future__ import annotations

from collections.abc import Sequence

from scarplan.planning.screening import ScreeningForPlan
from scarplan.records.plan import Additions

# Rules of the screening that speak against drawing blood or cutting under the skin, unless answered no.
_AGAINST_BLEEDING = ("anticoagulant_antiplatelet", "bleeding_disorder")

#: In words, for print.
WORDS = {
    "prp": "the patient's own platelet-rich plasma at every session",
    "subcision": "bands under rolling scars cut first (subcision)",
}


def offer_additions(
    screening: ScreeningForPlan, *, not_cleared_because: Sequence[str], has_rolling: bool
) -> tuple[Additions, ...]:
    """Return the sets of additions that a plan may have, none first."""
    if not_cleared_because or any(screening.answer(rule) != "no" for rule in _AGAINST_BLEEDING):
        return ((),)
    return ((), ("prp",), ("subcision",), ("prp", "subcision")) if has_rolling else ((), ("prp",))


def additions_in_words(adjuncts: Sequence[str]) -> str:
    """Return additions as they stand after a plan: `and ...`; nothing without any."""
    return " and ".join(WORDS[name] for name in adjuncts)
