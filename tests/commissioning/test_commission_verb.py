"""The verb: what it writes and refuses, its signed page, and its profile carried into scan and scars."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from capture.rendered import ring_of_lights, write_picture
from commissioning.simulated_scanner import scan_plate
from scarplan import commission_scanner, find_scars, scan_surface
from scarplan.capture import render_light
from scarplan.cli.group import main
from scarplan.cli.scan import show_scan
from scarplan.commissioning import design_plate, map_plate
from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.evidence.lineage import list_unexplained
from scarplan.records.scanner_profile import ScannerProfile, read_scanner_profile
from scarplan.surface.phantom import make_phantom
from scarplan.surface.storage import load_scan
from scarplan.surface.surface import Scanner
from scarplan.workflow import commission_scans
from scarplan.workflow.template import print_template

SIGNED: dict[str, Any] = {
    "scanner": "Made for the test",
    "name": "A. Person",
    "role": "physicist",
    "date": "2026-03-02",
}


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a phantom, two scans of its print, and a scan of skin."""
    folder = tmp_path_factory.mktemp("desk")
    commission_scanner(folder / "one", phantom=True, pdf=False)
    for seed, angle in enumerate((0.4, 2.6)):
        np.save(
            folder / f"scan{seed}.npy",
            scan_plate(design_plate(), angle=angle, pixel_mm=0.25, lateral_mm=0.7, seed=seed).relief_mm,
        )
    np.save(
        folder / "skin.npy",
        make_phantom(3, rows=300, columns=300, pixel_mm=0.1, counts={"boxcar": 2}).surface.relief_mm,
    )
    return folder


@pytest.fixture(scope="module")
def found(desk: Path) -> dict[str, Any]:
    """Return the result of two scans of the print."""
    scans = [desk / "scan0.npy", desk / "scan1.npy"]
    return commission_scanner(
        desk / "one", scan=scans, unit="mm", pixel_mm=0.25, capture="photogrammetry", pdf=False, **SIGNED
    )


def test_the_phantom_is_written_and_told(desk: Path, tmp_path: Path) -> None:
    result = run("commission", str(tmp_path / "p"), "--phantom", "--no-pdf", "--json", "-q")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["done"]) == (0, "phantom")
    assert list_unexplained("commission", told) == []
    for name in ("phantom.toml", "phantom.stl", "phantom.npy", "phantom.html"):
        assert (tmp_path / "p" / name).read_bytes() == (desk / "one" / name).read_bytes(), name
    assert np.load(tmp_path / "p" / "phantom.npy").shape == (901, 1201)
    assert f"Phantom {told['phantom']}" in (tmp_path / "p" / "phantom.html").read_text("utf-8")


def test_a_completed_truth_is_not_overwritten(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "phantom.toml").write_text((desk / "one" / "phantom.toml").read_text("utf-8") + "\n# mine\n", "utf-8")
    with pytest.raises(BadInput, match=r"E-COMM-016.*not overwritten"):
        commission_scanner(tmp_path, phantom=True, pdf=False)
    assert [path.name for path in tmp_path.iterdir()] == ["phantom.toml"]


def test_scans_of_the_print_give_a_profile_and_a_page(desk: Path, found: dict[str, Any]) -> None:
    assert found["files"] == ["commissioning.json", "commissioning.html", "profile.toml"]
    assert json.loads((desk / "one" / "commissioning.json").read_text("utf-8")) == found
    profile = read_scanner_profile(desk / "one" / "profile.toml")
    assert profile.content_hash == found["profile_hash"]
    assert profile.model_dump(mode="json") == found["profile"]
    assert (profile.scanner, profile.capture, profile.scans) == ("Made for the test", "photogrammetry", 2)
    assert profile.truth == "nominal"
    assert any("count as designed, with a standard deviation of 0.02 mm, assumed" in w for w in found["warnings"])
    assert list_unexplained("commission", found) == []
    page = (desk / "one" / "commissioning.html").read_text("utf-8")
    for words in ("Made for the test", "A. Person, physicist", "2 March 2026", found["profile_hash"], "Signature of"):
        assert words in page
    assert page.count("<svg") == 2
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)


def test_it_passes_what_is_good(found: dict[str, Any]) -> None:
    assert found["passed"] is True
    assert found["profile"]["resolves_0_1_mm"] is True
    assert found["profile"]["noise_mm"] == pytest.approx(0.005, rel=0.1)
    assert found["profile"]["lateral_mm"] == pytest.approx(0.7, abs=0.03)
    # The print is known to 0.02 mm only: no number of scans makes gain and bias surer than that.
    assert 0.005 < found["profile"]["bias_sd_mm"] < 0.02
    assert 0.015 < found["profile"]["depth_gain_sd"] < 0.04


def test_a_measured_print_makes_it_surer(desk: Path, tmp_path: Path, found: dict[str, Any]) -> None:
    text = (desk / "one" / "phantom.toml").read_text("utf-8")
    add = r"\g<0>\nmeasured_depth_mm = \1\nmeasured_sd_mm = 0.001\nmeasured_by = 'profilometer'"
    measured = re.sub(
        r"^depth_mm = (-?[\d.]+)$",
        add,
        text.replace("depth_mm = 0.3\n\n[print]", "depth_mm =  0.3\n\n[print]"),
        flags=re.M,
    )
    (tmp_path / "phantom.toml").write_text(measured, "utf-8")
    surer = commission_scanner(tmp_path, scan=[desk / "scan0.npy"], unit="mm", pixel_mm=0.25, pdf=False, **SIGNED)
    assert surer["profile"]["truth"] == "measured"
    assert surer["profile"]["bias_sd_mm"] < 0.4 * found["profile"]["bias_sd_mm"]
    assert surer["profile"]["repeatability_mm"] is None
    assert surer["passed"] is None  # repeatability could not be tried
    assert not any("count as designed" in warning for warning in surer["warnings"])
    # The same scans give the same bytes.
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    commission_scanner(tmp_path, scan=[desk / "scan0.npy"], unit="mm", pixel_mm=0.25, pdf=False, replace=True, **SIGNED)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_scan_of_skin_is_refused_and_leaves_nothing(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "phantom.toml").write_bytes((desk / "one" / "phantom.toml").read_bytes())
    words = ["--scanner", "S", "--name", "N", "--role", "R", "--unit", "mm", "--pixel-mm", "0.1", "--json", "-q"]
    result = run("commission", str(tmp_path), "--scan", str(desk / "skin.npy"), *words)
    assert result.exit_code == 3
    refused = json.loads(result.stdout)["refused"]
    assert "skin.npy does not show the phantom" in refused["reason"]
    assert "--pixel-mm" in refused["do"]
    assert [path.name for path in tmp_path.iterdir()] == ["phantom.toml"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", ["E-COMM-010", "none of them"]),
        ("--phantom --digital", ["E-COMM-010", "--phantom and --digital"]),
        ("--phantom --unit mm", ["E-COMM-011", "--unit does not go with --phantom"]),
        ("--scan a.npy --unit mm", ["E-COMM-011", "--scanner, --name, --role is missing with --scan"]),
        ("--digital --name N --role R --scanner S", ["E-COMM-011", "--scanner does not go with --digital"]),
        ("--scan a.npy --scanner S --name N --role R --capture magic", ["E-COMM-013", "structured_light"]),
        ("--scan a.npy --scanner S --name N --role R --date 2026-02-31", ["E-COMM-012", "2026-02-31"]),
        ("--repeats a.npy --scanner S --name N --role R", ["E-COMM-018", "2 to 30"]),
        ("--scan a.npy --scanner S --name N --role R", ["E-COMM-017", "--phantom"]),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, words: str, says: list[str]) -> None:
    result = run("commission", str(tmp_path / "x"), *words.split(), "-q")
    assert (result.exit_code, result.stdout) == (2, "")
    assert [part for part in says if part not in result.stderr] == []
    assert not (tmp_path / "x").exists()


def photograph_print(folder: Path, *, seed: int) -> Path:
    """Write photographs of the print under four lights with their capture file; return that file."""
    heights, random = map_plate(design_plate(), pixel_mm=0.2).relief_mm, np.random.default_rng(seed)
    folder.mkdir()
    words = ['pixel_mm = 0.2\nencoding = "srgb"\n']
    for number, light in enumerate(ring_of_lights(4)):
        seen = render_light(heights, light, pixel_mm=0.2, albedo=0.5, noise=0.002, rng=random)
        write_picture(folder / f"{number}.png", seen)
        words.append(f'[[photo]]\nfile = "{number}.png"\ndirection = {[float(part) for part in light.direction]}\n')
    (folder / "capture.toml").write_text("\n".join(words), "utf-8")
    return folder / "capture.toml"


def test_photographs_under_known_lights_are_commissioned(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "phantom.toml").write_bytes((desk / "one" / "phantom.toml").read_bytes())
    captures = [photograph_print(tmp_path / name, seed=seed) for seed, name in enumerate(("first", "second"))]
    assert captures[0].read_bytes() == captures[1].read_bytes()  # the lights stand as they stood: no copy of a scan
    with pytest.raises(BadInput, match=r"E-COMM-019.*the same scan is given twice"):
        commission_scanner(tmp_path, scan=captures[:1] * 2, pdf=False, **SIGNED)
    with pytest.raises(BadInput, match=r"E-SCAN-006.*--pixel-mm contradicts the capture file"):
        commission_scanner(tmp_path, scan=captures, pixel_mm=0.3, pdf=False, **SIGNED)
    result = commission_scanner(tmp_path, scan=captures, pdf=False, **SIGNED)
    assert read_scanner_profile(tmp_path / "profile.toml").capture == "photometric"
    assert result["profile"]["depth_gain"] == pytest.approx(1.0, abs=0.05)
    assert {"1:capture.toml", "1:0.png", "2:3.png"} <= set(result["manifest"]["inputs"])


def test_an_earlier_commissioning_and_a_copy_are_told(desk: Path, found: dict[str, Any]) -> None:
    scan = desk / "scan0.npy"
    with pytest.raises(BadInput, match=r"E-COMM-015.*already holds a commissioning"):
        commission_scanner(desk / "one", scan=[scan], unit="mm", pixel_mm=0.25, **SIGNED)
    with pytest.raises(BadInput, match=r"E-COMM-019.*the same scan is given twice"):
        commission_scanner(desk / "one", scan=[scan, scan], unit="mm", pixel_mm=0.25, replace=True, **SIGNED)
    with pytest.raises(BadInput, match=r"E-COMM-014.*--name"):
        commission_scanner(desk / "one", scan=[scan], unit="mm", pixel_mm=0.25, **{**SIGNED, "name": " "})
    with pytest.raises(MissingStep, match="E-COMM-017"):
        commission_scanner(desk, scan=[scan], unit="mm", pixel_mm=0.25, **SIGNED)


def test_repeats_of_skin_tell_repeatability_alone(desk: Path, tmp_path: Path) -> None:
    heights = np.load(desk / "skin.npy")
    paths = []
    for seed, cut in enumerate((0, 6)):
        noisy = heights[cut : cut + 280, cut : cut + 280]
        paths.append(tmp_path / f"{seed}.npy")
        np.save(paths[-1], noisy + 0.01 * np.random.default_rng(seed).standard_normal(noisy.shape))
    result = commission_scanner(tmp_path, repeats=paths, unit="mm", pixel_mm=0.1, pdf=False, **SIGNED)
    assert (result["done"], result["phantom"], result["features"]) == ("repeats", None, [])
    assert result["profile"]["method"] == "skin"
    assert 0 < result["profile"]["repeatability_mm"] < 0.005
    assert result["profile"]["depth_gain"] is None
    assert list_unexplained("commission", result) == []


def test_the_software_is_tried_on_digital_phantoms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commission_scans, "CONDITIONS", commission_scans.CONDITIONS[3:4])
    result = commission_scanner(tmp_path, digital=True, name="N", role="R", date="2026-03-02", pdf=False)
    (row,) = result["digital"]
    assert result["passed"] is True
    assert row["found"] >= 10
    assert row["depth_mae_mm"] < 0.04
    assert list_unexplained("commission", result) == []
    assert "Grid of 0.1 mm" in (tmp_path / "commissioning.html").read_text("utf-8")
    assert not (tmp_path / "profile.toml").exists()


@pytest.mark.pango
def test_the_page_to_sign_is_one_page(desk: Path, found: dict[str, Any]) -> None:
    from weasyprint import HTML

    for name in ("commissioning.html", "phantom.html"):
        assert len(HTML(string=(desk / "one" / name).read_text("utf-8")).render().pages) == 1, name


@pytest.mark.pango
def test_the_pdf_is_written_beside_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commission_scans, "CONDITIONS", ())
    result = commission_scanner(tmp_path, digital=True, name="N", role="R", date="2026-03-02")
    assert result["files"] == ["commissioning.json", "commissioning.html", "commissioning.pdf"]
    assert (tmp_path / "commissioning.pdf").read_bytes().startswith(b"%PDF")


# -- the profile in scan and scars ---------------------------------------------------------------------------------


@pytest.fixture
def profile(tmp_path: Path) -> Any:
    """Return a function that writes a profile with some values changed."""

    def write(**values: Any) -> Path:
        text = print_template("scanner")
        for key, value in values.items():
            text = re.sub(rf"^#? ?{key} = .*$", f"{key} = {json.dumps(value)}", text, flags=re.M)
        path = tmp_path / "profile.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def scan(desk: Path, case: Path, **options: Any) -> dict[str, Any]:
    return scan_surface(desk / "skin.npy", case, unit="mm", pixel_mm=0.1, zone="cheek", replace=True, **options)


def test_a_scan_carries_its_profile(desk: Path, tmp_path: Path, profile: Any) -> None:
    path = profile(noise_mm=0.02, lateral_mm=0.1)
    result = scan(desk, tmp_path / "case", scanner=path, date="2026-03-02")
    kept = load_scan(tmp_path / "case" / "surface.npz").scanner
    told = result["scanner"]
    assert kept.profile_hash == told["profile"]["hash"] == read_scanner_profile(path).content_hash
    assert (
        (kept.name, kept.capture) == (told["name"], told["capture"]) == ("Example scanner at 20 cm", "structured_light")
    )
    assert (kept.bias_mm, kept.bias_sd_mm, kept.depth_gain, kept.repeatability_mm) == (0.002, 0.003, 0.995, 0.004)
    # The worse of what is stated and of what is seen.
    assert kept.noise_mm == result["resolves"]["noise_mm"] == 0.02
    assert kept.lateral_mm == result["resolves"]["lateral_mm"] == pytest.approx(0.2)
    assert result["resolves"]["smallest_depth_mm"] >= 0.06
    assert told["profile"]["expired"] is False
    assert list_unexplained("scan", result) == []


def test_a_scan_without_a_profile_says_so(desk: Path, tmp_path: Path) -> None:
    result = scan(desk, tmp_path / "case")
    assert result["scanner"] == {"name": None, "capture": None, "profile": None}
    kept = load_scan(tmp_path / "case" / "surface.npz").scanner
    assert kept == Scanner(noise_mm=kept.noise_mm, lateral_mm=kept.lateral_mm)


def test_another_profile_is_another_scan(desk: Path, tmp_path: Path, profile: Any) -> None:
    scan(desk, tmp_path / "case")
    with pytest.raises(BadInput, match=r"E-SCAN-001.*different: options"):
        scan_surface(desk / "skin.npy", tmp_path / "case", unit="mm", pixel_mm=0.1, zone="cheek", scanner=profile())


def test_the_uncertainty_of_the_scanner_is_in_every_measure(desk: Path, tmp_path: Path, profile: Any) -> None:
    plain = tmp_path / "plain"
    scan(desk, plain)
    alone = find_scars(plain)["scars"]
    scan(desk, tmp_path / "case", scanner=profile(bias_mm=0.01, bias_sd_mm=0.02, repeatability_mm=0.01, depth_gain=0.9))
    carried = find_scars(tmp_path / "case")["scars"]
    assert len(alone) == len(carried) >= 1
    for one, more in zip(alone, carried, strict=True):
        assert more["depth_mm"] == one["depth_mm"]  # never corrected
        added = 0.01**2 + 0.02**2 + 0.01**2 + (0.1**2 + 0.004**2) * one["depth_mm"] ** 2
        assert more["depth_sd_mm"] ** 2 - one["depth_sd_mm"] ** 2 == pytest.approx(added, rel=1e-6)
        assert more["volume_sd_mm3"] > one["volume_sd_mm3"]
    # A scar that the reviewer adds by hand is as sure as any other.
    review, first = tmp_path / "review.csv", alone[0]
    place = f"{first['x_mm']:.2f},{first['y_mm']:.2f},{first['width_mm']:.2f}"
    rows = [f"A. Doctor,2026-03-03,reject,{first['id']},,,,,", f"A. Doctor,2026-03-03,add,,boxcar,{place},"]
    review.write_text("\n".join(["reviewer,date,action,id,kind,x_mm,y_mm,width_mm,note", *rows, ""]), "utf-8")
    added = [find_scars(case, review=review)["scars"][-1] for case in (plain, tmp_path / "case")]
    assert [scar["reviewed"] for scar in added] == [True, True]
    assert added[1]["depth_sd_mm"] > added[0]["depth_sd_mm"] > 0


@pytest.mark.parametrize("capture", ["photogrammetry", "lidar"])
def test_a_phone_is_refused_until_it_is_commissioned(desk: Path, tmp_path: Path, profile: Any, capture: str) -> None:
    case = tmp_path / "case"
    scanned = scan(desk, case, capture=capture)
    assert scanned["charts"][0]["seen_cm2"] > 0  # form and area are told
    assert any("form, zones and area only" in warning for warning in scanned["warnings"])
    assert (scanned["resolves"]["shows_scars"], scanned["resolves"]["statement"]) == (False, scanned["warnings"][0])
    assert show_scan(scanned).count("can show scars") == 0
    assert show_scan(scanned).count("This scan cannot show scars") == 1
    with pytest.raises(
        Refused, match=r"R-SCAR-002.*no current profile says so.*commission FOLDER --phantom"
    ) as refusal:
        find_scars(case)
    assert refusal.value.result["scars"] is None
    assert run("scars", str(case), "--json", "-q").exit_code == 3
    scan(desk, case, capture=capture, scanner=profile(capture="unknown", resolves_0_1_mm=False))
    with pytest.raises(Refused, match="its profile says that it does not"):
        find_scars(case)
    scan(desk, case, capture=capture, date="2026-03-02", scanner=profile(capture="unknown", resolves_0_1_mm=True))
    assert find_scars(case)["scars"]


def test_the_profile_of_a_phone_that_resolves_opens_it(desk: Path, tmp_path: Path, found: dict[str, Any]) -> None:
    result = scan(desk, tmp_path / "case", scanner=desk / "one" / "profile.toml", date="2026-03-05")
    assert result["scanner"]["capture"] == "photogrammetry"
    assert find_scars(tmp_path / "case")["scars"]


def test_an_old_profile_no_longer_vouches(
    desk: Path, tmp_path: Path, profile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scarplan.workflow.scan.read_today", lambda: datetime.date(2027, 3, 2))
    path = profile(capture="lidar", resolves_0_1_mm=True)
    result = scan(desk, tmp_path / "case", scanner=path, date="2027-03-02")
    assert result["scanner"]["profile"]["expired"] is True
    assert any("more than 365 days from the scan" in warning for warning in result["warnings"])
    with pytest.raises(Refused, match="R-SCAR-002"):
        find_scars(tmp_path / "case")
    result = scan(desk, tmp_path / "case", scanner=path)
    assert result["scanner"]["profile"]["expired"] is None
    assert any("add --date" in warning for warning in result["warnings"])


def test_captures_that_cannot_be_are_told(desk: Path, tmp_path: Path, profile: Any) -> None:
    with pytest.raises(BadInput, match=r"E-SCAN-010.*photogrammetry, lidar"):
        scan(desk, tmp_path / "case", capture="telepathy")
    with pytest.raises(BadInput, match=r"E-SCAN-011.*not what the scanner profile"):
        scan(desk, tmp_path / "case", capture="lidar", scanner=profile())
    with pytest.raises(BadInput, match=r"E-FILE-007.*noise_mm"):
        scan(desk, tmp_path / "case", scanner=profile(noise_mm=-1))
    assert not (tmp_path / "case").exists()


def test_a_profile_is_known_by_its_values(profile: Any) -> None:
    hashes = {read_scanner_profile(profile(noise_mm=noise)).content_hash for noise in (0.008, 0.009, 0.008)}
    assert len(hashes) == 2
    assert ScannerProfile.model_validate(read_scanner_profile(profile()).model_dump()).content_hash


def test_scans_written_before_profiles_are_read(desk: Path, tmp_path: Path) -> None:
    import zipfile

    scan(desk, tmp_path / "case")
    path, older = tmp_path / "case" / "surface.npz", tmp_path / "older.npz"
    with zipfile.ZipFile(path) as new, zipfile.ZipFile(older, "w") as old:
        for name in new.namelist():
            data = new.read(name)
            if name == "about.json":
                about = json.loads(data)
                about["scanner"] = {key: about["scanner"][key] for key in ("name", "noise_mm", "lateral_mm")}
                data = json.dumps(about).encode()
            old.writestr(name, data)
    kept = load_scan(older).scanner
    assert kept.noise_mm == load_scan(path).scanner.noise_mm
    assert kept.shows_depth
