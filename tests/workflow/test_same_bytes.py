"""The demo, on a small cheek: the same seed gives the same bytes; another seed or depth changes every figure."""

from __future__ import annotations

import fnmatch
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from small_course import GRID, read_result

import scarplan
from scarplan.evidence.lineage import walk_leaves
from scarplan.surface.phantom import make_phantom
from scarplan.workflow import demo

VERBS = ("scan", "scars", "plan", "forecast", "report")

#: Figures that may stay the same under another seed and other depths, each with its reason.
MAY_STAY = {
    "scan.charts.*.pixel_mm": "given with the scan",
    "scan.charts.*.not_seen_cm2": "the phantom has no hole",
    "scars.charts.*.pixel_mm": "given with the scan",
    "scars.charts.*.not_seen_cm2": "the phantom has no hole",
    "*.resolves.lateral_mm": "the grid is coarser than the scanner: two pixels",
    "*.resolves.smallest_width_mm": "twice the lateral resolution",
    "scars.histogram.depth_edges_mm.*": "fixed bins",
    "*.sensitivity.cut_off_factors.*": "the cut-offs are moved by the same part",
    "scars.scars.*.kind_probability.*": "rounded to six digits, and sure",
    "plan.goals.*.percent": "asked for",
    "plan.goals.*.percent_at_most": "asked for",
    "plan.goals.*.days_at_most": "asked for",
    "plan.zones.*.needle_length_mm": "set by the clinic protocol",
    "plan.zones.*.ceiling_mm": "what a label evaluated",
    "plan.zones.*.channels_per_cm2": "device and passes, both set by the clinic protocol",
    "plan.candidates.*.settings.*.needle_length_mm": "set by the clinic protocol",
    "plan.front.*.zones.*.needle_length_mm": "one of a few steps of the device",
    "plan.front.*.redness_days": "days in hundredths, of a few settings, meet by chance",
    "plan.front.*.downtime_days": "days in hundredths, of a few settings, meet by chance",
    "plan.front.*.course_downtime_days": "days in hundredths, of a few settings, meet by chance",
    "plan.front.*.goals.*.chance": "a share of 32 draws",
    "plan.front.*.pigment_percent": "small risks in hundredths of a percent meet by chance",
    "plan.candidates.*.pigment_risk_percent": "small risks in hundredths of a percent meet by chance",
    "forecast.published.**": "published trials know nothing of this patient's scars",
    "forecast.surfaces.*.level": "which quantile is drawn",
    "forecast.sensitivity.changes.*.chance_shallower": "a share of 128 draws",
    "forecast.sensitivity.pigment.inputs.*.share_*": "small shares in whole hundredths of a percent meet by chance",
    "forecast.sensitivity.pigment.unexplained_percent": "nearly nothing, in whole hundredths of a percent",
}
#: Harms come from the skin, the setting and the seed, not from the depth of the scars.
MAY_STAY_WITH_DEPTH = MAY_STAY | {
    "forecast.harms.**": "no scar in it",
    "forecast.sensitivity.pigment.**": "no scar in it",
    "forecast.sensitivity.changes.*.pigment_points.*": "no scar in it",
    "forecast.sensitivity.knowing.*.*": "a row on dark patches has no scar in it",
    "plan.candidates.*.redness_days": "no scar in it",
    "plan.offers.*.*_days": "no scar in it",
    "plan.offers.*.pigment_percent": "no scar in it",
    "plan.robust.plans.*.in_scenarios.*.downtime_days": "no scar in it",
    "plan.robust.plans.*.in_scenarios.*.pigment_percent": "no scar in it",
}
#: Chances and shares at their very end, bins without skin.
SATURATED = (0.0, 1.0, 100.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder for demos; their cheek is small here, everything else is the demo as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "make_phantom", partial(make_phantom, **GRID))
        yield tmp_path_factory.mktemp("demos")


def run_demo(folder: Path, **options: Any) -> Path:
    scarplan.run_demo(folder, **options)
    return folder


@pytest.fixture(scope="module")
def first(folder: Path) -> Path:
    return run_demo(folder / "first", seed=3)


def contents(case: Path) -> dict[str, bytes]:
    return {str(path.relative_to(case)): path.read_bytes() for path in sorted(case.rglob("*")) if path.is_file()}


def figures(case: Path) -> dict[str, float]:
    """Return every measured or computed figure of a case: path -> value, whole numbers (counts, days) left out."""
    return {
        f"{verb}.{'.'.join(parts)}": value
        for verb in VERBS
        for parts, value in walk_leaves(without_manifest(read_result(case, verb)))
        if isinstance(value, float)
    }


def without_manifest(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key != "manifest"}


def find_unmoved(one: Path, other: Path, may_stay: dict[str, str]) -> list[str]:
    """Return the figures that are equal in both cases without a reason."""
    here, there = figures(one), figures(other)
    return [
        path
        for path, value in here.items()
        if there.get(path) == value and value not in SATURATED and not any(fnmatch.fnmatch(path, p) for p in may_stay)
    ]


def test_the_same_inputs_and_seed_give_the_same_bytes_in_every_file_also_over_an_earlier_run(
    folder: Path, first: Path
) -> None:
    again = Path(shutil.copytree(first, folder / "again" / "elsewhere"))
    for path in (*(again / "results").iterdir(), *again.glob("*.npz")):  # nothing of the earlier run can be taken over
        path.write_text("of another run", "utf-8")
    (again / "plans" / "0123456789abcdef.toml").write_text("of another run", "utf-8")
    (again / "forecast" / "0123456789abcdef.npz").write_text("of another run", "utf-8")
    one, two = contents(first), contents(run_demo(again, seed=3))
    assert list(one) == list(two)
    assert [name for name in one if one[name] != two[name]] == []
    assert len(one) > 12


def test_another_seed_changes_every_figure(folder: Path, first: Path) -> None:
    other = run_demo(folder / "other-seed", seed=4)
    unmoved = find_unmoved(first, other, MAY_STAY)
    # A few of the two thousand quantiles, rounded to four digits, meet by chance.
    assert len(unmoved) <= 0.003 * len(figures(first)), unmoved


def test_another_depth_changes_every_figure_of_the_scars(folder: Path, first: Path) -> None:
    deeper = run_demo(folder / "deeper", seed=3, depth=1.6)
    unmoved = find_unmoved(first, deeper, MAY_STAY_WITH_DEPTH)
    assert len(unmoved) <= 0.003 * len(figures(first)), unmoved
    here, there = read_result(first, "scars"), read_result(deeper, "scars")
    assert there["total_volume_mm3"] > 1.3 * here["total_volume_mm3"]


def test_every_reason_to_stay_is_about_a_figure(first: Path) -> None:
    known = figures(first)
    assert [p for p in MAY_STAY_WITH_DEPTH if not fnmatch.filter(known, p)] == []
