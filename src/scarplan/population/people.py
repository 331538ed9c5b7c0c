"""Virtual patients: faces with scars of each kind, and how much collagen people of an age make.

The scars are drawn by the code that draws the scars of an examination; how many of each kind a face has are the
quantities `population.<kind>_count`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from scarplan.evidence.library import value_of
from scarplan.examination import DEPRESSED_KINDS, DrawnScars, draw_scars
from scarplan.response import ResponsePatient

#: Kinds by which scars are followed; boxcars split by depth.
KINDS: tuple[str, ...] = tuple(DEPRESSED_KINDS)
#: What trials call the kinds.
KINDS_OF_TRIALS = {"rolling": ("rolling",), "boxcar": ("boxcar_shallow", "boxcar_deep"), "ice_pick": ("icepick",)}
_MIDDLE_OF_THE_FACE = "cheek"


@dataclass(frozen=True)
class Population:
    """Who a trial took in, as far as it tells. None or empty: not told.

    skin_types  Fitzpatrick types 1-6
    kinds       kinds of scar that the trial was about, as trials call them
    """

    skin_types: tuple[int, ...] = ()
    mean_age_years: float | None = None
    kinds: tuple[str, ...] = ()


def draw_faces(count: int, *, seed: int) -> DrawnScars:
    """Return `count` virtual faces, one a draw; their scars [draw s] with kind, depth and width."""
    groups = []
    for number, kind in enumerate(KINDS, start=1):
        low, high = value_of(f"population.{kind}_count")
        place = {"zone": _MIDDLE_OF_THE_FACE, "side": None}
        groups.append({"id": number, "kind": kind, "low": int(low), "high": int(high), **place})
    return draw_scars({"groups": groups}, count=count, seed=seed)


def typical_patient() -> ResponsePatient:
    """Return the patient whose course is simulated; age and smoking vary between draws."""
    return ResponsePatient()


def relative_yield_of_age(mean_age_years: float | None) -> float:
    """Return how much collagen people of this mean age make, relative to the age where trials do not tell it."""
    usual = float(value_of("population.mean_age_years"))
    return _age_yield(usual if mean_age_years is None else mean_age_years) / _age_yield(usual)


def _age_yield(age_years: float) -> float:
    young, old = value_of("response.youngest_full_yield_age_years"), value_of("response.oldest_yield_age_years")
    share = float(np.clip((age_years - young) / (old - young), 0.0, 1.0))
    return 1.0 - share * (1.0 - float(value_of("response.oldest_yield")))


def volumes(faces: DrawnScars, depth_mm: Float[np.ndarray, "... draw s"]) -> Float[np.ndarray, "... draw s"]:
    """Return the volume of each scar at these depths, up to a factor: depth times width squared; 0 where none is."""
    return depth_mm * faces.width_mm**2 * faces.present


def volume_shares(faces: DrawnScars) -> Float[np.ndarray, " kind"]:
    """Return which share of the volume of all scars on the faces each kind has."""
    weight = volumes(faces, faces.depth_mm)
    shares = np.array([weight[is_of_kind(faces, index)].sum() for index in range(len(KINDS))])
    return shares / shares.sum()


def is_of_kind(faces: DrawnScars, index: int) -> Bool[np.ndarray, "draw s"]:
    """Return which scars are of the kind KINDS[index]."""
    return faces.kind_index == index
