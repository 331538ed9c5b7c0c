"""The patches of skin that the constants of `scars` are fitted on: which generator draws each, and from what seed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from varied_skin import add_varied_scars, draw_structured_skin, draw_varied_skin

from scars import foreign_skin, third_skin
from scars.scarred_skin import GeneratedSkin as ForeignSkin
from scars.scarred_skin import TrueScar as ForeignScar
from scars.skin_generator import CONDITIONS, GeneratedSkin, SkinOptions, add_scars, make_skin

__all__ = ["CHEEK", "GENERATORS", "PATCHES", "ForeignScar", "ForeignSkin", "draw_patch", "generator_of"]

CHEEK = Path(__file__).parents[2] / "shared/data/LeePerrySmith/cheek_right_30mm_100um.npy"
CHEEK_COUNTS = (("rolling", 3), ("boxcar", 5), ("icepick", 7))
#: Other generators by the first word of a sort.
FOREIGN = {"second": foreign_skin, "third": third_skin}
#: Patches of each sort: first seed and how many.
PATCHES = {
    "standard": (100, 8), "no undulation": (100, 4), "shallow": (100, 6), "undulation": (100, 3), "rough": (100, 3),
    "hard": (100, 12), "hard shallow": (100, 8), "hard rough": (100, 6), "hard noise": (100, 4),
    "hard undulation": (100, 6), "everything": (100, 10), "hard blank": (100, 6), "varied": (5000, 90),
    "varied blank": (5000, 12), "cheek": (100, 8), "structured": (6000, 40), "structured blank": (6500, 16),
    **{
        f"{name} {condition}": (20_000 + 100 * k, count)
        for k, (condition, count) in enumerate(
            (("standard", 10), ("shallow", 12), ("noisy", 5), ("rough", 5), ("undulation", 5), ("everything", 6),
             ("blank", 4), ("cheek", 4))
        )
        for name in FOREIGN
    },
}  # fmt: skip
#: Patches of other generators are told at this pixel (mm) where their seed is odd, at their own where it is even.
COARSE_PIXEL_MM = 0.1
#: Half contrast of the scanner that is thought to have seen the scars put into the cheek by other generators, per mm.
CHEEK_CONTRAST_PER_MM = 3.5
#: Who draws training skin: each is left out once to choose what is fitted.
GENERATORS = ("own", "varied", *FOREIGN)


def generator_of(sort: str) -> str:
    """Return who drew the patches of a sort: "own", "varied", "second" or "third"."""
    first = sort.split()[0]
    return "varied" if first in ("varied", "structured") else first if first in FOREIGN else "own"


def draw_patch(sort: str, seed: int) -> GeneratedSkin | ForeignSkin:
    """Return one training patch."""
    if generator_of(sort) in FOREIGN:
        return _draw_foreign(FOREIGN[sort.split()[0]], sort.split()[1], seed)
    if sort.startswith("structured"):
        return draw_structured_skin(seed, blank=sort.endswith("blank"))
    if sort.startswith("varied"):
        return draw_varied_skin(seed, blank=sort.endswith("blank"))
    if sort == "cheek":
        cheek, random = np.load(CHEEK).astype(float), np.random.default_rng(seed)
        options = SkinOptions(pixel_mm=0.1, noise_mm=0.0, counts=CHEEK_COUNTS)
        if seed % 2:
            return add_varied_scars(random, cheek, options, counts=CHEEK_COUNTS)
        return add_scars(random, cheek, options)
    return make_skin(seed, CONDITIONS[sort])


def _draw_foreign(generator: ModuleType, condition: str, seed: int) -> ForeignSkin:
    if condition == "cheek":
        random = np.random.default_rng([8, seed])
        return generator.put_scars(random, np.load(CHEEK).astype(float), generator.CHEEK, CHEEK_CONTRAST_PER_MM)
    options = generator.CONDITIONS[condition]
    return generator.make_skin(seed, replace(options, pixel_mm=COARSE_PIXEL_MM) if seed % 2 else options)
