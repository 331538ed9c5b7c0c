"""Draw the scars of an examination: how many, which kind they are, how deep and how wide, from published ranges.

No depth was measured, so every draw takes other depths: part of the spread is shared by all scars of the patient and
part belongs to each scar. What is drawn for a scar depends on the seed, its group and its place in it alone, so that
every plan is compared on the same scars, and a zone added to the examination leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr

from scarplan.evidence.library import value_of
from scarplan.examination.groups import DEPRESSED_KINDS

#: Purpose of a random stream, so that no two parts of a forecast share one.
_STREAM = 31
_DEPTH, _WIDTH, _KIND, _COUNT = range(4)
#: The stream that all scars of a patient share; group numbers begin at 1.
_PATIENT = 0


@dataclass(frozen=True)
class DrawnScars:
    """The scars of one examination in every draw; a group has as many columns as its count may be at most.

    group, kinds, zones, sides   of each column: the group's id, and kind, zone and side as the examiner called them
    depth_mm, width_mm           visible depth and width in each draw
    present                      whether the draw has this scar: the count may be a range
    kind_index                   the kind it is in each draw, a place in DEPRESSED_KINDS: raters confuse kinds
    rolling                      1 where that kind is rolling, else 0
    """

    group: Int[np.ndarray, " s"]
    kinds: tuple[str, ...]
    zones: tuple[str, ...]
    sides: tuple[str | None, ...]
    depth_mm: Float[np.ndarray, "draw s"]
    width_mm: Float[np.ndarray, "draw s"]
    present: Bool[np.ndarray, "draw s"]
    kind_index: Int[np.ndarray, "draw s"]

    @property
    def rolling(self) -> Float[np.ndarray, "draw s"]:
        """1 where a draw takes the scar for a rolling one, else 0."""
        return (self.kind_index == DEPRESSED_KINDS.index("rolling")).astype(float)


def draw_scars(assess: Mapping[str, Any], *, count: int, seed: int) -> DrawnScars:
    """Return `count` draws of the scars in the `groups` of a result of `assess`."""
    groups: Sequence[Mapping[str, Any]] = assess["groups"]
    columns = [row for row in groups for _ in range(row["high"])]
    called = np.repeat([DEPRESSED_KINDS.index(row["kind"]) for row in groups], [row["high"] for row in groups])
    kind_index = _confuse(called.astype(int), _levels(groups, _KIND, count=count, seed=seed))
    return DrawnScars(
        group=np.array([row["id"] for row in columns], dtype=int),
        kinds=tuple(row["kind"] for row in columns),
        zones=tuple(row["zone"] for row in columns),
        sides=tuple(row["side"] for row in columns),
        depth_mm=_by_kind(_depth_knots, kind_index, _levels(groups, _DEPTH, count=count, seed=seed)),
        width_mm=_by_kind(_width_knots, kind_index, _levels(groups, _WIDTH, count=count, seed=seed)),
        present=_draw_present(groups, count=count, seed=seed),
        kind_index=kind_index,
    )


def _levels(groups: Sequence[Mapping[str, Any]], what: int, *, count: int, seed: int) -> Float[np.ndarray, "draw s"]:
    """Return even numbers of 0-1, alike within the patient by `examination.shared_part` of their variance."""
    shared = value_of("examination.shared_part")
    patient = _stream(seed, what, _PATIENT).standard_normal(count)
    own = [_stream(seed, what, row["id"]).standard_normal((row["high"], count)) for row in groups]
    scars = np.concatenate(own) if own else np.zeros((0, count))
    return ndtr(np.sqrt(shared) * patient + np.sqrt(1 - shared) * scars).T


def _draw_present(groups: Sequence[Mapping[str, Any]], *, count: int, seed: int) -> Bool[np.ndarray, "draw s"]:
    """Every number from the lowest to the highest is as likely."""
    columns = []
    for row in groups:
        drawn = _stream(seed, _COUNT, row["id"]).integers(row["low"], row["high"], size=count, endpoint=True)
        columns.append(np.arange(row["high"]) < drawn[:, None])
    return np.concatenate(columns, axis=1) if columns else np.zeros((count, 0), dtype=bool)


def _confuse(called: Int[np.ndarray, " s"], levels: Float[np.ndarray, "draw s"]) -> Int[np.ndarray, "draw s"]:
    """Return the kind that a scar is in each draw, given the kind that it was called."""
    # The last limit is left out: rounding must not leave a level above it.
    limits = np.cumsum(np.array(value_of("examination.kind_confusion")), axis=1)[:, :-1]
    return (levels[:, :, None] >= limits[called]).sum(axis=2)


def _by_kind(knots: Any, kind_index: Int[np.ndarray, "draw s"], levels: Float[np.ndarray, "draw s"]) -> np.ndarray:
    found = np.empty(levels.shape)
    for index, kind in enumerate(DEPRESSED_KINDS):
        values, shares = knots(kind)
        here = kind_index == index
        found[here] = np.interp(levels[here], shares, values)
    return found


def _depth_knots(kind: str) -> tuple[Sequence[float], Sequence[float]]:
    """Return depths in mm and the share of the scars of this kind that are at most so deep."""
    deep = value_of("scars.boxcar_deep_mm")
    match kind:
        case "icepick":
            return value_of("examination.icepick_depth_mm"), value_of("examination.icepick_depth_levels")
        case "boxcar_shallow":
            return (value_of("examination.boxcar_least_depth_mm"), deep), (0, 1)
        case "boxcar_deep":
            seen, most = value_of("examination.ultrasound_deepest_mm"), value_of("examination.boxcar_most_depth_mm")
            return (deep, seen, most), (0, 0.5, 1)
        case _:
            return value_of("examination.rolling_depth_mm"), (0, 1)


def _width_knots(kind: str) -> tuple[Sequence[float], Sequence[float]]:
    """Return widths in mm and the share of the scars of this kind that are at most so wide."""
    return value_of(f"examination.{kind.split('_')[0]}_width_mm"), (0, 1)


def _stream(seed: int, what: int, group: int) -> np.random.Generator:
    return np.random.default_rng([seed, _STREAM, what, group])
