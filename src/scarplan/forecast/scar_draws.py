"""The scars of a plan as the model's draws take them: measured on a scan, or drawn from an examination.

One column is one scar. A scan gives each scar one depth in every draw; an examination gives a group of scars whose
depths, widths and numbers differ from draw to draw. Everything that compares or forecasts courses reads this type, so
that both are planned by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.evidence.library import value_of
from scarplan.forecast.kinds import draw_tethered
from scarplan.records.plan import Side

#: A zone and its side; None where it is not known, or in the middle.
Place: TypeAlias = tuple[str | None, Side | None]


@dataclass(frozen=True, eq=False)
class ScarDraws:
    """Scars to treat, one column each.

    ids       number of the scar in the scan, or of the group of the examination that it belongs to [s]
    kinds     icepick, boxcar_shallow, boxcar_deep or rolling, one for each column
    places    zone and side, one for each column
    depth_mm  visible depth [draw s]
    width_mm  width [draw s]
    tethered  1 where a draw takes the scar for tethered, else 0 [draw s]
    present   whether the scar is there in a draw: a count may be a range [draw s]
    """

    ids: Int[np.ndarray, " s"]
    kinds: tuple[str, ...]
    places: tuple[Place, ...]
    depth_mm: Float[np.ndarray, "draw s"]
    width_mm: Float[np.ndarray, "draw s"]
    tethered: Float[np.ndarray, "draw s"]
    present: Bool[np.ndarray, "draw s"]

    @property
    def expected(self) -> Float[np.ndarray, " s"]:
        """How surely each scar is there, 0-1; their sum is the number of scars expected."""
        return self.present.mean(axis=0)

    def is_of(self, *names: str) -> Bool[np.ndarray, " s"]:
        """Return which scars are of one of these kinds; `boxcar` stands for both depths, `any` for every kind."""
        return np.array(
            [kind in names or kind.partition("_")[0] in names or "any" in names for kind in self.kinds], dtype=bool
        )

    def is_in(self, zone: str | None, side: str | None) -> Bool[np.ndarray, " s"]:
        """Return which scars lie in a zone and side."""
        return np.array([place == (zone, side) for place in self.places], dtype=bool)

    def pick(self, chosen: Bool[np.ndarray, " s"]) -> ScarDraws:
        """Return the chosen scars alone."""
        return ScarDraws(
            ids=self.ids[chosen],
            kinds=tuple(kind for kind, take in zip(self.kinds, chosen, strict=True) if take),
            places=tuple(place for place, take in zip(self.places, chosen, strict=True) if take),
            depth_mm=self.depth_mm[:, chosen],
            width_mm=self.width_mm[:, chosen],
            tethered=self.tethered[:, chosen],
            present=self.present[:, chosen],
        )

    def ids_by_place(self) -> dict[Place, tuple[int, ...]]:
        """Return the ids of each zone and side, in order, each once."""
        found: dict[Place, set[int]] = {}
        for place, number in zip(self.places, self.ids, strict=True):
            found.setdefault(place, set()).add(int(number))
        return {place: tuple(sorted(numbers)) for place, numbers in found.items()}

    def share_left(self, residual_mm: Float[np.ndarray, "draw ... s"]) -> Float[np.ndarray, "draw ..."]:
        """Return the summed depth left of the scars that are there, relative to their present depth, draw by draw.

        A draw in which none of them is there answers for them as if they were.
        """
        weights = self._weights()
        between = tuple(range(1, residual_mm.ndim - 1))
        left = (residual_mm * np.expand_dims(weights, between)).sum(axis=-1)
        return left / np.expand_dims((self.depth_mm * weights).sum(axis=-1), between)

    def share_of_volume_left(self, residual_mm: Float[np.ndarray, "draw s"]) -> Float[np.ndarray, " draw"]:
        """Return the hollow space left of the scars that are there, relative to their present one, draw by draw.

        The space of a scar counts as its depth times the square of its width: opening and shape stay, the floor rises.
        """
        weights = self._weights() * self.width_mm**2
        return (residual_mm * weights).sum(axis=-1) / (self.depth_mm * weights).sum(axis=-1)

    def mean_left(self, residual_mm: Float[np.ndarray, "draw s"]) -> float:
        """Return the depth left relative to the present depth, 0-1, as a mean over scars: each scar counts alike."""
        weights = self._weights()
        each = (residual_mm * weights).sum(axis=0) / np.maximum((self.depth_mm * weights).sum(axis=0), _TINY_MM)
        return float(np.average(each, weights=weights.sum(axis=0)))

    def _weights(self) -> Float[np.ndarray, "draw s"]:
        there = self.present.any(axis=1, keepdims=True)
        return np.where(there, self.present, True).astype(float)


# Keeps the share of a scar that is in no draw from being 0 / 0; it weighs nothing.
_TINY_MM = 1e-12


def join_scars(parts: Sequence[ScarDraws]) -> ScarDraws:
    """Return the scars of several parts as one, in their order."""
    return ScarDraws(
        ids=np.concatenate([part.ids for part in parts]),
        kinds=tuple(kind for part in parts for kind in part.kinds),
        places=tuple(place for part in parts for place in part.places),
        depth_mm=np.concatenate([part.depth_mm for part in parts], axis=1),
        width_mm=np.concatenate([part.width_mm for part in parts], axis=1),
        tethered=np.concatenate([part.tethered for part in parts], axis=1),
        present=np.concatenate([part.present for part in parts], axis=1),
    )


def measured_scars(rows: Iterable[Mapping[str, Any]], *, count: int, seed: int) -> ScarDraws:
    """Return the scars of a scan (rows of `scars --json`): the same depth and width in each of `count` draws."""
    rows = list(rows)
    depth = np.array([row["depth_mm"] for row in rows], dtype=float)
    width = np.array([row["width_mm"] for row in rows], dtype=float)
    return ScarDraws(
        ids=np.array([row["id"] for row in rows], dtype=int),
        kinds=tuple(count_as(row) for row in rows),
        places=tuple((row["zone"], row["side"]) for row in rows),
        depth_mm=np.broadcast_to(depth, (count, len(rows))),
        width_mm=np.broadcast_to(width, (count, len(rows))),
        tethered=draw_tethered(rows, count=count, seed=seed),
        present=np.ones((count, len(rows)), dtype=bool),
    )


def count_as(row: Mapping[str, Any]) -> str:
    """Return the kind that a scar of a scan is counted as: boxcars by depth."""
    if row["kind"] != "boxcar":
        return str(row["kind"])
    return "boxcar_deep" if row["depth_mm"] >= value_of("scars.boxcar_deep_mm") else "boxcar_shallow"
