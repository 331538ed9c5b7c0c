"""Change between two visits, and the same skin or another, on seeds that no constant was fitted to.

    python benchmarks/follow_up.py --seeds 4 [--first 7000] [--skins second,third] [--conditions same_day,follow_up]
    python benchmarks/follow_up.py --impostors 60 [--first 9000] [--sizes 12,16]

Skin is drawn once at 0.05 mm, without noise; each visit samples it on its own grid of 0.1 mm under its own pose, with
its own noise. Half of the scars stay as they are; of the rest, every second one is scaled to 0.5-0.9 of its depth and
the others are filled to 0.55-0.85 of theirs. The true change is that of the scar's own relief by the contract (mean of
the deepest 1 % of its region). Pairs are counted where `compare` says that it measured both visits directly.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from scarplan.scars.find import find_scars_in
from scarplan.surface.surface import Scan, Surface
from scarplan.visits import ScarChange, compare_visits, register_surfaces
from scars import foreign_skin, third_skin
from scars.matching import match_regions
from scars.scarred_skin import GeneratedSkin
from scars.skin_generator import band_noise
from visits.rescanned_skin import Pose, sample_skin

GENERATORS: dict[str, ModuleType] = {"second": foreign_skin, "third": third_skin}
COUNTS = (("icepick", 7), ("boxcar", 5), ("rolling", 4), ("raised", 1))
BARE = {"noise_mm": 0.0, "holes": 0, "blobs": 0, "hairs": 0, "spikes": 0, "stubble": 0}
ALONE = {"touching": 0, "nested": 0, "at_edge": 0, "tracts": 0}
Z90, Z95 = 1.645, 1.96
#: What counts as no change at all, and the change from which a scar has surely changed, in detectable changes.
NONE_MM, TWICE = 1e-6, 2.0


@dataclass(frozen=True)
class Condition:
    """How the second visit differs: what the person does, the device's noise, and fine relief that is new (rms)."""

    pose: Pose
    noise_mm: float = 0.010
    new_relief_mm: float = 0.0
    grain: bool = False  # half of the noise's power correlated over 0.2 mm
    pixel_mm: float = 0.1


SAME_DAY = Pose(turn=0.2, shift_mm=(1.3, -0.8), plane=(0.02, 0.01))
FOLLOW_UP = Pose(turn=-0.3, shift_mm=(-1.0, 1.2), plane=(0.02, 0.01), bend_mm=0.1, stretch_mm=0.08)
CONDITIONS = {
    "same_day": Condition(SAME_DAY),
    "follow_up": Condition(FOLLOW_UP),
    "same_day_grain": Condition(SAME_DAY, grain=True),
    "follow_up_relief": Condition(FOLLOW_UP, new_relief_mm=0.012),
    "noisy": Condition(FOLLOW_UP, noise_mm=0.020),
}


@dataclass(frozen=True)
class Pair:
    """One true scar on both visits: mm; `kind` by the generator."""

    kind: str
    width_mm: float
    true_mm: float
    how: str
    told: ScarChange

    @property
    def error_mm(self) -> float:
        return self.told.depth_change_mm - self.true_mm


def options_of(skin: ModuleType, size_mm: float) -> object:
    """Return options of bare skin with scars that stand alone, of either generator."""
    base = skin.CONDITIONS["standard"]
    fields = {name: value for name, value in (BARE | ALONE).items() if hasattr(base, name)}
    share = (size_mm / 30.0) ** 2
    counts = tuple((kind, round(0.8 * n * share) if size_mm < 20 else n) for kind, n in COUNTS)
    return replace(base, size_mm=(size_mm, size_mm), counts=counts, **fields)


def change_scars(rng: np.random.Generator, skin: GeneratedSkin) -> tuple[np.ndarray, list[tuple[str, float]]]:
    """Return the relief of the second visit and what happened to each scar: how, and its change of depth (mm)."""
    relief, told = skin.relief_mm.copy(), []
    for number, scar in enumerate(skin.scars):
        before = np.abs(scar.field_mm)
        how = "unchanged" if number % 2 else ("scaled" if number % 4 else "filled")
        if how == "scaled":
            after = before * rng.uniform(0.5, 0.9)
        elif how == "filled":
            after = np.minimum(before, rng.uniform(0.55, 0.85) * before.max())
        else:
            after = before
        relief[scar.place] += np.sign(scar.depth_mm) * (before - after)
        told.append((how, np.sign(scar.depth_mm) * (contract_depth(after) - contract_depth(before))))
    return relief, told


def contract_depth(field_mm: np.ndarray) -> float:
    """Return the contract's depth of a field drawn at 0.05 mm: the mean over the ways to put pixels of 0.1 mm on it."""
    return float(np.mean([_deepest(field_mm[down::2, right::2]) for down in (0, 1) for right in (0, 1)]))


def _deepest(field_mm: np.ndarray) -> float:
    """Return the mean of the deepest 1 % (3 pixels at least) of the region deeper than 10 % of the depth."""
    values = np.sort(field_mm.ravel())[::-1]
    depth = values[:3].mean()
    for _ in range(8):
        depth = float(values[: max(3, round(0.01 * (values > 0.1 * depth).sum()))].mean())
    return depth


def visit(rng: np.random.Generator, relief: np.ndarray, pose: Pose, condition: Condition, size_mm: float) -> Surface:
    """Return one visit of `relief` (0.05 mm): sampled under its pose, with its own noise."""
    pixel = condition.pixel_mm
    seen = sample_skin(relief, 0.05, size_mm, pose, pixel)
    noise = rng.standard_normal(seen.shape)
    if condition.grain:
        noise = (noise + band_noise(rng, seen.shape, pixel, 0.2, 0.6)) / np.sqrt(2)
    seen = seen + condition.noise_mm * noise
    return Surface("map", seen, np.isfinite(seen), pixel)


def compare_one(skin: ModuleType, seed: int, condition: Condition, *, size_mm: float = 30.0) -> list[Pair]:
    """Return the pairs of true scars of one patch of skin."""
    drawn = skin.make_skin(seed, options_of(skin, size_mm))
    rng = np.random.default_rng([seed, 1])
    relief, truth = change_scars(rng, drawn)
    relief = relief + condition.new_relief_mm * band_noise(rng, relief.shape, 0.05, 0.4, 1.5)
    before = visit(rng, drawn.relief_mm, Pose(), condition, size_mm)
    after = visit(rng, relief, condition.pose, condition, size_mm)
    maps = find_scars_in(before), find_scars_in(after)
    found = compare_visits(Scan((before,)), maps[0], Scan((after,)), maps[1], admit=lambda laid: laid)
    regions = [scar.region[::2, ::2] for scar in drawn.scars]
    told = match_regions(regions, maps[0].labels["map"], [scar.id for scar in maps[0].scars])
    by_id = {one.id_a: one for one in found.changes if one.id_b is not None and one.is_direct}
    return [
        Pair(drawn.scars[i].kind, drawn.scars[i].width_mm, truth[i][1], truth[i][0], by_id[scar_id])
        for i, scar_id in told.pairs
        if scar_id in by_id and not drawn.scars[i].cut
    ]


def tell(name: str, pairs: list[Pair]) -> str:
    """Return one line: what `compare` says of these pairs, held against the truth."""
    if not pairs:
        return f"{name:34s} no pairs"
    error, sd = (np.array([p.error_mm for p in pairs]), np.array([p.told.sd_mm for p in pairs]))
    least = np.array([p.told.detectable_mm for p in pairs])
    still = np.array([abs(p.true_mm) < NONE_MM for p in pairs])
    told = np.array([p.told.is_detectable for p in pairs])
    sure = ~still & (np.abs([p.true_mm for p in pairs]) > TWICE * least)
    z = np.abs(error) / sd
    bias = error[~still].mean() if (~still).any() else 0.0

    def share(which: np.ndarray, of: np.ndarray) -> str:
        return f"{which[of].mean():.3f}" if of.any() else "  -  "

    return (
        f"{name:34s} n {len(pairs):4d} still {still.sum():4d}  detectable {1000 * np.median(least):5.1f}"
        f"  bias {1000 * bias:6.1f}  rms {1000 * np.sqrt((error**2).mean()):5.1f}"
        f"  90%: changed {share(z < Z90, ~still)} still {share(z < Z90, still)}"
        f"  95%: changed {share(z < Z95, ~still)}  false {share(told, still)}  power {share(told, sure)} ({sure.sum()})"
    )


def report(pairs: list[Pair], name: str) -> Iterator[str]:
    """Yield lines for all pairs, for ice-picks and the rest, and for each way to change."""
    yield tell(f"{name}: all", pairs)
    yield tell(f"{name}: ice-picks", [p for p in pairs if p.kind == "icepick"])
    yield tell(f"{name}: not ice-picks", [p for p in pairs if p.kind != "icepick"])
    for how in ("scaled", "filled"):
        yield tell(f"{name}: {how}", [p for p in pairs if p.how == how])


def judge_changes(skins: list[str], conditions: list[str], seeds: range) -> None:
    for condition in conditions:
        every: list[Pair] = []
        for name in skins:
            pairs = [p for seed in seeds for p in compare_one(GENERATORS[name], seed, CONDITIONS[condition])]
            print(tell(f"{condition}, {name}", pairs), flush=True)
            every += pairs
        print("\n".join(report(every, condition)), flush=True)


def judge_impostors(skins: list[str], sizes_mm: list[float], count: int, first: int) -> None:
    """Lay different skins of one generator over each other, and the same skin over itself."""
    condition = CONDITIONS["follow_up"]
    for size in sizes_mm:
        for name in skins:
            started, rows, own = time.process_time(), [], []
            # So many skins give so many pairs: each is laid over the next ones in turn.
            number = max(3, int(np.ceil((1 + np.sqrt(1 + 8 * count)) / 2)))
            made = [_scarred(GENERATORS[name], first + k, condition, size) for k in range(number)]
            pairs = [(i, j) for i in range(number) for j in range(i + 1, number)][:count]
            for i, j in pairs:
                laid = register_surfaces(made[i][0], made[j][1], before_labels=made[i][2])
                rows.append(_likeness(laid))
            for before, after, labels in made[: max(3, count // 20)]:
                own.append(_likeness(register_surfaces(before, after, before_labels=labels)))
            other, same = np.array(rows), np.array(own)
            print(
                f"{size:4.0f} mm, {name:7s} different {len(other):4d}: correlation at most {other[:, 0].max():.2f},",
                end="",
            )
            print(f" z at most {other[:, 1].max():.1f}, taken for the same {int(other[:, 2].sum())};", end="")
            print(f" same {len(same):3d}: correlation at least {same[:, 0].min():.2f}, z at least", end="")
            print(f" {same[:, 1].min():.1f}, taken {int(same[:, 2].sum())}", end="")
            print(f" ({time.process_time() - started:.0f} CPU s)", flush=True)


def _scarred(skin: ModuleType, seed: int, condition: Condition, size_mm: float) -> tuple[Surface, Surface, np.ndarray]:
    drawn = skin.make_skin(seed, options_of(skin, size_mm))
    rng = np.random.default_rng([seed, 2])
    before = visit(rng, drawn.relief_mm, Pose(), condition, size_mm)
    after = visit(rng, drawn.relief_mm, condition.pose, condition, size_mm)
    labels = np.zeros(before.shape, np.int32)
    for number, scar in enumerate(drawn.scars, start=1):
        labels[scar.region[::2, ::2]] = number
    return before, after, labels


def _likeness(laid: object) -> tuple[float, float, bool]:
    like = laid.likeness
    return like.correlation, float(np.arctanh(like.correlation) * np.sqrt(max(like.pieces - 3, 0))), like.is_same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=7000)
    parser.add_argument("--skins", default="second,third")
    parser.add_argument("--conditions", default="same_day,follow_up")
    parser.add_argument("--impostors", type=int, default=0)
    parser.add_argument("--sizes", default="12,16")
    given = parser.parse_args()
    skins = given.skins.split(",")
    if given.impostors:
        judge_impostors(skins, [float(size) for size in given.sizes.split(",")], given.impostors, given.first)
    else:
        judge_changes(skins, given.conditions.split(","), range(given.first, given.first + given.seeds))


if __name__ == "__main__":
    main()
