"""`scarplan blind`: nothing of the originals is left, the key lies elsewhere, and it brings everything back."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from scarplan.cli.group import main
from scarplan.errors import BadInput
from scarplan.evidence import list_unexplained
from scarplan.report.pictures.blind_relief import draw_blind_relief
from scarplan.study.blinding import BlindItem, blind_items
from scarplan.study.scoring_sheet import read_scales, read_sheet
from scarplan.surface.storage import save_scan
from scarplan.surface.surface import Scan, Surface
from scarplan.workflow.blind import blind_pictures
from scarplan.workflow.unblind import join_scores

SECRETS = ("Jansen-1961", "20260302", "2026-03-02", "2026:03:02", "CASE_MUELLER", "Canon EOS 9", "baseline_visit")


def run(*words: Any) -> Result:
    return CliRunner().invoke(main, ["blind", *map(str, words)])


def read_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


@pytest.fixture(autouse=True)
def _small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scarplan.workflow.blind_pictures._LONGEST_PX", 400)
    monkeypatch.setattr("scarplan.workflow.blind_pictures._LONGEST_RELIEF_PX", 300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photographs whose left half is red, with names, dates and EXIF; and a scan in a case."""
    root = tmp_path / "CASE_MUELLER"
    (root / "2026-03-02").mkdir(parents=True)
    for number in range(6):
        pixels = np.random.default_rng(number).integers(90, 160, (260, 320, 3), dtype=np.uint8)
        pixels[:, :160, 0] = 250
        exif = Image.Exif()
        exif[0x9003], exif[0x0132], exif[0x0110] = "2026:03:02 10:11:12", "2026:03:02 10:11:12", "Canon EOS 9"
        Image.fromarray(pixels).save(root / "2026-03-02" / f"Jansen-1961_{number}_20260302.jpg", exif=exif, quality=95)
    y, x = np.mgrid[0:90, 0:120] * 0.1
    relief = 0.02 * np.sin(x) - 0.4 * np.exp(-((x - 3) ** 2 + (y - 4) ** 2))
    chart = Surface("map", relief, np.ones(relief.shape, bool), 0.1)
    (root / "Jansen-1961_scan").mkdir()
    (root / "Jansen-1961_scan" / "surface.npz").write_bytes(save_scan(Scan((chart,))))
    Image.new("RGB", (300, 300)).save(root / "Jansen-1961_scan" / "scars.png")  # a figure of the case, no photograph
    return root


def test_nothing_of_the_originals_is_left(folder: Path) -> None:
    done = run(folder, "--seed", 7, "--json", "-q")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["pictures"], result["shown"], result["shown_twice"]) == (7, 8, 1)
    assert list_unexplained("blind", result) == []
    out, key = Path(result["folder"]), Path(result["key"])
    assert not key.is_relative_to(out)
    for path in out.rglob("*"):
        assert path.stat().st_mtime == 315_532_800
        data = path.read_bytes() + path.relative_to(out).as_posix().encode()
        assert [text for text in SECRETS if text.lower().encode() in data.lower()] == []
        if path.suffix == ".jpg":
            with Image.open(path) as image:
                assert not image.getexif()
                assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        if path.suffix == ".png":
            with Image.open(path) as image:
                assert set(image.info) == set()
    rows = read_rows(key)
    assert {row["file"] for row in rows} == {
        *(f"2026-03-02/Jansen-1961_{n}_20260302.jpg" for n in range(6)), "Jansen-1961_scan"
    }  # fmt: skip
    assert len({row["code"] for row in rows}) == 8
    assert {path.stem for path in out.iterdir()} == {row["code"] for row in rows} | {"scoring_sheet"}


def test_sizes_and_times_of_the_files_tell_nothing(folder: Path) -> None:
    result = blind_pictures(folder, seed=7, repeat_share=1.0)
    paths = [path for path in Path(result["folder"]).iterdir() if path.suffix in (".jpg", ".png")]
    assert len(paths) == 14
    # A picture and its mirror image differ by some bytes of many: sorted by size they would stand side by side.
    assert len({(path.suffix, path.stat().st_size) for path in paths}) == 2
    assert {path.stat().st_mtime for path in paths} == {315_532_800}
    for path in paths:
        with Image.open(path) as image:
            image.load()
            assert min(image.size) > 100
    tables = {path.suffix: [] for path in paths}
    for path in paths:
        with Image.open(path) as image:
            tables[path.suffix].append((image.mode, getattr(image, "quantization", None)))
    assert all(one == told[0] for told in tables.values() for one in told)


def test_mirrored_pictures_are_mirrored_and_the_others_are_not(folder: Path) -> None:
    result = blind_pictures(folder, seed=7)
    mirrored = []
    for row in read_rows(Path(result["key"])):
        if row["chart"]:
            continue
        with Image.open(Path(result["folder"]) / f"{row['code']}.jpg") as image:
            red = np.asarray(image)[:, :, 0].astype(float)
        half = red.shape[1] // 2
        is_left_red = red[:, :half].mean() > red[:, half:].mean()
        assert is_left_red == (row["mirrored"] == "no")
        mirrored.append(row["mirrored"])
    assert len(set(mirrored)) == 2


def test_a_mirrored_relief_is_lit_from_the_same_side() -> None:
    y, x = np.mgrid[0:80, 0:80] * 0.1
    even = -0.4 * np.exp(-((x - 3.95) ** 2 + (y - 3.95) ** 2))  # its own mirror image
    shared = {"frame_mm": (8.0, 8.0), "step_mm": 0.1}
    drawn = [draw_blind_relief(even, np.ones(even.shape, bool), 0.1, mirrored=m, **shared) for m in (False, True)]
    pictures = [np.asarray(Image.open(io.BytesIO(data)).convert("L")).astype(float) for data in drawn]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1
    assert np.abs(pictures[0] - pictures[0][:, ::-1]).max() > 30  # the light itself is not even


def test_scans_of_every_size_have_one_frame_and_scale() -> None:
    small = np.zeros((40, 40))
    small[20, 20] = -0.2
    drawn = draw_blind_relief(
        small, np.ones(small.shape, bool), 0.1, mirrored=False, frame_mm=(8.0, 10.0), step_mm=0.05
    )
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.size == (200, 160)
        seen = np.asarray(image) != 0
    assert seen.sum() == pytest.approx((4.0 / 0.05) ** 2, rel=0.05)


def test_the_same_seed_gives_the_same_bytes_and_another_another_order(folder: Path, tmp_path: Path) -> None:
    files = {}
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        blind_pictures(folder, seed=seed, out=tmp_path / name, key=tmp_path / f"{name}.csv")
        files[name] = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        files[name]["key"] = (tmp_path / f"{name}.csv").read_bytes()
    assert files["a"] == files["b"]
    assert set(files["a"]) & set(files["c"]) <= {"scoring_sheet.csv", "scoring_sheet.html", "key"}


def test_codes_order_and_mirrors_are_random() -> None:
    items = [BlindItem((f"{n:03d}.jpg", f"{n:03d}_later.jpg")) for n in range(200)]
    found = blind_items(items, seed=1, repeat_share=0.25)
    assert len(found) == 250
    assert len({each.code for each in found}) == 250
    assert Counter(each.shown for each in found) == {1: 200, 2: 50}
    assert max(each.order for each in found if each.shown == 1) < min(each.order for each in found if each.shown == 2)
    assert 75 <= sum(each.mirrored for each in found[:200]) <= 125
    assert 75 <= sum(each.files != each.item.files for each in found[:200]) <= 125
    places = [int(each.files[0][:3]) for each in found[:200]]
    assert abs(np.corrcoef(places, range(200))[0, 1]) < 0.2
    first = {each.item.files: each.mirrored for each in found[:200]}
    assert all(first[each.item.files] != each.mirrored for each in found[200:])
    assert blind_items(items[::-1], seed=1, repeat_share=0.25) == found  # the order of listing tells nothing


def test_two_visits_beside_each_other(folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder / "Jansen-1961_scan")
    lines = ["file,subject,visit"]
    lines += [f"2026-03-02/Jansen-1961_{n}_20260302.jpg,subj-{n // 2},{n % 2}" for n in range(6)]
    (folder / "pictures.csv").write_text("\n".join(lines) + "\n", "utf-8")
    result = blind_pictures(folder, seed=2, pairs=True, repeat_share=0.0)
    assert result["pictures"] == 3
    rows = read_rows(Path(result["key"]))
    assert all(row["file_right"] and row["file"] != row["file_right"] for row in rows)
    with Image.open(Path(result["folder"]) / f"{rows[0]['code']}.jpg") as image:
        assert image.width > 1.8 * image.height
    lines.pop()
    (folder / "pictures.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(BadInput, match="has no subject or no visit"):
        blind_pictures(folder, seed=2, pairs=True, out=tmp_path / "x", key=tmp_path / "x.csv")


def test_a_text_that_tells_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="E-BLIND-009"):
        blind_pictures(folder, seed=1, scales=["Jansen 1961:0:4", "CASE_MUELLER:0:4"])
    assert not folder.with_name("CASE_MUELLER-blinded").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--seed 1 --key {out}/key.csv --out {out}", "E-BLIND-005"),
        ("--seed 1 --out {folder}/inside", "E-BLIND-005"),
        ("--seed 1 --key {folder}/pictures.csv", "E-BLIND-006"),
        ("--seed 1 --out {folder}/.. --key {folder}/key.csv", "E-BLIND-005"),
        ("", "E-BLIND-003"),
        ("--seed 1 --scale severity", "E-BLIND-001"),
        ("--seed 1 --scale a:4:0", "E-BLIND-001"),
        ("--seed 1 --scale a:0:4 --scale A:0:5", "two scales have one name"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(folder: Path, words: str, says: str) -> None:
    (folder / "pictures.csv").write_text("file,subject\n", "utf-8")
    with (folder / "pictures.csv").open("a", encoding="utf-8") as stream:
        stream.write("Jansen-1961_scan,s1\n")
    before = sorted(folder.parent.rglob("*"))
    told = words.format(folder=folder, out=folder.with_name("out")).split()
    done = run(folder, *told, "--json", "-q")
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr
    assert sorted(folder.parent.rglob("*")) == before


def test_a_key_that_a_stopped_run_left_elsewhere_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    places = {"out": tmp_path / "for-raters", "key": tmp_path / "safe" / "key.csv"}
    blind_pictures(folder, seed=1, **places)
    kept = places["key"].read_bytes()
    shutil.rmtree(places["out"])  # as a run is left that was killed after the key
    with pytest.raises(BadInput, match=r"no pictures are in .*for-raters") as told:
        blind_pictures(folder, seed=1, **places)
    assert "a run was stopped between the two" in str(told.value.do)
    assert places["key"].read_bytes() == kept
    places["key"].unlink()
    blind_pictures(folder, seed=1, **places)
    assert places["key"].read_bytes() == kept


def test_a_second_blinding_does_not_mix_with_the_first(folder: Path) -> None:
    blind_pictures(folder, seed=1)
    with pytest.raises(BadInput, match="codes of two blindings must not mix"):
        blind_pictures(folder, seed=2)
    shutil.rmtree(folder.with_name("CASE_MUELLER-blinded"))
    with pytest.raises(BadInput, match="is there already, and no pictures"):
        blind_pictures(folder, seed=2)


# --- scores ---------------------------------------------------------------------------------------------------------


def fill(result: dict[str, Any], rater: str, *, shift: int = 0, slip: bool = False) -> Path:
    """Fill a sheet: the grade is the number in the file's name, 0 to 4, and `shift`; a slip on second showings."""
    key = {row["code"]: row for row in read_rows(Path(result["key"]))}
    rows = read_rows(Path(result["folder"]) / "scoring_sheet.csv")
    for row in rows:
        true = int(Path(key[row["code"]]["file"]).stem.split("_")[1]) % 5
        grade = min(4, true + shift)
        row["severity (0-4)"] = str(max(0, grade - 1) if slip and key[row["code"]]["shown"] == "2" else grade)
        row["rater"] = rater
    path = Path(result["key"]).with_name(f"{rater}.csv")
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_filled_sheets_come_back_with_the_key(folder: Path) -> None:
    shutil.rmtree(folder / "Jansen-1961_scan")
    result = blind_pictures(folder, seed=5, repeat_share=1.0)
    sheets = [fill(result, "Ann"), fill(result, "Bob", shift=1, slip=True)]
    done = run(folder, *(word for sheet in sheets for word in ("--unblind", sheet)), "--json", "-q")
    assert done.exit_code == 0, done.output
    joined = json.loads(done.stdout)
    assert list_unexplained("unblind", joined) == []
    assert (joined["raters"], joined["scores"]) == (["Ann", "Bob"], 24)
    (severity,) = joined["agreement"]
    ann, bob = severity["with_themselves"]
    assert ann["weighted_kappa"]["value"] == pytest.approx(1.0)
    assert ann["same"]["value"] == 1.0
    assert bob["same"]["value"] == 0.0
    assert severity["with_each_other"][0]["pictures"] == 6
    assert 0 < severity["icc21"]["value"] < severity["icc31"]["value"]
    rows = read_rows(Path(joined["folder"]) / "long.csv")
    assert all(
        float(row["severity"]) == int(Path(row["file"]).stem.split("_")[1]) % 5 for row in rows if row["rater"] == "Ann"
    )
    assert "weighted kappa" in run(folder, "--unblind", sheets[0], "--out", folder.parent / "again", "-q").stdout


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (",0,", ",9,", "allowed: 0 to 4"),
        (",0,", ",x,", "severity is 'x'"),
        ("rater,order,code", "rater,order,kode", "code"),
    ],
)
def test_a_sheet_that_cannot_be_is_told(folder: Path, old: str, new: str, says: str) -> None:
    shutil.rmtree(folder / "Jansen-1961_scan")
    result = blind_pictures(folder, seed=5)
    sheet = fill(result, "Ann")
    sheet.write_text(sheet.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(BadInput, match=says):
        join_scores([sheet], key=result["key"])


def test_sheets_of_another_blinding_and_empty_ones(folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder / "Jansen-1961_scan")
    result = blind_pictures(folder, seed=5)
    other = blind_pictures(folder, seed=6, out=tmp_path / "o", key=tmp_path / "o.csv")
    with pytest.raises(BadInput, match="is not in the key"):
        join_scores([fill(other, "Ann")], key=result["key"])
    with pytest.raises(BadInput, match="no sheet holds a score"):
        join_scores([Path(result["folder"]) / "scoring_sheet.csv"], key=result["key"])
    sheet = fill(result, "Ann")
    with pytest.raises(BadInput, match=r"Ann scored picture \w+ twice"):
        join_scores([sheet, sheet], key=result["key"])


def test_scales_and_sheets_read_back(tmp_path: Path) -> None:
    (scale,) = read_scales(["Global change:-4:4"])
    assert (scale.column, scale.measure) == ("Global change (-4-4)", "global_change")
    (tmp_path / "ann.csv").write_text("code,Global change (-4-4)\nX,-3\nY,\n", "utf-8")
    scales, scores = read_sheet(tmp_path / "ann.csv", ["X", "Y"])
    assert scales == [scale]
    assert [(score.rater, score.values) for score in scores] == [("ann", {"global_change": -3.0}), ("ann", {})]


@pytest.mark.pango
def test_the_sheet_is_printed_on_a4(folder: Path) -> None:
    result = blind_pictures(folder, seed=1, pdf=True, scales=["severity:0:4", "improvement:-4:4"])
    assert (Path(result["folder"]) / "scoring_sheet.pdf").read_bytes().startswith(b"%PDF")
    assert os.path.getmtime(Path(result["folder"]) / "scoring_sheet.pdf") == 315_532_800


@pytest.mark.parametrize("day", [False, True])
def test_visits_are_paired_in_their_own_order_and_not_that_of_the_alphabet(folder: Path, day: bool) -> None:
    """`post` stands before `pre`, and `month 10` before `month 3`, in the alphabet."""
    shutil.rmtree(folder / "Jansen-1961_scan")
    visits = [("pre", "0"), ("month 3", "90"), ("month 10", "300")]
    lines = [
        f"2026-03-02/Jansen-1961_{s * 3 + v}_20260302.jpg,subject-{s},{name},{days}"
        for s in (0, 1)
        for v, (name, days) in enumerate(visits)
    ]
    lines = lines[::-1] if day else [line.rsplit(",", 1)[0] for line in lines]
    head = "file,subject,visit" + (",day" if day else "")
    (folder / "pictures.csv").write_text("\n".join([head, *lines]) + "\n", "utf-8")
    rows = read_rows(Path(blind_pictures(folder, seed=2, pairs=True, repeat_share=0.0)["key"]))
    assert {(row["visit"], row["visit_last"]) for row in rows} == {("pre", "month 10")}
    assert all("_0_" in row["first_file"] or "_3_" in row["first_file"] for row in rows)


def test_pictures_without_a_key_are_never_left(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(BadInput, match="E-CASE"):
        blind_pictures(folder, seed=1, key=tmp_path / "file" / "key.csv")
    assert not folder.with_name("CASE_MUELLER-blinded").exists()
    with pytest.raises(BadInput, match="E-CASE"):
        blind_pictures(folder, seed=1, out=tmp_path / "file" / "out")
    assert not folder.with_name("CASE_MUELLER-key.csv").exists()


@pytest.mark.parametrize("column", ["code", "shown", "mirrored", "first_file"])
def test_the_list_cannot_overwrite_the_key(folder: Path, column: str) -> None:
    (folder / "pictures.csv").write_text(f"file,{column}\nJansen-1961_scan,x\n", "utf-8")
    with pytest.raises(BadInput, match=f"has the column {column}, which the key needs"):
        blind_pictures(folder, seed=1)


def test_a_comparison_of_two_is_the_same_whichever_stood_on_the_right(folder: Path) -> None:
    shutil.rmtree(folder / "Jansen-1961_scan")
    lines = ["file,subject,visit"]
    lines += [f"2026-03-02/Jansen-1961_{n}_20260302.jpg,subject-{n // 2},{n % 2}" for n in range(6)]
    (folder / "pictures.csv").write_text("\n".join(lines) + "\n", "utf-8")
    result = blind_pictures(folder, seed=3, pairs=True, repeat_share=1.0, scales=["improvement:-4:4"])
    assert "above 0: more of it on the right" in (Path(result["folder"]) / "scoring_sheet.html").read_text("utf-8")
    key = {row["code"]: row for row in read_rows(Path(result["key"]))}
    assert len({row["first_file"] == row["file"] for row in key.values()}) == 2  # both sides were drawn
    rows = read_rows(Path(result["folder"]) / "scoring_sheet.csv")
    lines = ["rater,code,improvement (-4-4)"]
    for row in rows:  # a rater who sees the last visit as better by 2 or 3, wherever it stands
        told = key[row["code"]]
        better = 2 + int(told["subject"][-1]) % 2
        lines.append(f"Ann,{row['code']},{better if told['first_file'] == told['file'] else -better}")
    sheet = folder.with_name("ann.csv")
    sheet.write_text("\n".join(lines) + "\n", "utf-8")
    joined = join_scores([sheet], key=result["key"])
    assert joined["agreement"][0]["with_themselves"][0]["same"]["value"] == 1.0
    kept = read_rows(Path(joined["folder"]) / "long.csv")
    assert {(row["subject"], float(row["improvement"])) for row in kept} == {
        ("subject-0", 2.0), ("subject-1", 3.0), ("subject-2", 2.0)
    }  # fmt: skip
