"""`scarplan repeatability` on small skins scanned again and again: what is known of them must come out."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from scipy.ndimage import gaussian_filter

import scarplan
from scarplan.cli.group import main
from scarplan.errors import BadInput, MissingStep
from scarplan.evidence import list_unexplained
from scarplan.study.human_marks import Grid, read_human_marks
from scarplan.study.matching import disc, match_regions, regions_of
from scarplan.study.repeatability import Measurement, judge_repeats
from scarplan.study.repeats import read_repeats
from scarplan.workflow.repeatability import judge_repeatability


@pytest.fixture
def own(repeats: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(repeats, tmp_path / "own"))


@pytest.fixture(autouse=True)
def _few_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw four plots: the others are alike, and take longer than all the rest."""
    monkeypatch.setattr("scarplan.report.repeatability_page._MOST_PLOTS", 4)


def scars_of(case: Path) -> list[dict[str, Any]]:
    result = json.loads((case / "results" / "scars.json").read_text("utf-8"))
    return [scar for scar in result["scars"] if scar["id"] not in result["low_confidence"]]


def test_repeats_of_the_same_skin(own: Path) -> None:
    done = CliRunner().invoke(main, ["repeatability", str(own), "--json", "-q"])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["subjects"], result["cases"]) == (3, 6)
    depth = next(row for row in result["measures"] if (row["measure"], row["level"]) == ("depth_mm", "scar"))
    assert depth["unit"] == "mm"
    assert 0 < depth["within_sd"]["value"] < 0.05  # the noise is 4 um, the scars 0.3 to 0.8 mm
    assert depth["icc21"]["value"] > 0.9
    assert depth["mdc95"]["value"] == pytest.approx(1.96 * 2**0.5 * depth["within_sd"]["value"])
    assert {row["measure"] for row in result["measures"]} >= {"count", "total_volume_mm3", "width_mm", "volume_mm3"}
    again = result["found_again"]
    assert again["share"]["value"] > 0.6
    assert sum(row["in_view"] for row in again["by_depth"]) == again["in_view"]
    assert sum(row["found_again"] for row in again["by_kind"]) == again["found_again"]
    assert all(row["same_skin"] and row["residual_mm"] < 0.02 for row in result["residuals_mm"])
    assert any("folders were taken as subject/repeat" in note for note in result["notes"])
    assert list_unexplained("repeatability", result) == []
    # Three people tell how large a spread is, not how sure that is: unknown, and said so in words.
    assert all(
        row[key]["low"] is None for row in result["measures"] for key in ("within_sd", "mdc95", "icc21", "icc31")
    )
    said = [note for note in result["notes"] if "no interval of the SD of repeats" in note]
    assert any("depth of each scar" in note and "3 persons measured more than once" in note for note in said)
    page = (own / "repeatability.html").read_text("utf-8")
    assert page.count("<svg") >= 4
    assert "Scars found again" in page
    assert "(unsure)" in page
    assert "3 persons measured more than once: too few to tell" in page
    rows = list(csv.DictReader(io.StringIO((own / "repeatability.csv").read_text("utf-8"))))
    assert {row["subject"] for row in rows} == {"s0", "s1", "s2"}
    followed = [row for row in rows if row["scar"]]
    assert len(followed) >= depth["measurements"]
    told = (own / "repeatability_dictionary.csv").read_text("utf-8")
    assert all(f"\n{name}," in told for name in rows[0])


def test_a_stranger_among_the_repeats_is_not_followed(own: Path) -> None:
    other = gaussian_filter(np.random.default_rng(0).normal(0, 1, (160, 160)), 2.0)
    np.save(own / "other.npy", 0.05 * other / other.std())
    scarplan.scan_surface(own / "other.npy", own / "s1" / "2", unit="mm", pixel_mm=0.1, zone="cheek", replace=True)
    scarplan.find_scars(own / "s1" / "2")
    result = judge_repeatability(own)
    assert any("s1/2: its relief does not fit" in note for note in result["notes"])
    assert [row["same_skin"] for row in result["residuals_mm"]] == [True, False, True]


def test_marks_of_people(own: Path) -> None:
    for case in sorted(own.glob("*/*")):
        if not (case / "scars.npz").is_file():
            continue
        marks = case / "marks"
        marks.mkdir()
        scars = scars_of(case)
        lines = ["x_mm,y_mm,width_mm,kind,rater"]
        lines += [f"{s['x_mm']},{s['y_mm']},{s['width_mm']},{s['kind']},Ann" for s in scars]
        lines += [f"{s['x_mm']},{s['y_mm']},,rolling,Bob" for s in scars[1:]] + ["0.1,0.1,,rolling,Bob"]
        (marks / "both.csv").write_text("\n".join(lines) + "\n", "utf-8")
        labels = np.load(case / "scars.npz")["labels"]
        Image.fromarray((labels > 0).astype(np.uint8) * 255).save(marks / "Cid.png")
    rows = {(row["first"], row["second"]): row for row in judge_repeatability(own)["human_marks"]}
    ann = rows["scarplan", "Ann"]
    assert ann["matched"] == ann["marks_first"] == ann["marks_second"]
    assert ann["kappa_of_kind"]["value"] == pytest.approx(1.0)
    bob = rows["scarplan", "Bob"]
    assert bob["marks_first"] - bob["matched"] == 6  # one scar less in each of six cases
    assert bob["found"]["value"] == pytest.approx(bob["matched"] / bob["marks_second"])
    assert bob["found"]["low"] < bob["found"]["value"] < bob["found"]["high"]
    assert ("Ann", "Bob") in rows
    assert rows["scarplan", "Cid"]["kinds_compared"] == 0
    assert rows["scarplan", "Cid"]["matched"] >= ann["matched"] - 2  # touching scars become one patch


def test_the_list_says_who_is_who(own: Path) -> None:
    lines = ["subject,case,operator,device"]
    lines += [f"s{n},s{n}/{r},{'AB'[r - 1]},x" for n in range(3) for r in (1, 2)]
    (own / "repeats.csv").write_text("\n".join(lines) + "\n", "utf-8")
    found = read_repeats(own)
    assert [(each.subject, each.operator, each.repeat) for each in found[:2]] == [("s0", "A", "1"), ("s0", "B", "1")]
    result = judge_repeatability(own)
    depth = next(row for row in result["measures"] if (row["measure"], row["level"]) == ("depth_mm", "scar"))
    assert [by["condition"] for by in depth["by"]] == ["operator"]
    assert [each["what"] for each in depth["bland_altman"]] == ["operator"]
    assert any("nobody was measured twice by one operator" in note for note in depth["notes"])
    assert result["operators"] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("subject,case\ns0,s0/1\ns0,s0/1\n", "names the case s0/1 twice"),
        ("subject,case\ns0,s0/1\ns1,s1/1\n", "nobody in .* was measured twice"),
        ("subject,case\ns0,../s0\n", "is no case folder inside"),
        ("subject,case,repeat\ns0,s0/1,1\ns0,s0/2,1\n", "names the measurement s0 1 twice"),
        ("subject\ns0\n", "lacks the columns case"),
        ("subject,case\n,s0/1\n", "row 2 of the list of repeats"),
    ],
)
def test_a_list_that_cannot_be_is_told(tmp_path: Path, text: str, says: str) -> None:
    for name in ("s0/1", "s0/2", "s1/1"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "repeats.csv").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=says):
        judge_repeatability(tmp_path)


def test_an_empty_folder_and_cases_without_scars(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no cases in which scars were found"):
        judge_repeatability(tmp_path)
    for name in ("s0/1", "s0/2"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "repeats.csv").write_text("subject,case\ns0,s0/1\ns0,s0/2\n", "utf-8")
    with pytest.raises(MissingStep, match="no result of `scars` yet"):
        judge_repeatability(tmp_path)


# --- the parts ----------------------------------------------------------------------------------------------------


def test_variances_of_operators_come_out() -> None:
    rng = np.random.default_rng(0)
    bias = {"A": 0.0, "B": 0.05}
    rows = [
        Measurement(f"s{n}", f"s{n}", operator, "", str(repeat), level + bias[operator] + rng.normal(0, 0.01))
        for n, level in enumerate(rng.normal(0.4, 0.1, 30))
        for operator in "AB"
        for repeat in (1, 2)
    ]
    found = judge_repeats(rows, measure="depth_mm", level="subject")
    assert found.within.sd.low < 0.01 < found.within.sd.high
    assert found.across.sd.value > 2 * found.within.sd.value
    by_operator = next(each for each in found.comparisons if each.what == "operator")
    assert by_operator.agreement.bias.low < 0.05 < by_operator.agreement.bias.high
    assert found.by["operator"].icc31.value > found.by["operator"].icc21.value


def test_matching_is_by_overlap_or_centre_and_one_to_one() -> None:
    shape = (100, 100)
    a = disc((50.0, 50.0), 8.0, shape, kind="boxcar", id=1)
    near = disc((50.0, 54.0), 8.0, shape, kind=None, id=2)
    far = disc((50.0, 80.0), 8.0, shape, kind=None, id=3)
    small = disc((50.0, 45.0), 1.0, shape, kind=None, id=4)  # little overlap, but inside
    for other, expected in ((near, [(0, 0)]), (far, []), (small, [(0, 0)])):
        assert match_regions([a], [other], shape=shape, pixel_mm=0.1) == expected
    assert match_regions([a], [small, near], shape=shape, pixel_mm=0.1) == [(0, 1)]  # the better overlap
    labels = np.zeros(shape, int)
    labels[10:20, 10:20], labels[40:60, 70:90] = 7, 3
    (one, other) = regions_of(labels, {7: "icepick"})
    assert (one.id, other.id, other.kind) == (3, 7, "icepick")
    assert one.centre == (49.5, 79.5)
    assert match_regions([one, other], [other, one], shape=shape, pixel_mm=0.1) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x_mm,y_mm\n1,nan\n", "row 2: y_mm is 'nan'"),
        ("x_mm,y_mm\n1,\n", "x_mm or y_mm is missing"),
        ("x_mm,y_mm\n99,1\n", "outside the chart"),
        ("x_mm,y_mm,kind\n1,1,deep\n", "kind 'deep' is none of"),
        ("x_mm,y_mm,radius_mm\n1,1,0\n", "size is not above 0"),
        ("x,y\n1,1\n", "right columns"),
        ("chart,x_mm,y_mm\nnose,1,1\n", "chart 'nose' is none of map"),
    ],
)
def test_marks_that_cannot_be_are_told(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "ann.csv").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=says):
        read_human_marks(tmp_path / "ann.csv", {"map": Grid((50, 50), 0.1)})


def test_label_images_of_every_format_say_the_same(tmp_path: Path) -> None:
    import tifffile

    labels = np.zeros((40, 50), np.uint16)
    labels[5:10, 5:10], labels[20:30, 30:40] = 1, 300
    np.save(tmp_path / "ann.npy", labels)
    tifffile.imwrite(tmp_path / "ann.tif", labels)
    Image.fromarray(labels).save(tmp_path / "ann.png")
    grids = {"map": Grid((40, 50), 0.1)}
    read = [read_human_marks(tmp_path / f"ann.{end}", grids) for end in ("npy", "tif", "png")]
    for (found,) in read:
        assert found.rater == "ann"
        assert [region.id for region in found.regions] == [1, 300]
        assert [len(region.pixels) for region in found.regions] == [25, 100]
    for name, data, says in (
        ("wrong.npy", np.zeros((3, 3), int), "3 x 3 pixels"),
        ("float.npy", np.zeros((40, 50)), "no label image"),
        ("negative.npy", np.full((40, 50), -1), "below 0"),
    ):
        np.save(tmp_path / name, data)
        with pytest.raises(BadInput, match=says):
            read_human_marks(tmp_path / name, grids)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n123")
    with pytest.raises(BadInput, match="damaged"):
        read_human_marks(tmp_path / "broken.png", grids)
