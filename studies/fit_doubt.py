"""Fit what the surroundings of a find take from its confidence (row `scar_doubt.weights`), on generated skin.

    uv run python studies/fit_doubt.py collect CACHE     the finds of every training patch
    uv run python studies/fit_doubt.py fit CACHE         the weights, and how well they do on patches held out

Patches: `varied_skin.draw_structured_skin` (folds, stubble, borders that turn away), and plain ones of both
generators, so that nothing is taken from scars on calm skin. No seed of tests or benchmarks (900 and above) is used.
Weights are never negative, and there is no constant: surroundings without fault take nothing.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from varied_skin import draw_structured_skin, draw_varied_skin

from scarplan.scars import search
from scarplan.scars.certainty import confidence
from scarplan.scars.describe import describe_scar
from scarplan.scars.doubt import DOUBTS, doubts
from scarplan.scars.hidden_skin import hidden_skin
from scarplan.scars.label_boxes import label_boxes
from scarplan.scars.measure import see_scar
from scarplan.scars.not_judged import find_not_judged, judged_part
from scarplan.scars.surroundings import Shown, Surroundings, look_around
from scarplan.surface.surface import Surface
from scars.matching import match_regions
from scars.skin_generator import CONDITIONS, GeneratedSkin, make_skin

PATCHES = {
    "structured": (6000, 40), "structured blank": (6500, 16), "varied": (5000, 12), "hard": (100, 1),
    "everything": (100, 1), "hard shallow": (100, 2),
}  # fmt: skip
#: Weights are drawn towards nothing by this much.
_SHRINK = 0.5
#: A scar lost weighs as much as so many chance finds that stay.
_SCARS_WEIGH = 1.5
#: Every fourth patch is held out.
_HELD_OUT = 4


def draw_patch(sort: str, seed: int) -> GeneratedSkin:
    """Return one training patch."""
    if sort.startswith("structured"):
        return draw_structured_skin(seed, blank=sort.endswith("blank"))
    return draw_varied_skin(seed) if sort == "varied" else make_skin(seed, CONDITIONS[sort])


def collect(cache: Path) -> None:
    """Write log odds, doubts and truth of every find of every patch to `cache`."""
    rows = []
    for sort, (first, count) in PATCHES.items():
        for seed in range(first, first + count):
            rows += [(sort, seed, *row) for row in describe_finds(draw_patch(sort, seed))]
        print(sort, len(rows), file=sys.stderr)
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "doubts.pickle").write_bytes(pickle.dumps(rows))


def describe_finds(skin: GeneratedSkin) -> list[tuple[float, np.ndarray, str, float, Surroundings]]:
    """Return log odds, doubts, kind of the true scar (or ""), width (mm) and surroundings of each find of a patch."""
    surface = Surface("map", skin.relief_mm, skin.valid, skin.pixel_mm)
    surface = judged_part(surface, find_not_judged(surface))
    finding = search.find_regions(surface)
    shown = Shown(
        finding.labels, finding.level_mm, surface.relief_mm, finding.scene.skin, pixel_mm=skin.pixel_mm
    )  # fmt: skip
    boxes = label_boxes(finding.labels, len(finding.finds))
    sizes = np.bincount(finding.labels.ravel(), minlength=len(finding.finds) + 1)
    ids = [i for i in range(1, len(finding.finds) + 1) if sizes[i] >= search.FEWEST_PIXELS]
    true = {n: skin.scars[k].kind for k, n in match_regions([s.region for s in skin.scars], finding.labels, ids).pairs}
    rows = []
    for number in ids:
        one = finding.finds[number - 1].candidate
        seen = see_scar(
            finding.labels, finding.level_mm, surface.relief_mm, finding.scene.skin, scar_id=number, chart="map",
            sign=one.sign, pixel_mm=skin.pixel_mm, box=boxes[number - 1],
        )  # fmt: skip
        shape = describe_scar(seen)
        hidden = hidden_skin(shape.width_mm, finding.scene.spectrum)
        sure = np.clip(confidence(shape, hidden, snr=one.snr, sign=one.sign), 1e-3, 1 - 1e-3)
        around = look_around(shown, number, sign=one.sign, box=boxes[number - 1])
        told = doubts(around, width_mm=shape.width_mm, sign=one.sign)
        rows.append((float(np.log(sure / (1 - sure))), told, true.get(number, ""), shape.width_mm, around))
    return rows


def fit(cache: Path) -> None:
    """Print the weights fitted on all patches, and the score of those fitted without every fourth patch there."""
    rows = pickle.loads((cache / "doubts.pickle").read_bytes())
    odds, told = np.array([r[2] for r in rows]), np.array([r[3] for r in rows])
    is_true, seeds = np.array([bool(r[4]) for r in rows]), np.array([r[1] for r in rows])
    out = seeds % _HELD_OUT == 0
    for name, train, test in (("held out", ~out, out), ("all", np.ones_like(out), np.ones_like(out))):
        weights = _weigh(odds[train], told[train], is_true[train])
        print(f"# {name}: log score before {_score(odds, told, is_true, 0 * weights, test):.3f}, "
              f"after {_score(odds, told, is_true, weights, test):.3f}")  # fmt: skip
        after = odds - told @ weights
        for kind in sorted({r[4] for r in rows}):
            mine = test & (np.array([r[4] for r in rows]) == kind)
            print(f"#   {kind or 'no scar':8s} {mine.sum():5d}  listed before {(odds[mine] > 0).sum():4d}, "
                  f"after {(after[mine] > 0).sum():4d}")  # fmt: skip
    print("weights =", [round(float(w), 3) for w in weights], "#", ", ".join(DOUBTS))


def _weigh(odds: np.ndarray, told: np.ndarray, is_true: np.ndarray) -> np.ndarray:
    sign, count = np.where(is_true, 1.0, -1.0), np.where(is_true, _SCARS_WEIGH, 1.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (odds - told @ weights)
        slope = sign * count / (1 + np.exp(margin))
        lost = float((count * np.logaddexp(0, -margin)).sum() + _SHRINK * (weights**2).sum())
        return lost, slope @ told + 2 * _SHRINK * weights

    start = np.full(told.shape[1], 0.1)
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * start.size).x


def _score(odds: np.ndarray, told: np.ndarray, is_true: np.ndarray, weights: np.ndarray, test: np.ndarray) -> float:
    margin = np.where(is_true, 1.0, -1.0) * (odds - told @ weights)
    return float(np.logaddexp(0, -margin[test]).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["collect", "fit"])
    parser.add_argument("cache", type=Path)
    given = parser.parse_args()
    (collect if given.what == "collect" else fit)(given.cache)
