"""A case with a scan and an examination: the plan follows the scan, and what does not fit together is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from scarplan.evidence.library import value_of
from scarplan.examination import DEPRESSED_KINDS, say_total
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.indications import ANSWER_WORDS, find_use
from scarplan.planning.basis import ScarBasis
from scarplan.records.assessment import place_in_words

Row = Mapping[str, Any]


def compare_with(assess: Row, basis: ScarBasis) -> ScarBasis:
    """Return the basis from a scan with a warning for each point in which an examination contradicts it."""
    return replace(basis, warnings=(*basis.warnings, *_contradictions(basis.scars, assess)))


def ask_for_scars(scan: Row, basis: ScarBasis) -> ScarBasis:
    """Return the basis from an examination with a warning about the scan of the case, whose scars were not found."""
    if (scan.get("resolves") or {}).get("shows_scars") is False:
        said = "the scan of this case cannot show scars: the plan rests on the examination alone"
    else:
        said = "the case has a scan: find its scars (`scarplan scars CASE`) to plan from it"
    return replace(basis, warnings=(*basis.warnings, said))


def _contradictions(scars: ScarDraws, assess: Row) -> Iterator[str]:
    found, use = scars.depth_mm.shape[1], find_use(assess["use"])
    if use.answer != "forecast":
        yield (
            f"the examination is about another use, {use.name.lower()}: {ANSWER_WORDS[use.answer]}; the plan is "
            "for the dents of the scan alone"
        )
    if assess["flat_marks"] == "only":
        yield (
            f"the examination says flat marks only, the scan shows {found} depressed scars: look again before the "
            "plan is approved"
        )
    for zone in assess["zones"]:
        seen = int(scars.is_in(zone["zone"], zone["side"]).sum())
        counts = [zone["counts"][kind] for kind in DEPRESSED_KINDS]
        if seen and None not in counts:
            ranges = [(row["low"], row["high"]) for row in counts if row]
            if _is_far(seen, sum(low for low, _ in ranges), sum(high for _, high in ranges)):
                yield (
                    f"{place_in_words(zone['zone'], zone['side'])}: {say_total(ranges)} depressed scars counted in "
                    f"the examination, {seen} found in the scan; the plan follows the scan"
                )


def _is_far(seen: int, low: int, high: int) -> bool:
    """Whether a number lies outside a range by more than two people, or a person and a program, count apart."""
    factor, least = value_of("planning.counts_apart_factor"), value_of("planning.counts_apart_least")
    return seen > max(factor * high, high + least) or seen < min(low / factor, low - least)
