"""`scarplan photo`: add, list, mark, compare, take back; every mistake is told and changes nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from scarplan.canonical import hash_file
from scarplan.cli.group import main
from scarplan.evidence.lineage import list_unexplained

HEAD = "what,name,x_px,y_px,edge_x_px,edge_y_px,length_mm\n"
FACE = """landmark,nose_tip,300,240,,,
landmark,mouth_left,370,340,,,
landmark,mouth_right,260,345,,,
landmark,chin,315,430,,,
"""
CHART = """chart,dark_skin,50,50,,,
chart,bluish_green,500,50,,,
chart,black,500,350,,,
chart,white,50,350,,,
skin,reference,99,99,,,
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, made the current one, with three photographs and two raters' marks."""
    monkeypatch.chdir(tmp_path)
    for i, name in enumerate(("one.jpg", "two.jpg", "three.png")):
        rng = np.random.default_rng(i)
        small = Image.fromarray(rng.integers(30, 226, (24, 32, 3), dtype=np.uint8))
        small.resize((640, 480)).save(name)
    ruler = "ruler,ruler,10,10,110,10,50\n"
    Path("anna.csv").write_text(
        HEAD + ruler + "scar,icepick,100,200,,,\nscar,boxcar,200,300,204,300,\nscar,rolling,500,100,,,\n" + FACE,
        "utf-8",
    )
    Path("ben.csv").write_text(HEAD + "scar,icepick,101,200,,,\nscar,rolling,203,300,,,\n", "utf-8")
    return tmp_path


def photo(*words: str) -> Result:
    return CliRunner().invoke(main, ["photo", "case", *words, "--quiet"])


def done(*words: str) -> dict[str, Any]:
    result = photo(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def told(*words: str) -> str:
    before = contents()
    result = photo(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert contents() == before, "a refused command has changed the case"
    return result.stderr


def contents() -> dict[str, str]:
    return {str(path): hash_file(path) for path in sorted(Path("case").rglob("*")) if path.is_file()}


def add(file: str = "one.jpg", view: str = "cheek_left", day: str = "2026-03-02", *more: str) -> dict[str, Any]:
    return done(file, "--view", view, "--date", day, *more)


class TestAdding:
    def test_a_photograph_is_kept_under_day_and_view(self, desk):
        result = add(
            "one.jpg", "left45", "2026-03-02", "--light", "ring", "--polarisation", "cross", "--distance-cm", "60"
        )
        (kept,) = result["photos"]
        assert (kept["id"], kept["file"]) == ("2026-03-02_left45", "photos/2026-03-02_left45.jpg")
        assert (kept["view"], kept["taken_on"], kept["width_px"], kept["height_px"]) == (
            "left45",
            "2026-03-02",
            640,
            480,
        )
        assert kept["sha256"] == hash_file(Path("case") / kept["file"])
        assert kept["conditions"]["light"] == "ring"
        assert kept["conditions"]["distance_cm"] == 60
        assert kept["colour"] is None
        assert kept["colour_note"] == "without a colour chart no colour is read from this photo"
        assert result["done"] == {"what": "added", "id": kept["id"], "file": kept["file"]}
        assert json.loads(Path("case/results/photo.json").read_text("utf-8")) == result
        assert result["manifest"]["verb"] == "photo"
        assert set(result["manifest"]["inputs"]) == {kept["file"], "photos/2026-03-02_left45.toml"}

    def test_a_second_one_of_the_day_is_numbered_and_numbers_are_not_used_again(self, desk):
        add("one.jpg")
        assert add("two.jpg")["done"]["id"] == "2026-03-02_cheek_left-2"
        done("--remove", "2026-03-02_cheek_left")
        assert add("three.png")["done"]["id"] == "2026-03-02_cheek_left-3"

    def test_missing_views_and_timeline(self, desk):
        add("one.jpg", "front", "2026-03-02")
        result = add("two.jpg", "cheek_right", "2026-06-01")
        assert result["timeline"] == [
            {"taken_on": "2026-03-02", "views": ["front"]}, {"taken_on": "2026-06-01", "views": ["cheek_right"]},
        ]  # fmt: skip
        assert result["views_missing"][0]["views"] == ["left45", "right45", "left90", "right90"]
        assert result["views_missing"][1]["views"][0] == "front"
        assert result["views_missing"][1]["close_ups"] == ["cheek_left", "temple_left", "temple_right"]

    def test_the_day_of_the_camera(self, desk):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = "2026:02:03 10:00:00"
        Image.open("two.jpg").save("dated.jpg", exif=exif)
        (kept,) = done("dated.jpg", "--view", "front")["photos"]
        assert kept["taken_on"] == "2026-02-03"
        assert "a wrong clock makes it wrong" in kept["warnings"][0]
        again = done("dated.jpg", "--view", "front", "--date", "2026-02-03", "--replace")
        assert not any("clock" in said for said in again["photos"][0]["warnings"])
        done("--remove", "2026-02-03_front")
        other = done("dated.jpg", "--view", "front", "--date", "2026-02-04")
        assert "the camera wrote another day, 2026-02-03" in other["photos"][0]["warnings"][0]

    def test_the_same_photograph_twice(self, desk):
        add("one.jpg")
        assert "in the case already, as 2026-03-02_cheek_left" in told(
            "one.jpg", "--view", "front", "--date", "2026-03-03"
        )
        # also what the case itself has kept, and a copy with other hidden data
        assert "already" in told("case/photos/2026-03-02_cheek_left.jpg", "--view", "front", "--date", "2026-03-03")
        Path("copy.jpg").write_bytes(Path("one.jpg").read_bytes() + b"more")
        assert "already" in told("copy.jpg", "--view", "front", "--date", "2026-03-03")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["one.jpg"], "--view is missing with FILE"),
            (["one.jpg", "--view", "side"], "this is no view of a face. Got: side. Allowed: front, left45"),
            (["one.jpg", "--view", "front"], "the camera wrote none"),
            (["one.jpg", "--view", "front", "--date", "yesterday"], "is not a day that can be"),
            (["one.jpg", "--view", "front", "--date", "2026-02-30"], "is not a day that can be"),
            (["one.jpg", "--view", "front", "--date", "2026-03-02", "--distance-cm", "-3"], "distance_cm"),
            (
                ["one.jpg", "--view", "front", "--date", "2026-03-02", "--light", "a\nb"],
                "cannot be: light: a few words on one line are needed. Got: 'a",
            ),
            (["one.jpg", "--view", "front", "--date", "2026-03-02", "--replace"], "there is nothing to replace"),
            (["none.jpg", "--view", "front", "--date", "2026-03-02"], "none.jpg does not exist"),
            (["anna.csv", "--view", "front", "--date", "2026-03-02"], "no photograph of a known format"),
            (["one.jpg", "--view", "front", "--date", "2026-03-02", "--rater", "A"], "--rater does not go with FILE"),
            (["one.jpg", "--mark", "x"], "--mark does not go with FILE"),
            (["--view", "front"], "--view does not go with the list"),
            (["--marks", "anna.csv"], "--photo, --rater is missing with --marks"),
            (["--mark", "x", "--light", "ring"], "conditions of a new photograph does not go with --mark"),
            ([], "the case folder case does not exist"),
        ],
    )
    def test_a_mistake_is_told(self, desk, words, said):
        assert said in told(*words)

    def test_a_day_that_has_not_come(self, desk):
        tomorrow = (date.today() + timedelta(days=1)).isoformat()
        assert "has not come yet" in told("one.jpg", "--view", "front", "--date", tomorrow)


class TestTakingBack:
    def test_replace_keeps_the_id(self, desk):
        add("one.jpg")
        result = add("two.jpg", "cheek_left", "2026-03-02", "--replace", "--light", "window")
        (kept,) = result["photos"]
        assert result["done"]["what"] == "replaced"
        assert kept["id"] == "2026-03-02_cheek_left"
        assert kept["conditions"]["light"] == "window"
        assert kept["sha256"] == hash_file(Path("case") / kept["file"])

    def test_the_same_picture_again_corrects_conditions_and_keeps_marks(self, desk):
        add("one.jpg")
        done("--marks", "anna.csv", "--photo", "2026-03-02_cheek_left", "--rater", "Anna")
        result = add("one.jpg", "cheek_left", "2026-03-02", "--replace", "--light", "window")
        assert result["photos"][0]["marks"] == ["Anna"]
        assert result["photos"][0]["conditions"]["light"] == "window"

    def test_remove_leaves_nothing(self, desk):
        add("one.jpg")
        done("--mark", "2026-03-02_cheek_left")
        result = done("--remove", "2026-03-02_cheek_left")
        assert result["photos"] == []
        assert contents() == {}

    def test_marks_are_not_lost_with_a_photograph(self, desk):
        add("one.jpg")
        done("--marks", "anna.csv", "--photo", "2026-03-02_cheek_left", "--rater", "Anna")
        assert "carries marks by Anna, which would be lost" in told("--remove", "2026-03-02_cheek_left")
        assert "carries marks by Anna" in told("two.jpg", "--view", "cheek_left", "--date", "2026-03-02", "--replace")
        assert "no marks by Ben" in told("--remove", "2026-03-02_cheek_left", "--rater", "Ben")
        result = done("--remove", "2026-03-02_cheek_left", "--rater", "Anna")
        assert result["photos"][0]["marks"] == []
        assert not list(Path("case/photos/marks").glob("*.csv"))
        done("--remove", "2026-03-02_cheek_left")

    def test_an_unknown_id(self, desk):
        add("one.jpg")
        for words in (["--remove", "../one"], ["--mark", "x"], ["--marks", "anna.csv", "--photo", "x", "--rater", "A"]):
            assert "Allowed: 2026-03-02_cheek_left" in told(*words)

    def test_a_photograph_changed_by_hand(self, desk):
        add("one.jpg")
        kept = Path("case/photos/2026-03-02_cheek_left.jpg")
        kept.write_bytes(Path("two.jpg").read_bytes())
        assert "is not as it was added" in told()
        kept.unlink()
        assert "is not as it was added" in told()
        assert done("--remove", "2026-03-02_cheek_left")["photos"] == []

    def test_a_picture_put_there_by_hand_is_left_out(self, desk):
        add("one.jpg")
        Path("case/photos/stray.jpg").write_bytes(b"x")
        result = done()
        assert len(result["photos"]) == 1
        assert result["warnings"] == ["stray.jpg was not added by `scarplan photo` and is left out"]


class TestMarks:
    def keep(self, file: str, rater: str, *more: str) -> dict[str, Any]:
        return done("--marks", file, "--photo", "2026-03-02_cheek_left", "--rater", rater, *more)

    def test_kind_always_width_with_a_ruler_only(self, desk):
        add("one.jpg")
        result = self.keep("anna.csv", "Anna")
        (kept,) = result["photos"]
        assert (kept["marks"], kept["landmarks"], kept["ruler"]) == (["Anna"], 4, True)
        (scars,) = kept["scars"]
        assert scars["counts"] == {"icepick": 1, "boxcar": 1, "rolling": 1, "raised": 0, "flat_mark": 0, "other": 0}
        assert [scar["width_mm"] for scar in scars["scars"]] == [None, 2.0, None]
        assert "depth" not in json.dumps(result["photos"])
        assert result["agreement"] == []

    def test_two_raters_agree_as_far_as_they_do(self, desk):
        add("one.jpg")
        self.keep("anna.csv", "Anna")
        (row,) = self.keep("ben.csv", "Ben")["agreement"]
        assert row["raters"] == ["Anna", "Ben"]
        assert (row["counts"], row["matched"]) == ([3, 2], 2)
        assert row["found_by_both"]["value"] == pytest.approx(2 / 3)
        # icepick-icepick and boxcar-rolling: they agree on one of two, by chance on a quarter
        assert row["kappa"]["value"] == pytest.approx((0.5 - 0.25) / 0.75)
        assert row["tolerance_px"] == 4.0
        assert "about 50 %" in row["published"]["words"]
        assert "kang2016" in done()["manifest"]["sources"]

    def test_the_same_rater_again(self, desk):
        add("one.jpg")
        self.keep("anna.csv", "Anna")
        assert "there are marks by Anna" in told(
            "--marks", "ben.csv", "--photo", "2026-03-02_cheek_left", "--rater", " anna "
        )
        assert self.keep("ben.csv", "Anna", "--replace")["photos"][0]["scars"][0]["total"] == 2

    def test_the_page_starts_from_the_marks_of_the_rater_however_the_name_is_written(self, desk):
        add("one.jpg")
        self.keep("anna.csv", "Anna")
        pages = []
        for rater in ("Anna", "anna"):
            file = done("--mark", "2026-03-02_cheek_left", "--rater", rater)["done"]["file"]
            pages.append((Path("case") / file).read_text("utf-8"))
        assert pages[0] == pages[1]
        assert "rolling&quot;" in pages[1].split("data-marks=")[1][:2000]

    def test_marks_of_another_photograph(self, desk):
        add("one.jpg")
        Path("anna.csv").rename("2026-03-02_front-2_Anna.csv")
        assert "were made on another photograph than 2026-03-02_cheek_left. Got: 2026-03-02_front-2" in told(
            "--marks", "2026-03-02_front-2_Anna.csv", "--photo", "2026-03-02_cheek_left", "--rater", "Anna"
        )

    def test_marks_of_a_picture_whose_id_was_given_again(self, desk):
        add("one.jpg")
        again = "2026-03-02_cheek_left-2"
        for file, is_theirs in (("two.jpg", True), ("three.png", False), ("two.jpg", True)):
            result = add(file)
            assert result["done"]["id"] == again
            sha256 = next(kept["sha256"] for kept in result["photos"] if kept["id"] == again)
            saved = Path(f"{again}_Anna.csv")
            if not saved.exists():
                saved.write_text(f"{HEAD}photo,{again} {sha256[:12]},,,,,\nscar,icepick,100,200,,,\n", "utf-8")
            words = ("--marks", saved.name, "--photo", again, "--rater", "Anna")
            if is_theirs:
                assert done(*words)["done"]["counts"]["icepick"] == 1
                done("--remove", again, "--rater", "Anna")
            else:
                said = told(*words)
                assert f"made on another picture than the one they are to be kept for. Got: made on {again} " in said
            done("--remove", again)

    def test_faulty_marks(self, desk):
        add("one.jpg")
        Path("bad.csv").write_text(HEAD + "scar,icepick,9999,1,,,\n", "utf-8")
        assert "row 2: (9999, 1) lies outside the photograph of 640 x 480 pixels" in told(
            "--marks", "bad.csv", "--photo", "2026-03-02_cheek_left", "--rater", "Anna"
        )

    def test_kept_marks_changed_by_hand(self, desk):
        add("one.jpg")
        kept = Path("case") / self.keep("anna.csv", "Anna")["done"]["file"]
        kept.write_text(HEAD, "utf-8")
        assert "missing or have changed since they were kept" in told()

    def test_lost_marks_are_removed_as_the_message_says(self, desk):
        add("one.jpg")
        anna, ben = (Path("case") / self.keep(f"{name}.csv", name.title())["done"]["file"] for name in ("anna", "ben"))
        anna.write_text(HEAD, "utf-8")
        assert '--remove 2026-03-02_cheek_left --rater "Anna"`' in told()
        ben.unlink()
        first = photo("--remove", "2026-03-02_cheek_left", "--rater", "Anna")
        assert first.exit_code == 2
        assert f"{anna.relative_to('case')} is removed, but the marks {ben.relative_to('case')}" in first.stderr
        assert not anna.exists()
        (left,) = done("--remove", "2026-03-02_cheek_left", "--rater", "Ben")["photos"]
        assert left["marks"] == []


class TestPairs:
    def test_two_dates_are_aligned_on_their_landmarks(self, desk):
        add("one.jpg", "front", "2026-03-02", "--light", "ring")
        add("two.jpg", "front", "2026-06-02", "--light", "window")
        result = done("--marks", "anna.csv", "--photo", "2026-03-02_front", "--rater", "Anna")
        assert result["pairs"][0]["aligned_by"] is None
        result = done("--marks", "anna.csv", "--photo", "2026-06-02_front", "--rater", "Anna")
        (pair,) = result["pairs"]
        assert (pair["view"], pair["earlier"], pair["later"]) == ("front", "2026-03-02_front", "2026-06-02_front")
        assert (pair["landmarks_common"], pair["aligned_by"], pair["days_between"]) == (4, "homography", 92)
        assert pair["residual_px"] == pytest.approx(0, abs=1e-6)
        enclosed, differing = pair["warnings"]
        assert enclosed.startswith("the common landmarks enclose 3.4 % of the photograph")
        assert "light: ring, then window" in differing

        from scarplan.photographs import read_aligned_pairs
        from scarplan.records import Case

        (found,) = read_aligned_pairs(Case("case"), result)
        assert found.pictures.is_aligned
        assert found.pictures.ghost().shape == (480, 640, 3)

    def test_the_first_date_is_also_compared_with_the_last(self, desk):
        for file, day in (("one.jpg", "2026-01-02"), ("two.jpg", "2026-02-02"), ("three.png", "2026-03-02")):
            result = add(file, "front", day)
        assert [(p["earlier"][:10], p["later"][:10]) for p in result["pairs"]] == [
            ("2026-01-02", "2026-02-02"), ("2026-02-02", "2026-03-02"), ("2026-01-02", "2026-03-02"),
        ]  # fmt: skip

    def test_of_two_on_one_day_the_one_with_more_landmarks_counts(self, desk):
        add("one.jpg", "front", "2026-03-02")
        add("two.jpg", "front", "2026-03-02")
        add("three.png", "front", "2026-06-02")
        assert done()["pairs"][0]["earlier"] == "2026-03-02_front-2"
        result = done("--marks", "anna.csv", "--photo", "2026-03-02_front", "--rater", "Anna")
        assert result["pairs"][0]["earlier"] == "2026-03-02_front"


class TestResult:
    @pytest.fixture
    def full(self, desk) -> dict[str, Any]:
        add("one.jpg", "front", "2026-03-02", "--light", "ring", "--make-up", "yes")
        add("two.jpg", "front", "2026-06-02", "--light", "window")
        Path("case/photos/stray.png").write_bytes(b"")
        Path("anna.csv").write_text(Path("anna.csv").read_text("utf-8") + CHART, "utf-8")
        done("--marks", "anna.csv", "--photo", "2026-03-02_front", "--rater", "Anna")
        return done("--marks", "ben.csv", "--photo", "2026-03-02_front", "--rater", "Ben")

    def test_every_number_is_explained(self, full):
        assert list_unexplained("photo", full) == []

    def test_a_chart_that_is_none_gives_no_colour(self, full):
        colour = full["photos"][0]["colour"]
        assert colour["is_read"] is False
        assert colour["skin"] == []
        assert full["photos"][0]["colour_note"].startswith("no colour is read: the chart's patches miss")

    def test_a_colour_once_read_is_taken_over(self, full, monkeypatch):
        import scarplan.photographs.describe as describe

        def fail(*_: Any, **__: Any) -> None:
            raise AssertionError("read again")

        monkeypatch.setattr(describe, "read_colour", fail)
        again = add("three.png", "left90", "2026-06-02")
        assert again["photos"][0]["colour"] == full["photos"][0]["colour"]

    def test_listing_changes_nothing_and_the_words_tell_it(self, full):
        before = contents()
        listed = done()
        assert contents() == before
        assert {**listed, "done": None} == {**full, "done": None}
        words = photo().stdout
        for said in (
            "2026-03-02_front",
            "not there: left45",
            "not aligned",
            "Anna and Ben",
            "make-up hides",
            "stray.png",
        ):
            assert said in words

    def test_a_step_tells_kinds_and_widths_of_its_own_photograph(self, full):
        again = photo("--marks", "anna.csv", "--photo", "2026-03-02_front", "--rater", "Anna", "--replace").stdout
        assert "Marked: 1 ice-pick, 1 boxcar, 1 rolling; widths: boxcar 2.0 mm." in again
        assert "Anna and Ben" in again
        assert "2026-06-02: not there" not in again
        page = photo("--mark", "2026-03-02_front").stdout
        assert "give what it saved: scarplan photo CASE --marks FILE --photo 2026-03-02_front --rater NAME" in page

    def test_the_same_steps_give_the_same_bytes(self, desk):
        results = []
        for _ in range(2):
            add("one.jpg")
            done("--marks", "anna.csv", "--photo", "2026-03-02_cheek_left", "--rater", "Anna")
            results.append(contents())
            done("--remove", "2026-03-02_cheek_left", "--rater", "Anna")
            done("--remove", "2026-03-02_cheek_left")
        assert results[0] == results[1]
