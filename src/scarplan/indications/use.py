"""Use: one thing that needling is used for, what is done about it here, and what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from scarplan.indications.region import Region
from scarplan.indications.statement import Evidence

Answer: TypeAlias = Literal["forecast", "documented_only", "not_for_this_product"]

#: From the most that is done to the least.
ANSWERS: tuple[Answer, ...] = get_args(Answer)

ANSWER_WORDS: Mapping[Answer, str] = {
    "forecast": "forecast",
    "documented_only": "documented only",
    "not_for_this_product": "not for this product",
}


@dataclass(frozen=True)
class RegionAnswer:
    """What is done about a use in one region, why, and what to do instead."""

    region: Region
    answer: Answer
    why: str
    what_to_do: str


@dataclass(frozen=True)
class Use:
    """A use of needling. `regions`: where people ask for it; `answer`: what is done about it unless a region differs.

    forecast: planned and forecast with its range. documented_only: screened, photographed and followed, without
    settings or a forecast. not_for_this_product: neither. `unknown` says what nobody has found out yet.
    """

    id: str
    name: str
    regions: tuple[Region, ...]
    answer: Answer
    why: str
    what_to_do: str
    unknown: str
    evidence: tuple[Evidence, ...]
    aliases: tuple[str, ...] = ()
    by_region: tuple[RegionAnswer, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of every source of this use, each once, in the order of the statements."""
        return tuple(dict.fromkeys(source for statement in self.evidence for source in statement.sources))

    def in_region(self, region: Region) -> RegionAnswer:
        """Return what is done about this use in `region`.

        A forecast is only ever given where the use has that region: elsewhere nothing was tested.
        """
        for own in self.by_region:
            if own.region == region:
                return own
        if region in self.regions:
            return RegionAnswer(region, self.answer, self.why, self.what_to_do)
        why = f"Nothing about {self.name.lower()} there was looked for or found."
        if self.answer == "forecast":
            return RegionAnswer(region, "documented_only", why, "Screen, photograph and keep the patient's own scores.")
        return RegionAnswer(region, self.answer, f"{why} {self.why}", self.what_to_do)

    def answer_in(self, region: Region) -> Answer:
        """Return the answer for this use in `region`."""
        return self.in_region(region).answer
