"""The demo of a whole course, on a phantom of a tenth of the pixels: what it tells is held against what it wrote."""

from __future__ import annotations

import csv
import functools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import scarplan
from scarplan.cli.group import main
from scarplan.errors import BadInput
from scarplan.surface.later_phantom import scan_later
from scarplan.surface.phantom import make_phantom
from scarplan.surface.profiles import PhantomKind
from scarplan.workflow import demo
from scarplan.workflow.demo_truth import invent_answer, true_percent_left

COUNTS: dict[PhantomKind, int] = {"rolling": 2, "boxcar": 3, "icepick": 2, "raised": 1}
SMALL = functools.partial(make_phantom, rows=240, columns=240, pixel_mm=0.1, counts=COUNTS)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of a finished course and what the command printed."""
    folder = tmp_path_factory.mktemp("course") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "make_phantom", SMALL)
        done = CliRunner().invoke(main, ["demo", str(folder), "--course", "--seed", "3"])
    assert done.exit_code == 0, done.output
    return folder, done.stdout


@pytest.mark.slow
def test_the_printed_truth_is_the_one_that_was_written(followed: tuple[Path, str]) -> None:
    folder, printed = followed
    (said,) = re.findall(r"Truth +(\d+) % of the depth was left on day (\d+);", printed)
    rows = list(csv.DictReader((folder / "input/course_truth.csv").read_text().splitlines()))
    last = [row for row in rows if row["follow_up"] == "2" and row["kind"] != "raised"]
    before = sum(float(row["depth_before_mm"]) for row in last)
    after = sum(float(row["depth_mm"]) for row in last)
    assert {row["day"] for row in last} == {said[1]}
    # A scar that was not found has no part in the figure: a percent or two either way.
    assert float(said[0]) == pytest.approx(100 * after / before, abs=2.0)


@pytest.mark.slow
def test_whether_the_truth_is_inside_follows_from_the_bands_that_were_kept(followed: tuple[Path, str]) -> None:
    folder, printed = followed
    found = re.findall(r"(at approval|after scan 1) (\d+) to (\d+) %, the truth is (inside|OUTSIDE)", printed)
    assert [row[0] for row in found] == ["at approval", "after scan 1"]
    (truth,) = (int(each) for each in re.findall(r"Truth +(\d+) %", printed))
    for _, low, high, says in found:
        if truth in (int(low), int(high)):
            continue  # on the bound of what is printed: rounding decides
        assert (says == "inside") == (int(low) < truth < int(high))
    forecast = json.loads((folder / "results/forecast.json").read_text())["total"]
    day = int(re.findall(r"on day (\d+);", printed)[0])
    days = json.loads((folder / "results/forecast.json").read_text())["days"]
    low = 100 * np.interp(day, days, forecast["depth_mm"]["q05"]) / forecast["present_depth_mm"]
    assert int(found[0][1]) == pytest.approx(low, abs=0.51)


@pytest.mark.slow
def test_sessions_follow_ups_and_decisions_stand_in_the_ledger_with_their_own_days(followed: tuple[Path, str]) -> None:
    folder, _ = followed
    entries = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    kinds = [entry["kind"] for entry in entries]
    assert kinds.count("scan") == 2
    assert kinds.count("decision") == 2
    assert kinds.count("forecast") == 3
    assert kinds[0] == "approval"
    days = [entry["day"] for entry in entries]
    assert days == sorted(days), "an entry has another day than what it tells of"
    told = scarplan.list_sessions(folder)
    assert any("planned" in row["words"] and "holiday" in row["cause"] for row in told["deviations"])
    shorter = [row for row in told["deviations"] if "red and tender" in row["cause"]]
    assert bool(shorter) == (len(told["sessions"]) > 2)


@pytest.mark.slow
def test_the_report_tells_the_course(followed: tuple[Path, str]) -> None:
    folder, printed = followed
    page = (folder / "report.html").read_text()
    assert "How the forecast narrowed" in page
    assert "By what the scans showed of this patient" in page
    assert "Another scan now:" in page
    assert "3 forecasts made again from what was kept, 0 different" in printed


@pytest.mark.slow
def test_a_plain_demo_in_its_folder_takes_the_course_away(followed: tuple[Path, str]) -> None:
    folder, _ = followed
    from scarplan.records import Case
    from scarplan.workflow.demo_folder import start_again

    start_again(Case(folder))
    left = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert not {name for name in left if "course" in name or "followup" in name or "session" in name}
    assert "input/phantom_truth.csv" in left


def test_a_course_is_made_with_scans(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="with scans"):
        scarplan.run_demo(tmp_path / "new", course=True, no_scan=True)
    assert not (tmp_path / "new").exists()


def test_what_lies_still_and_is_not_healed_differs_by_noise_alone() -> None:
    phantom = SMALL(5)
    noise = scan_later(phantom, [1.0] * len(phantom.scars), seed=4).relief_mm - phantom.surface.relief_mm
    assert abs(noise.mean()) < 1e-3
    assert noise.std() == pytest.approx(np.sqrt(2) * 0.008, rel=0.05)


def test_a_scar_with_half_its_depth_is_half_as_deep() -> None:
    phantom = SMALL(5, noise_mm=0.0)
    left = [0.5] + [1.0] * (len(phantom.scars) - 1)
    filled = scan_later(phantom, left, seed=4).relief_mm - phantom.surface.relief_mm
    scar = phantom.scars[0]
    inside = scar.distance(*np.meshgrid(np.arange(240) * 0.1, np.arange(240) * 0.1)) < 0.2
    assert filled[inside].mean() == pytest.approx(0.5 * scar.apex_mm, rel=0.1)
    with pytest.raises(ValueError, match="zip"):
        scan_later(phantom, left[1:], seed=4)


def test_the_true_percentage_is_weighed_by_depth_and_needs_a_find_in_the_outline() -> None:
    phantom = SMALL(5)
    (answer, _) = invent_answer(phantom, (60, 160), 5)
    assert all(0 < share <= 1 for share in answer.left)
    finds = [{"x_mm": scar.x_mm, "y_mm": scar.y_mm} for scar in phantom.scars[:2]]
    depth = [scar.depth_mm for scar in phantom.scars[:2]]
    expected = 100 * np.dot(depth, answer.left[:2]) / sum(depth)
    assert true_percent_left(phantom, [*finds, {"x_mm": -50.0, "y_mm": 0.0}], answer.left) == pytest.approx(expected)
