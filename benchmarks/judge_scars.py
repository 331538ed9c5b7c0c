"""The whole table of targets, through the public commands, on seeds that no constant was fitted to.

    python benchmarks/judge_scars.py --seeds 3 [--first 4000] [--skin second|third|fourth] [--conditions standard,blank]
        [--quick] [--faults]

Each patch is written as NPY, read with `scarplan scan`, searched with `scarplan scars --json`; labels are read from
`scars.npz`. Everything that is listed in "scars" counts ("listed"); beside it stands the same for the scars that are
counted in the headline ("sure": not in "low_confidence"). A scar cut by the edge or a hole counts as found or missed,
but is not measured. Match: IoU >= 0.25, one to one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from public_path import Told, ask, run_scarplan

from scars import foreign_skin, fourth_skin, third_skin
from scars.matching import match_regions
from scars.scarred_skin import GeneratedSkin, TrueScar, visibility

CHEEK_FILE = Path(__file__).parents[2] / "shared/data/LeePerrySmith/cheek_right_30mm_100um.npy"
#: The finder is fitted on the second and third from seed 20000 on, on the fourth nowhere; see `scars.scarred_skin`.
GENERATORS = {"second": foreign_skin, "third": third_skin, "fourth": fourth_skin}
SEEN_BY_AN_IDEAL_OBSERVER = 5.0  # d'
CHEEK_CONTRAST_PER_MM = 3.5  # half contrast of the scanner that is thought to have seen the scars of the cheek
Z90 = 1.645
Row = tuple[str, str, str, bool]


@dataclass
class Tally:
    """What was counted on the patches of one condition, for one way of counting (listed or sure)."""

    truths: int = 0
    finds: int = 0
    pairs: int = 0
    area_cm2: float = 0.0
    seen: list[tuple[bool, bool]] = field(default_factory=list)  # (an ideal observer sees it, found)
    by_kind: list[tuple[str, bool]] = field(default_factory=list)
    measured: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.pairs / self.truths if self.truths else np.nan

    @property
    def precision(self) -> float:
        return self.pairs / self.finds if self.finds else np.nan

    @property
    def f1(self) -> float:
        return 2 * self.pairs / (self.truths + self.finds) if self.truths else np.nan

    @property
    def false_per_10cm2(self) -> float:
        return 10 * (self.finds - self.pairs) / self.area_cm2

    def of(self, name: str) -> np.ndarray:
        return np.array([one[name] for one in self.measured], float)


def count(
    tally: Tally, skin: GeneratedSkin, told: Told, ids: Iterable[int], *, visible: list[bool] | None = None
) -> None:
    """Add one patch to the tally."""
    ids = [one for one in ids if not _mostly(told.labels == one, skin.hidden)]
    match = match_regions([scar.region for scar in skin.scars], told.labels, ids)
    found = {index for index, _ in match.pairs}
    tally.faults += wrong_finds(skin, told, ids, match.pairs)
    tally.truths += match.truths
    tally.finds += match.finds
    tally.pairs += len(match.pairs)
    tally.area_cm2 += float(skin.valid.sum()) * skin.pixel_mm**2 / 100
    tally.by_kind += [(scar.kind, k in found) for k, scar in enumerate(skin.scars)]
    if visible is not None:
        tally.seen += [(visible[k], k in found) for k in range(len(skin.scars))]
    for index, number in match.pairs:
        truth, row = skin.scars[index], told.rows[number]
        p = max(row["kind_probability"][truth.kind], 1e-6)
        tally.faults += [] if truth.cut else wrong_intervals(truth, row)
        tally.measured.append(
            {
                "kind": truth.kind,
                "cut": truth.cut,
                "depth": abs(row["depth_mm"]) - abs(truth.depth_mm),
                "volume": row["volume_mm3"] / truth.volume_mm3 - 1,
                "depth in": abs(row["depth_mm"] - truth.depth_mm) < Z90 * row["depth_sd_mm"],
                "volume in": abs(row["volume_mm3"] - truth.volume_mm3) < Z90 * row["volume_sd_mm3"],
                "right": row["kind"] == truth.kind,
                "surest": max(row["kind_probability"].values()),
                "ambiguous": truth.ambiguous,
                "log": -np.log(p),
            }
        )


def wrong_finds(skin: GeneratedSkin, told: Told, ids: list[int], pairs: Iterable[tuple[int, int]]) -> list[str]:
    """Return one line for each scar that was missed and each find that is none, with what lies there instead."""
    lines = []
    matched, used = (set(one) for one in zip(*pairs, strict=True)) if pairs else (set(), set())
    for k, scar in enumerate(skin.scars):
        if k not in matched:
            there = [one for one in ids if (told.labels[scar.region] == one).mean() > 0.1]
            lines.append(
                f"missed {_describe_truth(scar)}; finds there: {[_describe_find(told.rows[i]) for i in there]}"
            )
    for one in ids:
        if one not in used:
            own = told.labels == one
            there = [_describe_truth(scar) for scar in skin.scars if (own & scar.region).sum() > 0.1 * own.sum()]
            lines.append(f"false {_describe_find(told.rows[one])}; true scars there: {there}")
    return lines


def wrong_intervals(truth: TrueScar, row: dict[str, Any]) -> list[str]:
    """Return one line for each 90 % interval of one scar that does not hold the truth."""
    lines = []
    for name, true, unit in (("depth", truth.depth_mm, "mm"), ("volume", truth.volume_mm3, "mm3")):
        off, sd = row[f"{name}_{unit}"] - true, row[f"{name}_sd_{unit}"]
        if abs(off) >= Z90 * sd:
            lines.append(f"{name} off by {off / sd:+.1f} sd = {100 * off / true:+.0f} %: {_describe_truth(truth)}")
    return lines


def _describe_truth(scar: TrueScar) -> str:
    cut = ", cut" if scar.cut else ""
    return f"{scar.kind} {1000 * scar.depth_mm:.0f} um {scar.width_mm:.1f} mm ({scar.note}{cut})"


def _describe_find(row: dict[str, Any]) -> str:
    return f"{row['kind']} {1000 * row['depth_mm']:.0f} um {row['width_mm']:.1f} mm"


def _mostly(own: np.ndarray, where: np.ndarray) -> bool:
    return bool((own & where).sum() > 0.3 * own.sum())


def whole(tally: Tally) -> list[dict[str, Any]]:
    return [one for one in tally.measured if not one["cut"]]


# -- conditions ---------------------------------------------------------------------------------------------------


def judge(generator: ModuleType, condition: str, seeds: range) -> tuple[Tally, Tally, list[Told]]:
    """Return the tallies of all listed and of the sure scars, and what was told."""
    listed, sure, all_told = Tally(), Tally(), []
    options = generator.CONDITIONS[condition]
    for seed in seeds:
        skin = generator.make_skin(seed, options)
        told = ask(skin.relief_mm, skin.pixel_mm)
        visible = None
        if condition == "shallow":
            density, side = generator.background_density(options), options.size_mm[0]
            seen = [visibility(scar.field_mm, skin.pixel_mm, density, side) for scar in skin.scars]
            visible = [one >= SEEN_BY_AN_IDEAL_OBSERVER for one in seen]
        count(listed, skin, told, told.rows, visible=visible)
        count(sure, skin, told, told.sure, visible=visible)
        all_told.append(told)
    return listed, sure, all_told


def judge_cheek(generator: ModuleType, seeds: range) -> tuple[Tally, Tally, list[Told]]:
    """As `judge`, with scars put into a real cheek; what is found on the untouched cheek is left out."""
    cheek = np.load(CHEEK_FILE).astype(float)
    options = generator.CHEEK
    natural = ask(cheek, options.pixel_mm)
    listed, sure, all_told = Tally(), Tally(), []
    for seed in seeds:
        skin = generator.put_scars(np.random.default_rng([7, seed]), cheek, options, CHEEK_CONTRAST_PER_MM)
        told = ask(skin.relief_mm, skin.pixel_mm)
        truth = np.any([scar.region for scar in skin.scars], axis=0)
        for tally, ids, pits in ((listed, told.rows, natural.rows), (sure, told.sure, natural.sure)):
            known = np.isin(natural.labels, list(pits))
            count(tally, skin, told, [one for one in ids if not _is_natural(told.labels == one, known, truth)])
        all_told.append(told)
    return listed, sure, all_told


def _is_natural(own: np.ndarray, pits: np.ndarray, truth: np.ndarray) -> bool:
    return _mostly(own, pits) and not (own & truth).any()


# -- the same skin told differently -------------------------------------------------------------------------------

CROP_MM, BORDER_MM = 8.0, 1.5
Way = tuple[Callable[[np.ndarray], np.ndarray], str, Callable[[np.ndarray], np.ndarray]]


def ways_to_tell(pixel_mm: float) -> dict[str, Way]:
    """Return name -> (change of the heights, unit, way back of the labels)."""
    same: Callable[[np.ndarray], np.ndarray] = np.asarray
    crop, border = round(CROP_MM / pixel_mm), round(BORDER_MM / pixel_mm)
    return {
        "um": (lambda a: a * 1000, "um", same),
        "m": (lambda a: a / 1000, "m", same),
        "offset 5 mm": (lambda a: a + 5.0, "mm", same),
        "32 bit": (lambda a: a.astype(np.float32), "mm", same),
        "flipped": (lambda a: a[:, ::-1], "mm", lambda a: a[:, ::-1]),
        "upside down": (lambda a: a[::-1], "mm", lambda a: a[::-1]),
        "turned by 90": (np.rot90, "mm", lambda a: np.rot90(a, -1)),
        "border not seen": (
            lambda a: np.pad(a, border, constant_values=np.nan),
            "mm",
            lambda a: a[border:-border, border:-border],
        ),
        "cropped": (lambda a: a[crop:, :-crop], "mm", lambda a: np.pad(a, ((crop, 0), (0, crop)))),
    }


def compare_tellings(skin: GeneratedSkin, first: Told) -> dict[str, tuple[int, int, float]]:
    """Return change -> (scars found again, scars in either, largest change of depth in um), sure ones only."""
    result = {}
    for name, (change, unit, back) in ways_to_tell(skin.pixel_mm).items():
        told = ask(np.ascontiguousarray(change(skin.relief_mm)), skin.pixel_mm, unit=unit)
        labels = back(told.labels)
        inside = np.ones(labels.shape, bool)
        if name == "cropped":
            edge = round((CROP_MM + 2.0) / skin.pixel_mm)
            inside[:edge] = inside[:, -edge:] = False
        here = [one for one in first.sure if inside[first.labels == one].all()]
        there = [one for one in told.sure if inside[labels == one].all()]
        match = match_regions([first.labels == one for one in here], labels, there)
        moved = [abs(first.rows[here[k]]["depth_mm"] - told.rows[one]["depth_mm"]) for k, one in match.pairs]
        either = len(here) + len(there) - len(match.pairs)
        result[name] = (len(match.pairs), either, 1000 * max(moved, default=0.0))
    return result


# -- the table ----------------------------------------------------------------------------------------------------


def at_least(name: str, need: float, got: float, digits: int = 2) -> Row:
    return name, f">= {need:.{digits}f}", f"{got:.{digits}f}", bool(got >= need)


def at_most(name: str, need: float, got: float, digits: int = 1) -> Row:
    return name, f"<= {need:.{digits}f}", f"{got:.{digits}f}", bool(abs(got) <= need)


def rows_on_measures(tallies: dict[str, Tally]) -> list[Row]:
    """Return the rows on intervals and kinds, over all conditions."""
    rows: list[Row] = []
    every = [one for tally in tallies.values() for one in whole(tally)]
    for what in ("depth", "volume"):
        for name, part in (("all conditions", every), ("standard", whole(tallies.get("standard", Tally())))):
            if part:
                share = float(np.mean([one[f"{what} in"] for one in part]))
                rows.append(
                    (f"{what}: 90 % interval covers ({name})", "0.85-0.95", f"{share:.2f}", 0.85 <= share <= 0.95)
                )
    for name, part in (("all conditions", every), ("standard", whole(tallies.get("standard", Tally())))):
        clear = [one["right"] for one in part if not one["ambiguous"]]
        if clear:
            rows.append(at_least(f"kind right where unambiguous ({name})", 0.95, float(np.mean(clear))))
            rows.append(at_most(f"kind log score ({name})", 0.45, float(np.mean([one["log"] for one in part])), 2))
    return rows


def rows_on_conditions(tallies: dict[str, Tally]) -> list[Row]:
    """Return the rows of finding and of depth and volume."""
    rows: list[Row] = []
    if t := tallies.get("standard"):
        rows += [at_least("standard: F1", 0.95, t.f1), at_least("standard: precision", 0.94, t.precision)]
        depth, volume = (np.array([one[what] for one in whole(t)]) for what in ("depth", "volume"))
        rows += [at_least("standard: recall", 0.95, t.recall)]
        rows += [at_most("standard: depth MAE um", 20, 1000 * float(np.abs(depth).mean()))]
        rows += [at_most("standard: depth bias um", 8, 1000 * float(depth.mean()))]
        rows += [at_most("standard: volume error %", 8, 100 * float(np.abs(volume).mean()))]
    if t := tallies.get("shallow"):
        seen = [found for visible, found in t.seen if visible]
        name = f"shallow: recall of the {len(seen)} of {len(t.seen)} an ideal observer sees"
        rows += [at_least(name, 0.95, float(np.mean(seen)))]
        rows += [at_least("shallow: recall of all", 0.82, t.recall)]
    for name, need in (("undulation", 0.90), ("rough", 0.90), ("everything", 0.80)):
        if t := tallies.get(name):
            rows += [at_least(f"{name}: F1", need, t.f1)]
    if t := tallies.get("blank"):
        rows += [at_most("blank: false scars per 10 cm2", 0.3, t.false_per_10cm2, 2)]
    if t := tallies.get("cheek"):
        depth = np.array([one["depth"] for one in whole(t)])
        rows += [at_least("real cheek: recall", 0.97, t.recall), at_least("real cheek: precision", 0.90, t.precision)]
        rows += [at_most("real cheek: depth MAE um", 25, 1000 * float(np.abs(depth).mean()))]
    return rows


def show_rows(listed: list[Row], sure: list[Row]) -> None:
    print("\n| target | needed | got (all listed) | met | got (sure) | met |")
    print("|---|---|---|---|---|---|")
    for (name, need, got, met), (_, _, got_sure, met_sure) in zip(listed, sure, strict=True):
        print(f"| {name} | {need} | {got} | {_word(met)} | {got_sure} | {_word(met_sure)} |")


def show_condition(name: str, way: str, t: Tally) -> None:
    """Print one line of details; in brackets for each kind recall, bias/MAE of the depth."""
    part = whole(t)
    depth, volume = (
        np.array([one[what] for one in part]) if part else np.full(1, np.nan) for what in ("depth", "volume")
    )
    kinds = " ".join(
        f"{kind} {np.mean([found for k, found in t.by_kind if k == kind]):.2f}"
        + (
            f" {1000 * np.mean(off):+.0f}/{1000 * np.abs(off).mean():.0f}um"
            if (off := [one["depth"] for one in part if one["kind"] == kind])
            else ""
        )
        for kind in dict.fromkeys(k for k, _ in t.by_kind)
    )
    covers = [np.mean([one[f"{what} in"] for one in part]) if part else np.nan for what in ("depth", "volume")]
    mae, bias, vol = 1000 * np.abs(depth).mean(), 1000 * depth.mean(), 100 * np.abs(volume).mean()
    print(
        f"{name:11s} {way:6s} R {t.recall:.2f} P {t.precision:.2f} F1 {t.f1:.3f}  MAE {mae:.0f} bias {bias:+.0f} um  "
        f"vol {vol:.0f} %  cover d {covers[0]:.2f} v {covers[1]:.2f}  false/10cm2 {t.false_per_10cm2:.2f}  [{kinds}]",
        flush=True,
    )


def show_calibration(tallies: dict[str, Tally]) -> None:
    """Print how often the likeliest kind is right, by how likely it was called."""
    every = [one for tally in tallies.values() for one in whole(tally)]
    print("\n| kind called with probability | scars | right |\n|---|---|---|")
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 1.001)):
        right = [one["right"] for one in every if low <= one["surest"] < high]
        if right:
            print(f"| {low:.2f}-{min(high, 1):.2f} | {len(right)} | {np.mean(right):.2f} |")


def show_times(patches: list[Told]) -> None:
    """Print scan + scars less twice the start of the command."""
    start = min((run_scarplan("scars", "--help") for _ in range(3)), key=lambda run: run.cpu_s)
    wall = [sum(run.wall_s for run in told.runs) - 2 * start.wall_s for told in patches]
    cpu = [sum(run.cpu_s for run in told.runs) - 2 * start.cpu_s for told in patches]
    got = f"{np.median(wall):.2f} s wall (least {min(wall):.2f}), {np.median(cpu):.2f} s processor"
    print(f"| 800 x 800 map, scan + scars less twice --help | <= 1 s | {got} | {_word(np.median(wall) <= 1)} | | |")


def show_face(generator: ModuleType) -> None:
    """Print time and memory of a whole face as one map, 180 x 150 mm at 0.1 mm."""
    told = ask(generator.make_skin(1, generator.WHOLE_FACE).relief_mm, generator.WHOLE_FACE.pixel_mm)
    wall, peak = sum(run.wall_s for run in told.runs), max(run.peak_mb for run in told.runs)
    got = f"{wall:.1f} s wall, {sum(run.cpu_s for run in told.runs):.1f} s processor, {peak:.0f} MB"
    print(f"| whole face 1800 x 1500 | <= 10 s, < 2048 MB | {got} | {_word(wall <= 10 and peak < 2048)} | | |")


def show_tellings(generator: ModuleType, seed: int) -> None:
    """Print what becomes of the scars of one patch when it is told differently."""
    skin = generator.make_skin(seed, generator.CONDITIONS["standard"])
    tellings = compare_tellings(skin, ask(skin.relief_mm, skin.pixel_mm))
    print("\n| same skin | found again | largest change of depth um | met |\n|---|---|---|---|")
    for name, (again, either, moved) in tellings.items():
        print(f"| {name} | {again} of {either} | {moved:.1f} | {_word(again == either and moved <= 5)} |")


def _word(met: bool) -> str:
    return "yes" if met else "**no**"


def main() -> None:
    known = [*foreign_skin.CONDITIONS, *(["cheek"] if CHEEK_FILE.is_file() else [])]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--skin", choices=GENERATORS, default="second", help="which generator draws the skin")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=4000)
    parser.add_argument("--conditions", default=",".join(known))
    parser.add_argument("--quick", action="store_true", help="no other tellings of the same skin, no whole face")
    parser.add_argument("--tellings", action="store_true", help="nothing but the same skin told differently")
    parser.add_argument("--faults", action="store_true", help="tell each miss, false find and wrong interval (listed)")
    arguments = parser.parse_args()
    generator = GENERATORS[arguments.skin]
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    if arguments.tellings:
        return show_tellings(generator, arguments.first)
    listed, sure, patches = {}, {}, []
    for condition in arguments.conditions.split(","):
        judged = judge_cheek(generator, seeds) if condition == "cheek" else judge(generator, condition, seeds)
        listed[condition], sure[condition], told = judged
        patches += [] if condition == "cheek" else told
        for way, tallies in (("listed", listed), ("sure", sure)):
            show_condition(condition, way, tallies[condition])
        if arguments.faults:
            print(*(f"    {line}" for line in listed[condition].faults), sep="\n")
    show_rows(*(rows_on_conditions(t) + rows_on_measures(t) for t in (listed, sure)))
    if patches:
        show_times(patches)
    if not arguments.quick:
        show_face(generator)
        show_tellings(generator, arguments.first)
    show_calibration(sure)


if __name__ == "__main__":
    main()
