"""`scan` of a capture file: photographs on disk to a case; what is wrong is told in words, and nothing is written."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from scipy import ndimage

import scarplan
from capture.rendered import angle_between, draw_sphere, one_scar, ring_of_lights, write_picture
from scarplan.capture import render_light
from scarplan.capture.pictures import read_linear, read_mask, turn_upright
from scarplan.cli.group import main
from scarplan.errors import BadInput
from scarplan.evidence.lineage import list_unexplained
from scarplan.records.capture import is_capture_file, read_capture_file
from scarplan.surface.storage import load_scan
from scarplan.workflow.template import describe_schema, print_template

NAMES = ("right.png", "up.png", "left.png", "down.png")
LIGHTS = ring_of_lights(4)
SKIN = np.random.default_rng(0).normal(0, 1, (300, 300))
SKIN = 0.012 * ndimage.gaussian_filter(SKIN, 3) / ndimage.gaussian_filter(SKIN, 3).std()
HEIGHTS = one_scar("rolling", width_mm=4.0, depth_mm=0.35, size=300) + SKIN


@cache
def rendered() -> tuple[np.ndarray, ...]:
    """Return what the camera sees under each light; rendered once for all tests."""
    rng = np.random.default_rng(1)
    return tuple(render_light(HEIGHTS, one, pixel_mm=0.05, albedo=0.6, noise=0.002, rng=rng) for one in LIGHTS)


def photograph_all(folder: Path, *, change=lambda light, one: light, **options) -> Path:
    """Write the photographs that the template names, and the template; return the path of the capture file."""
    for name, one, light in zip(NAMES, LIGHTS, rendered(), strict=True):
        write_picture(folder / name, change(light.copy(), one), **options)
    path = folder / "capture.toml"
    path.write_text(print_template("capture"), "utf-8")
    return path


def edit(path: Path, **changes: str) -> Path:
    text = path.read_text("utf-8")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return path


def depth_of(case: Path) -> float:
    (chart,) = load_scan(case / "surface.npz").charts
    return float(np.nanmedian(chart.relief_mm[:30]) - np.nanmedian(chart.relief_mm[145:155, 145:155]))


TRUE_DEPTH = float(np.median(HEIGHTS[:30]) - np.median(HEIGHTS[145:155, 145:155]))


class TestScan:
    def test_the_template_with_its_photographs_becomes_a_scan(self, tmp_path):
        result = scarplan.scan_surface(
            photograph_all(tmp_path), tmp_path / "case", unit=None, zone="cheek", side="left", date="2026-03-02"
        )
        assert list_unexplained("scan", result) == []
        assert (result["unit"], result["charts"][0]["pixel_mm"], result["charts"][0]["zone"]) == ("mm", 0.05, "cheek")
        assert any("photometric stereo" in words and "not measured" in words for words in result["warnings"])
        told = result["photometric"]
        assert [one["file"] for one in told["lights"]] == list(NAMES)
        assert max(one["misfit"] for one in told["lights"]) < 0.02
        assert told["without_three_lights"] < 0.01
        assert told["unexplained_slopes"] < 0.02
        assert told["lights_from"] == "given"
        assert load_scan(tmp_path / "case" / "surface.npz").scanner.name == "photometric stereo"
        assert depth_of(tmp_path / "case") == pytest.approx(TRUE_DEPTH, abs=0.02)

    def test_no_photograph_is_kept_in_the_case(self, tmp_path):
        scarplan.scan_surface(photograph_all(tmp_path), tmp_path / "case", unit="mm")
        kept = {path.name for path in (tmp_path / "case").rglob("*") if path.is_file()}
        assert kept == {"surface.npz", "scan.toml", "scan.json"}

    @pytest.mark.parametrize(
        "options",
        [{"encoding": "linear", "bits": 16}, {"encoding": "srgb", "bits": 16, "colour": False}],
        ids=["linear", "grey"],
    )
    def test_deep_pictures(self, tmp_path, options):
        path = photograph_all(tmp_path, **options)
        edit(path, encoding=('encoding = "srgb"', f'encoding = "{options["encoding"]}"'))
        scarplan.scan_surface(path, tmp_path / "case", unit=None)
        assert depth_of(tmp_path / "case") == pytest.approx(TRUE_DEPTH, abs=0.02)

    @pytest.mark.parametrize("surface", ["chrome", "matte"])
    def test_a_sphere_tells_the_lights_and_is_left_out(self, tmp_path, surface):
        path = photograph_all(
            tmp_path,
            change=lambda light, one: draw_sphere(light, one, surface=surface, x=50.0, y=250.0, radius=40.0),
        )
        head = path.read_text("utf-8").partition("[[photo]]")[0]
        photos = "".join(f'[[photo]]\nfile = "{name}"\n' for name in NAMES)
        sphere = f'[sphere]\nsurface = "{surface}"\nx_px = 50\ny_px = 250\nradius_px = 40\n'
        path.write_text(head + photos + sphere, "utf-8")
        told = scarplan.scan_surface(path, tmp_path / "case", unit=None)["photometric"]
        for one, light in zip(told["lights"], LIGHTS, strict=True):
            assert angle_between(one["direction"], light.direction) < 1.5
            assert (one["sphere_misfit"] is None) == (surface == "chrome")
        (chart,) = load_scan(tmp_path / "case" / "surface.npz").charts
        assert not chart.valid[215:285, 15:85].any()
        assert depth_of(tmp_path / "case") == pytest.approx(TRUE_DEPTH, abs=0.03)

    def test_flat_photographs_even_out_the_lights(self, tmp_path):
        x = np.linspace(0, 1, 300)
        uneven = dict(zip(NAMES, (0.6 + 0.4 * x, 0.9 + 0 * x, 1.0 - 0.5 * x, 0.7 + 0 * x), strict=True))
        fall = {one: uneven[name] for name, one in zip(NAMES, LIGHTS, strict=True)}
        path = photograph_all(tmp_path, change=lambda light, one: light * fall[one])
        scarplan.scan_surface(path, tmp_path / "bent", unit=None)
        for name, one in zip(NAMES, LIGHTS, strict=True):
            write_picture(tmp_path / f"flat_{name}", np.tile(0.9 * one.direction[2] * fall[one], (300, 1)))
            edit(path, flat=(f'file = "{name}"', f'file = "{name}"\nflat = "flat_{name}"'))
        told = scarplan.scan_surface(path, tmp_path / "even", unit=None)["photometric"]
        assert told["is_flat_fielded"]
        assert depth_of(tmp_path / "even") == pytest.approx(TRUE_DEPTH, abs=0.02)
        spread = [
            np.nanstd(load_scan(tmp_path / name / "surface.npz").charts[0].relief_mm[:60]) for name in ("bent", "even")
        ]
        assert spread[1] < 0.5 * spread[0]

    def test_a_mask_leaves_the_rest_out(self, tmp_path):
        path = edit(photograph_all(tmp_path), mask=('# mask = "mask.png"', 'mask = "mask.png"'))
        mask = np.zeros((300, 300))
        mask[:, :200] = 1
        write_picture(tmp_path / "mask.png", mask)
        scarplan.scan_surface(path, tmp_path / "case", unit=None)
        (chart,) = load_scan(tmp_path / "case" / "surface.npz").charts
        assert chart.valid[:, :200].mean() > 0.99
        assert not chart.valid[:, 200:].any()

    def test_the_same_capture_again_and_another_one(self, tmp_path):
        path = photograph_all(tmp_path)
        first = scarplan.scan_surface(path, tmp_path / "case", unit=None)
        assert scarplan.scan_surface(path, tmp_path / "case", unit="mm", pixel_mm=0.05)["charts"] == first["charts"]
        write_picture(tmp_path / "up.png", np.full((300, 300), 0.4))
        with pytest.raises(BadInput, match="already holds another scan"):
            scarplan.scan_surface(path, tmp_path / "case", unit=None)

    def test_from_the_command_line(self, tmp_path):
        path = photograph_all(tmp_path)
        done = CliRunner().invoke(main, ["scan", str(path), str(tmp_path / "case"), "--zone", "cheek", "--json", "-q"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["photometric"]["channel"] == "green"


CHANGES = {
    "E-CAPTURE-001": ('file = "left.png"', 'file = "nowhere.png"'),
    "E-CAPTURE-002": ('file = "left.png"', 'file = "capture.toml"'),
    "E-CAPTURE-003": ("direction = [0.0, -1.0, 1.0]", "direction = [0.0, 0.9, 1.0]"),
    "E-CAPTURE-010": ('file = "left.png"', 'file = "small.png"'),
    "E-CAPTURE-014": ('# mask = "mask.png"', 'mask = "small.png"'),
    "E-CAPTURE-015": ('# mask = "mask.png"', 'mask = "dark.png"'),
    "E-CAPTURE-016": ('file = "left.png"', 'file = "moved.png"'),
    "E-CAPTURE-017": ("direction = [0.0, 1.0, 1.0]", "direction = [0.0, -1.0, 1.00]"),
    "E-FILE-007": ("pixel_mm = 0.05", "pixel_mm = -1"),
    "E-FILE-006": ("pixel_mm = 0.05", "pixel_mm = "),
    "E-SURF-011": ("pixel_mm = 0.05", "pixel_mm = 40.0"),
}


class TestRefusing:
    @pytest.mark.parametrize("code", CHANGES)
    def test_what_is_wrong_is_told_and_nothing_is_written(self, tmp_path, code):
        path = edit(photograph_all(tmp_path), it=CHANGES[code])
        if code == "E-CAPTURE-003":
            edit(path, other=("direction = [1.0, 0.0, 1.0]", "direction = [0.0, 0.8, 1.0]"),
                 third=("direction = [-1.0, 0.0, 1.0]", "direction = [0.0, -0.5, 1.0]"))  # fmt: skip
        if code == "E-CAPTURE-017":  # up and down exchanged: every pixel agrees, but with the slopes of no surface
            edit(path, other=("direction = [0.0, -1.0, 1.0]", "direction = [0.0, 1.0, 1.0]"))
        write_picture(tmp_path / "small.png", np.full((200, 220), 0.5))
        write_picture(tmp_path / "dark.png", np.zeros((300, 300)))
        if code == "E-CAPTURE-015":
            for name in NAMES[:2]:
                write_picture(tmp_path / name, np.zeros((300, 300)))
            write_picture(tmp_path / "dark.png", np.ones((300, 300)))
        write_picture(tmp_path / "moved.png", np.random.default_rng(0).random((300, 300)))
        done = CliRunner().invoke(main, ["scan", str(path), str(tmp_path / "case"), "--json", "-q"])
        assert (done.exit_code, done.stdout) == (2, ""), done.output
        assert code in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "case").exists()

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (("direction = [0.0, 1.0, 1.0]", ""), "needs a direction or position_mm"),
            (("direction = [0.0, 1.0, 1.0]", "direction = [0.0, 1.0, -1.0]"), "on the side of the camera"),
            (("direction = [0.0, 1.0, 1.0]", "direction = [0, 1, 1]\nposition_mm = [0, 9, 9]"), "not both"),
            (('file = "up.png"', 'file = "left.png"'), "a file of its own"),
            (('file = "up.png"', 'file = "up.png"\nflat = "a.png"'), "for every light, or for none"),
            (('file = "up.png"', 'file = "up.png"\nstrenght = 2'), "did you mean 'strength'"),
            (('encoding = "srgb"', ""), "encoding: is missing"),
        ],
    )
    def test_a_capture_file_that_contradicts_itself(self, tmp_path, change, says):
        path = tmp_path / "capture.toml"
        path.write_text(print_template("capture").replace(*change), "utf-8")
        assert is_capture_file(path)
        with pytest.raises(BadInput, match=says):
            read_capture_file(path)

    def test_three_photographs_are_too_few(self, tmp_path):
        path = tmp_path / "capture.toml"
        path.write_text(
            print_template("capture").replace('[[photo]]\nfile = "up.png"\ndirection = [0.0, 1.0, 1.0]', "")
        )
        with pytest.raises(BadInput, match="at least 4"):
            read_capture_file(path)

    @pytest.mark.parametrize(
        "options",
        [["--unit", "um"], ["--pixel-mm", "0.1"], ["--displacement", "x.png"], ["--displacement-unit", "1mm"]],
    )
    def test_an_option_that_contradicts_the_file(self, tmp_path, options):
        done = CliRunner().invoke(main, ["scan", str(photograph_all(tmp_path)), str(tmp_path / "case"), *options])
        assert done.exit_code == 2
        assert "E-SCAN-006" in done.stderr
        assert options[0] in done.stderr

    @pytest.mark.parametrize("name", ["face.jpg", "face.PNG", "IMG_1.heic"])
    def test_a_single_photograph_shows_colour_not_depth(self, tmp_path, name):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff")
        done = CliRunner().invoke(main, ["scan", str(tmp_path / name), str(tmp_path / "case"), "--unit", "mm"])
        assert done.exit_code == 2
        for words in ("E-SCAN-005", "shows colour, not depth", "scarplan photo", "scarplan template capture"):
            assert words in done.stderr

    def test_another_toml_file_is_no_capture(self, tmp_path):
        path = tmp_path / "patient.toml"
        path.write_text(print_template("patient"), "utf-8")
        assert not is_capture_file(path)
        with pytest.raises(BadInput) as caught:
            scarplan.scan_surface(path, tmp_path / "case", unit="mm", pixel_mm=0.1)
        assert caught.value.code == "E-SURF-005"


class TestPictures:
    def test_levels_become_light(self, tmp_path):
        light = np.tile(np.linspace(0, 1, 100), (80, 1))
        for encoding, bits, tolerance in (("srgb", 8, 5e-3), ("srgb", 16, 2e-5), ("linear", 16, 1e-5)):
            path = write_picture(tmp_path / "a.png", light, encoding=encoding, bits=bits)
            read = read_linear(path, encoding=encoding, channel="mean")
            assert read.light == pytest.approx(light, abs=tolerance)
            assert read.is_full[:, 99].all()
            assert not read.is_full[:, :98].any()

    def test_channels(self, tmp_path):
        path = tmp_path / "a.png"
        Image.fromarray(np.tile(np.array([255, 102, 0], np.uint8), (70, 70, 1))).save(path)
        light = {
            c: read_linear(path, encoding="linear", channel=c).light[0, 0] for c in ("red", "green", "blue", "mean")
        }
        assert light == pytest.approx({"red": 1.0, "green": 0.4, "blue": 0.0, "mean": 1.4 / 3})

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_turned_picture_is_turned_upright_as_pillow_does(self, orientation):
        from PIL import ImageOps

        levels = np.random.default_rng(0).integers(0, 255, (70, 90, 3), dtype=np.uint8)
        image = Image.fromarray(levels)
        exif = image.getexif()
        exif[0x0112] = orientation
        image.info["exif"] = exif.tobytes()
        assert np.array_equal(turn_upright(levels, orientation), np.asarray(ImageOps.exif_transpose(image)))

    def test_the_orientation_in_a_jpeg_is_heeded(self, tmp_path):
        image = Image.fromarray(np.tile(np.arange(80, dtype=np.uint8)[:, None] * 3, (1, 100)))
        exif = image.getexif()
        exif[0x0112] = 6
        image.save(tmp_path / "a.jpg", exif=exif)
        read = read_linear(tmp_path / "a.jpg", encoding="linear", channel="green")
        assert read.light.shape == (100, 80)
        assert read.light[0, 79] < read.light[0, 0]

    @pytest.mark.parametrize("cut", [10, 60, 900])
    @pytest.mark.parametrize("ending", [".png", ".jpg", ".tif"])
    def test_a_cut_picture_is_refused(self, tmp_path, ending, cut):
        path = tmp_path / f"a{ending}"
        assert cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (80, 90, 3), dtype=np.uint8))
        path.write_bytes(path.read_bytes()[:cut])
        with pytest.raises(BadInput) as caught:
            read_mask(path)
        assert caught.value.code == "E-CAPTURE-002"

    def test_a_small_picture_is_refused(self, tmp_path):
        with pytest.raises(BadInput, match="too small or too large"):
            read_mask(write_picture(tmp_path / "a.png", np.zeros((20, 90))))


def test_the_schema_knows_the_photographs():
    schema = describe_schema("capture")
    assert schema["properties"]["photo"]["minItems"] == 4
