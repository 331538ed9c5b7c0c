"""Fit the constants of `scars` (rows `scar_fit.*`) on generated skin, and score them on patches held out.

    uv run python studies/fit_scars.py collect CACHE           the finds of every training patch, one file a sort
    uv run python studies/fit_scars.py fit CACHE > src/scarplan/evidence/data/quantities/scar_fit.toml

Each patch is searched twice: keeping every find, and keeping those that the search would and less sure ones. The
confidence learns from both what to refuse, by the shape of a find and by what lies around it; measures, kinds and
deviations are fitted on the second, where no chance find hides skin, without the patches of folds, stubble and borders
(`varied_skin.draw_structured_skin`). Patches come from the generator of the tests, from `varied_skin.py` and from the
second and third generator of the tests, on seeds that no test or benchmark uses. Sorts whose file lies in CACHE are not
collected again: empty it when the search has changed.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from training_skin import CHEEK, PATCHES, ForeignScar, ForeignSkin, draw_patch

from scarplan.scars import search
from scarplan.scars.describe import Description, describe_scar
from scarplan.scars.hidden_skin import HiddenSkin, hidden_skin
from scarplan.scars.label_boxes import label_boxes
from scarplan.scars.measure import see_scar
from scarplan.scars.not_judged import find_not_judged, judged_part
from scarplan.scars.surroundings import Shown, Surroundings, look_around
from scarplan.surface.surface import Surface
from scars.matching import match_regions
from scars.skin_generator import GeneratedSkin, TrueScar

#: Finds are kept for the fit down to the least confidence of the search over this.
KEPT_FACTOR = 5.0
#: A find of which more than this part lies on a scar that is hardly seen is neither right nor wrong.
MOSTLY = 0.3
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
    truth: TrueScar | ForeignScar | None


@dataclass(frozen=True)
class Patch:
    """The finds of one patch, and how many scars are in it."""

    sort: str
    seed: int
    examples: tuple[Example, ...]
    scars: int
    area_cm2: float


def describe_finds(skin: GeneratedSkin | ForeignSkin, sort: str, seed: int) -> Iterator[Example]:
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
    hidden = getattr(skin, "hidden", np.zeros(finding.labels.shape, bool))
    on_hidden = np.bincount(finding.labels[hidden], minlength=sizes.size)
    ids = [i for i in ids if on_hidden[i] <= MOSTLY * sizes[i]]
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


def _without_region(scar: TrueScar | ForeignScar) -> TrueScar | ForeignScar:
    nothing = np.zeros(0, bool)
    return scar._replace(region=nothing, field_mm=nothing) if isinstance(scar, ForeignScar) else replace(
        scar, region=nothing
    )  # fmt: skip


def collect(cache: Path) -> None:
    """Write the finds of every training patch to `cache`: by sort, first those likely, then every one."""
    cache.mkdir(parents=True, exist_ok=True)
    usual = search.confidence
    natural: dict[bool, list[Example]] = {}
    start = time.perf_counter()
    for sort, (first, count) in PATCHES.items():
        path, is_cheek = cache / f"{sort.replace(' ', '_')}.pickle", sort.endswith("cheek")
        if path.is_file() or (is_cheek and not CHEEK.is_file()):
            continue
        patches: dict[bool, list[Patch]] = {False: [], True: []}
        for seed in range(first, first + count):
            skin = draw_patch(sort, seed)
            for keep_all, kept in patches.items():
                search.confidence = lambda *a, keep_all=keep_all, **k: 1.0 if keep_all else KEPT_FACTOR * usual(*a, **k)
                examples = tuple(describe_finds(skin, sort, seed))
                if is_cheek:  # nobody knows what the natural pits of the real cheek are
                    if keep_all not in natural:
                        natural[keep_all] = _natural_finds()
                    pits = natural[keep_all]
                    examples = tuple(e for e in examples if e.truth is not None or not _is_natural(e, pits))
                kept.append(Patch(sort, seed, examples, len(skin.scars), skin.valid.sum() * skin.pixel_mm**2 / 100))
        path.write_bytes(pickle.dumps((patches[False], patches[True])))
        print(f"{sort:20s} {time.perf_counter() - start:6.0f} s", file=sys.stderr, flush=True)
    search.confidence = usual


def read_collected(cache: Path) -> tuple[list[Patch], list[Patch]]:
    """Return the patches with their likely finds, and with every one."""
    files = [cache / f"{sort.replace(' ', '_')}.pickle" for sort in PATCHES]
    read = [pickle.loads(file.read_bytes()) for file in files if file.is_file()]
    return [p for likely, _ in read for p in likely], [p for _, every in read for p in every]


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
    arguments = parser.parse_args()
    if arguments.step == "collect":
        collect(arguments.cache)
    else:
        from fit_models import print_fit

        print_fit(*read_collected(arguments.cache))


if __name__ == "__main__":
    main()
