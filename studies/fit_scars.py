"""Fit the constants of `scars` (rows `scar_fit.*`) on generated skin, and score them on patches held out.

    uv run python studies/fit_scars.py collect CACHE --all     every find of every training patch
    uv run python studies/fit_scars.py collect CACHE           those the search would keep, and less sure ones
    uv run python studies/fit_scars.py fit CACHE > src/scarplan/evidence/data/quantities/scar_fit.toml

The confidence learns from both what to refuse, by the shape of a find and by what lies around it; measures, kinds and
deviations are fitted on the second, where no chance find hides skin, without the patches of folds, stubble and borders
(`varied_skin.draw_structured_skin`). Patches come from the generator of the tests and from `varied_skin.py`; the seeds
of tests and benchmarks (900 and above) are never used.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from varied_skin import add_varied_scars, draw_structured_skin, draw_varied_skin

from scarplan.scars import search
from scarplan.scars.describe import Description, describe_scar
from scarplan.scars.hidden_skin import HiddenSkin, hidden_skin
from scarplan.scars.label_boxes import label_boxes
from scarplan.scars.measure import see_scar
from scarplan.scars.not_judged import find_not_judged, judged_part
from scarplan.scars.surroundings import Shown, Surroundings, look_around
from scarplan.surface.surface import Surface
from scars.matching import match_regions
from scars.skin_generator import CONDITIONS, GeneratedSkin, SkinOptions, TrueScar, add_scars, make_skin

CHEEK = Path(__file__).parents[2] / "shared/data/LeePerrySmith/cheek_right_30mm_100um.npy"
CHEEK_COUNTS = (("rolling", 3), ("boxcar", 5), ("icepick", 7))
#: Patches of each sort: first seed and how many.
PATCHES = {
    "standard": (100, 8), "no undulation": (100, 4), "shallow": (100, 6), "undulation": (100, 3), "rough": (100, 3),
    "hard": (100, 12), "hard shallow": (100, 8), "hard rough": (100, 6), "hard noise": (100, 4),
    "hard undulation": (100, 6), "everything": (100, 10), "hard blank": (100, 6), "varied": (5000, 90),
    "varied blank": (5000, 12), "cheek": (100, 8), "structured": (6000, 40), "structured blank": (6500, 16),
}  # fmt: skip
#: Finds are kept for the fit down to the least confidence of the search over this.
KEPT_FACTOR = 5.0
#: Files of what was collected, by whether every find was kept.
_FILES = {False: "finds.pickle", True: "finds_all.pickle"}
#: Of two natural finds, the one this near to the other (part of the width) is the same.
SAME_PLACE = 0.5


@dataclass(frozen=True)
class Example:
    """One find: what is known of it and of what lies around, and the scar it is (None = no scar)."""

    sort: str
    seed: int
    shape: Description
    around: Surroundings
    hidden: HiddenSkin
    snr: float
    sign: int
    place_mm: tuple[float, float]
    truth: TrueScar | None


@dataclass(frozen=True)
class Patch:
    """The finds of one patch, and how many scars are in it."""

    sort: str
    seed: int
    examples: tuple[Example, ...]
    scars: int
    area_cm2: float


def draw_patch(sort: str, seed: int) -> GeneratedSkin:
    """Return one training patch."""
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


def describe_finds(skin: GeneratedSkin, sort: str, seed: int) -> Iterator[Example]:
    """Yield every find of one patch with the truth it matches."""
    surface = Surface("map", skin.relief_mm, skin.valid, skin.pixel_mm)
    if sort.startswith("structured"):
        surface = judged_part(surface, find_not_judged(surface))
    finding = search.find_regions(surface)
    shown = Shown(
        finding.labels, finding.level_mm, surface.relief_mm, finding.scene.skin, pixel_mm=skin.pixel_mm
    )  # fmt: skip
    boxes = label_boxes(finding.labels, len(finding.finds))
    sizes = np.bincount(finding.labels.ravel(), minlength=len(finding.finds) + 1)
    ids = [i for i in range(1, len(finding.finds) + 1) if sizes[i] >= search.FEWEST_PIXELS]
    pairs = match_regions([scar.region for scar in skin.scars], finding.labels, ids).pairs
    true = {number: index for index, number in pairs}
    for number in ids:
        candidate = finding.finds[number - 1].candidate
        seen = see_scar(
            finding.labels, finding.level_mm, surface.relief_mm, finding.scene.skin, scar_id=number, chart="map",
            sign=candidate.sign, pixel_mm=skin.pixel_mm, box=boxes[number - 1],
        )  # fmt: skip
        shape = describe_scar(seen)
        around = look_around(shown, number, sign=candidate.sign, box=boxes[number - 1])
        yield Example(
            sort, seed, shape, around, hidden_skin(shape.width_mm, finding.scene.spectrum), candidate.snr,
            candidate.sign, (candidate.y_mm, candidate.x_mm),
            _without_region(skin.scars[true[number]]) if number in true else None,
        )  # fmt: skip


def _without_region(scar: TrueScar) -> TrueScar:
    return TrueScar(**{**scar.__dict__, "region": np.zeros(0, bool)})


def collect(cache: Path, *, keep_all: bool) -> None:
    """Write the finds of every training patch to `cache`."""
    usual = search.confidence
    search.confidence = lambda *a, **k: 1.0 if keep_all else KEPT_FACTOR * usual(*a, **k)
    natural = _natural_finds() if CHEEK.is_file() else []
    patches = []
    start = time.perf_counter()
    for sort, (first, count) in PATCHES.items():
        if sort == "cheek" and not CHEEK.is_file():
            continue
        for seed in range(first, first + count):
            skin = _cached_patch(cache, sort, seed)
            examples = tuple(describe_finds(skin, sort, seed))
            if sort == "cheek":  # nobody knows what the natural pits of the real cheek are
                examples = tuple(e for e in examples if e.truth is not None or not _is_natural(e, natural))
            patches.append(Patch(sort, seed, examples, len(skin.scars), skin.valid.sum() * skin.pixel_mm**2 / 100))
        print(f"{sort:16s} {time.perf_counter() - start:6.0f} s", file=sys.stderr)
    (cache / _FILES[keep_all]).write_bytes(pickle.dumps(patches))


def _cached_patch(cache: Path, sort: str, seed: int) -> GeneratedSkin:
    path = cache / f"{sort.replace(' ', '_')}_{seed}.pickle"
    if path.is_file():
        return pickle.loads(path.read_bytes())
    skin = draw_patch(sort, seed)
    cache.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(skin))
    return skin


def _natural_finds() -> list[Example]:
    cheek = np.load(CHEEK).astype(float)
    skin = GeneratedSkin(cheek, np.ones(cheek.shape, bool), 0.1)
    return list(describe_finds(skin, "cheek", 0))


def _is_natural(example: Example, natural: list[Example]) -> bool:
    return any(
        example.sign == one.sign
        and np.hypot(*np.subtract(example.place_mm, one.place_mm)) < SAME_PLACE * max(one.shape.width_mm, 0.5)
        for one in natural
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["collect", "fit"])
    parser.add_argument("cache", type=Path)
    parser.add_argument("--all", action="store_true", help="keep every find")
    arguments = parser.parse_args()
    if arguments.step == "collect":
        collect(arguments.cache, keep_all=arguments.all)
    else:
        from fit_models import print_fit

        likely, every = (pickle.loads((arguments.cache / _FILES[kept]).read_bytes()) for kept in (False, True))
        print_fit(likely, every)


if __name__ == "__main__":
    main()
