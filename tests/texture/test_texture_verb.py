"""The command `texture`: filters, scars left out, standard errors, files, words; every leaf has its lineage."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import scarplan
from scarplan.cli.group import main
from scarplan.errors import BadInput, MissingStep, Refused, StaleResult
from scarplan.evidence.lineage import list_unexplained
from scarplan.surface.gaussian_filter import remove_long_waves, smooth_seen
from scarplan.surface.phantom import make_phantom
from scarplan.surface.surface import Surface
from scarplan.texture import PARAMETERS, choose_filters, limit_scale, noise_sq_um, pool_areas, split_areas
from texture.made_surfaces import random_relief, wave

PHANTOM = make_phantom(11, rows=400, columns=400, pixel_mm=0.1, counts={"icepick": 6, "boxcar": 5, "rolling": 3})
WRITTEN = ("results/texture.json", "texture.csv", "texture.png")
BARE = Surface("map", PHANTOM.skin_mm, np.ones((400, 400), bool), 0.1)


def pooled(surface, labels=None, **options):
    filters = choose_filters(surface.pixel_mm, None, s_mm=None, l_mm=None)
    areas = split_areas(limit_scale(surface, labels, filters), area_mm=options.get("area_mm", 5.0))
    return pool_areas(areas, pixel_mm=surface.pixel_mm)


@cache
def bare_told():
    return pooled(BARE)


class TestGaussianFilter:
    @pytest.mark.parametrize(("wavelength", "passes"), [(20, 0.5), (40, 2 ** (-1 / 4)), (10, 2 ** (-4))])
    def test_a_wave_of_the_nesting_index_keeps_half(self, wavelength, passes):
        heights = wave((120, 400), across=400 / wavelength, down=0)
        smooth = smooth_seen(heights, np.ones(heights.shape, bool), index_px=20)[60, 100:300]
        given_wave = heights[60, 100:300]
        assert smooth @ given_wave / (given_wave @ given_wave) == pytest.approx(passes, rel=1e-3)

    def test_a_slope_passes_unbent_beside_holes_and_borders(self):
        y, x = np.mgrid[:90, :110]
        plane = 0.3 * x - 0.2 * y + 5
        valid = (x - 50) ** 2 + (y - 40) ** 2 > 15**2
        smooth = smooth_seen(plane, valid, index_px=20)
        assert smooth[valid] == pytest.approx(plane[valid], abs=1e-9)

    def test_a_level_bends_a_slope_at_the_border(self):
        plane = np.tile(np.arange(80.0), (60, 1))
        smooth = smooth_seen(plane, np.ones(plane.shape, bool), index_px=20, order=0)
        assert smooth[30, 40] == pytest.approx(40)
        assert smooth[30, 0] > 1

    def test_heights_in_holes_play_no_part(self):
        heights = random_relief(1, (80, 80))
        valid = np.ones((80, 80), bool)
        valid[20:40, 30:50] = False
        other = np.where(valid, heights, 1e6)
        assert smooth_seen(other, valid, index_px=12) == pytest.approx(smooth_seen(heights, valid, index_px=12))

    def test_what_was_seen_nowhere_near_is_unknown(self):
        valid = np.zeros((200, 60), bool)
        valid[:5] = True
        assert np.isnan(smooth_seen(np.zeros((200, 60)), valid, index_px=10)[150, 30])

    def test_the_coarse_grid_takes_the_same_waves(self):
        heights = wave((240, 250), across=1.5, down=1) + 0.1 * random_relief(2, (240, 250), rms=1)
        valid = np.ones(heights.shape, bool)
        quick = remove_long_waves(heights, valid, index_px=130)
        slow = heights - smooth_seen(heights, valid, index_px=130)
        assert np.abs(quick - slow)[10:-10, 10:-10].max() < 0.005
        assert np.abs(quick - slow).max() < 0.02  # half a block at the border is continued as it is


class TestFilters:
    @pytest.mark.parametrize(
        ("pixel", "lateral", "s"), [(0.05, None, 0.2), (0.1, None, 0.5), (0.02, None, 0.2), (0.05, 0.3, 0.5)]
    )
    def test_the_s_filter_follows_the_grid_and_what_is_shown(self, pixel, lateral, s):
        assert choose_filters(pixel, lateral, s_mm=None, l_mm=None).s_mm == s

    @pytest.mark.parametrize(
        ("options", "says"),
        [({"s_mm": 0.05}, "finer than the grid"), ({"l_mm": 0.4}, "too little"), ({"s_mm": float("nan")}, "finer"),
         ({"l_mm": float("inf")}, "too little")],
    )  # fmt: skip
    def test_filters_that_do_not_fit_are_refused(self, options, says):
        with pytest.raises(BadInput, match=says):
            choose_filters(0.05, None, **({"s_mm": None, "l_mm": None} | options))

    def test_noise_after_the_s_filter(self):
        filters = choose_filters(0.05, None, s_mm=0.25, l_mm=None)
        noise = np.random.default_rng(0).normal(0, 0.01, (500, 500))
        left = smooth_seen(noise, np.ones(noise.shape, bool), index_px=5).std()
        assert noise_sq_um(0.01, 0.05, filters) == pytest.approx(1000 * left, rel=0.03)
        assert noise_sq_um(None, 0.05, filters) is None


class TestPooling:
    def test_scars_left_out_leave_the_parameters_of_bare_skin(self):
        bare, scarred = bare_told(), pooled(Surface("map", PHANTOM.surface.relief_mm, BARE.valid, 0.1), PHANTOM.labels)
        whole = pooled(Surface("map", PHANTOM.surface.relief_mm, BARE.valid, 0.1))
        # The phantom's device adds noise, which the S-filter leaves a little of: heights are compared, not slopes.
        for name in ("Sq", "Sa", "Vmc"):
            one, other = bare.parameters[name], scarred.parameters[name]
            assert abs(one.value - other.value) < 3 * np.hypot(one.se, other.se), name
        assert whole.parameters["Sq"].value > 1.5 * bare.parameters["Sq"].value

    @pytest.mark.parametrize("seed", range(3))
    def test_a_tenth_not_seen_stays_within_the_standard_errors(self, seed):
        rng = np.random.default_rng(seed)
        valid = np.ones(BARE.shape, bool)
        while valid.mean() > 0.9:
            y, x = rng.integers(0, 390, 2)
            valid[y : y + 12, x : x + 12] = False
        whole, less = bare_told(), pooled(Surface("map", np.where(valid, BARE.relief_mm, np.nan), valid, 0.1))
        for name in ("Sq", "Sa", "Ssk", "Sdq", "Sal", "Spd", "Spc", "Vmc", "Vvc"):
            one, other = whole.parameters[name], less.parameters[name]
            assert abs(one.value - other.value) < 2.5 * np.hypot(one.se, other.se), name

    def test_the_standard_error_is_that_of_repeated_skin(self):
        told = [pooled(Surface("map", random_relief(s, (200, 200), rms=0.01), WHOLE, 0.1)) for s in range(10)]
        for name in ("Sq", "Sdq", "Spd"):
            spread = np.std([one.parameters[name].value for one in told], ddof=1)
            usual = np.mean([one.parameters[name].se for one in told])
            assert 0.5 < usual / spread < 2.0, name

    def test_a_larger_scan_has_no_larger_extremes(self):
        relief = random_relief(3, (400, 400), rms=0.01)
        small, large = (
            pooled(Surface("map", part, np.ones(part.shape, bool), 0.1)) for part in (relief[:150, :150], relief)
        )
        one, other = small.parameters["Sz"], large.parameters["Sz"]
        assert abs(one.value - other.value) < 3 * np.hypot(one.se, other.se)

    def test_too_few_areas_have_no_standard_error(self):
        told = pooled(Surface("map", random_relief(3, (60, 110), rms=0.01), np.ones((60, 110), bool), 0.1))
        assert told.areas == 2
        assert told.parameters["Sq"].value > 0
        assert {one.se for one in told.parameters.values()} == {None}

    def test_no_area_tells_nothing(self):
        told = pooled(Surface("map", random_relief(3, (40, 40), rms=0.01), np.ones((40, 40), bool), 0.1))
        assert (told.areas, told.skin_mm2) == (0, 0.0)
        assert {one.value for one in told.parameters.values()} == {None}

    def test_skin_of_another_chart_is_not_counted(self):
        own = np.zeros(BARE.shape, bool)
        own[:, :200] = True
        half = Surface("map", BARE.relief_mm, BARE.valid, 0.1, own=own)
        assert pooled(half).skin_mm2 == pytest.approx(bare_told().skin_mm2 / 2)

    @settings(max_examples=3, deadline=None)
    @given(st.sampled_from([(0,), (1,), (0, 1)]), st.floats(-3, 3))
    def test_the_same_skin_told_differently(self, flip, offset):
        moved = pooled(Surface("map", np.flip(BARE.relief_mm, flip) + offset, BARE.valid, 0.1))
        for name, told in bare_told().parameters.items():
            if told.value is not None:
                assert moved.parameters[name].value == pytest.approx(told.value, rel=1e-4, abs=1e-4), name


WHOLE = np.ones((200, 200), bool)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """Return a case with a scan, and no scars looked for."""
    folder = tmp_path_factory.mktemp("texture")
    np.save(folder / "cheek.npy", PHANTOM.surface.relief_mm)
    scarplan.scan_surface(
        folder / "cheek.npy", folder / "case", unit="mm", pixel_mm=0.1, zone="cheek", side="left", date="2026-03-02"
    )
    return folder / "case"


@pytest.fixture(scope="module")
def usual(scanned):
    """Return the texture with the usual filters, and the files written with it."""
    result = scarplan.measure_texture(scanned)
    return result, [(scanned / name).read_bytes() for name in WRITTEN]


class TestVerb:
    def test_result_files_and_words(self, scanned, capsys):
        done = CliRunner().invoke(main, ["texture", str(scanned), "-q"])
        assert done.exit_code == 0, done.output
        for words in ("Texture between 0.5 and 2.5 mm", "cheek left", "Sdr", "unknown", "scars were not looked for"):
            assert words in done.stdout
        result = json.loads((scanned / "results" / "texture.json").read_text("utf-8"))
        assert list_unexplained("texture", result) == []
        assert result["scars_left_out"] is False
        (chart,), (zone,) = result["charts"], result["zones"]
        assert list(chart["parameters"]) == list(PARAMETERS)
        assert zone["parameters"] == chart["parameters"]
        assert (zone["zone"], zone["side"], zone["charts"]) == ("cheek", "left", ["map"])
        assert {"iso25178_2", "iso25178_3"} <= set(result["manifest"]["sources"])
        rows = list(csv.DictReader(io.StringIO((scanned / "texture.csv").read_text("utf-8"))))
        assert len(rows) == 2 * len(PARAMETERS)
        (sq,) = (row for row in rows if row["parameter"] == "Sq" and row["of"] == "zone")
        assert float(sq["value"]) == pytest.approx(zone["parameters"]["Sq"]["value"], rel=1e-5)
        assert sq["unit"] == "um"
        with Image.open(scanned / "texture.png") as picture:
            assert picture.width > 1000
            assert np.asarray(picture.convert("L")).std() > 20

    def test_the_same_scan_gives_the_same_bytes(self, scanned, usual):
        scarplan.measure_texture(scanned)
        assert [(scanned / name).read_bytes() for name in WRITTEN] == usual[1]

    def test_filters_are_an_option(self, scanned, usual):
        wide = scarplan.measure_texture(scanned, l_filter_mm=8.0, s_filter_mm=0.8, area_mm=10.0)
        assert wide["filters"] == {"s_mm": 0.8, "l_mm": 8.0, "area_mm": 10.0}
        value = [one["charts"][0]["parameters"]["Sal"]["value"] for one in (usual[0], wide)]
        assert value[1] > value[0]

    @pytest.mark.parametrize(
        ("options", "code"),
        [(["--s-filter-mm", "0.01"], "E-TEXTURE-001"), (["--l-filter-mm", "0.6"], "E-TEXTURE-002"),
         (["--area-mm", "1"], "E-TEXTURE-003"), (["--area-mm", "nan"], "E-TEXTURE-003")],
    )  # fmt: skip
    def test_a_wrong_option_is_told(self, scanned, options, code):
        done = CliRunner().invoke(main, ["texture", str(scanned), "--json", *options])
        assert (done.exit_code, done.stdout) == (2, "")
        assert code in done.stderr

    def test_too_little_skin_is_refused(self, scanned):
        with pytest.raises(Refused, match="no evaluation area holds enough"):
            scarplan.measure_texture(scanned, area_mm=60.0)
        done = CliRunner().invoke(main, ["texture", str(scanned), "--json", "-q", "--area-mm", "60"])
        assert done.exit_code == 3
        told = json.loads(done.stdout)
        assert told["refused"]["do"]
        assert told["charts"][0]["parameters"]["Sq"] == {"value": None, "se": None, "unit": "um"}

    def test_before_the_scan(self, tmp_path):
        with pytest.raises(MissingStep, match="does not exist"):
            scarplan.measure_texture(tmp_path / "none")


class TestScarsOfTheCase:
    def test_scars_are_left_out_and_stale_ones_refused(self, small_demo_copy: Path):
        told = scarplan.measure_texture(small_demo_copy)
        assert told["scars_left_out"]
        assert told["charts"][0]["left_out_cm2"] > 0.5
        assert not any("were not looked for" in words for words in told["warnings"])
        assert "scars.npz" in told["manifest"]["inputs"]
        (small_demo_copy / "scan.toml").write_text("# changed", "utf-8")
        with pytest.raises(StaleResult):
            scarplan.measure_texture(small_demo_copy)
