"""`scars --figure`: the relief with numbered scars as a picture of its own."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scarplan.errors import MissingStep
from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.scar_profiles import cut_profile
from scarplan.workflow.figure import draw_scars


def read_pixels(path: Path) -> np.ndarray:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_the_figure_shows_every_scar_and_nothing_else(demo_copy: Path) -> None:
    path = demo_copy / "results" / "scars.json"
    result = json.loads(path.read_text("utf-8"))
    gone = result["scars"][-1]
    result["low_confidence"] = [gone["id"], result["scars"][-2]["id"]]
    path.write_text(json.dumps(result), "utf-8")
    with_scars = read_pixels(draw_scars(demo_copy))
    first = (demo_copy / "scars.png").read_bytes()
    assert min(with_scars.shape[:2]) > 500
    assert draw_scars(demo_copy).read_bytes() == first  # same case, same bytes

    result["scars"].remove(gone)
    path.write_text(json.dumps(result), "utf-8")
    changed = np.argwhere(np.any(read_pixels(draw_scars(demo_copy)) != with_scars, axis=2))
    assert len(changed) > 20
    # What changed lies around the find that is gone: the picture is not drawn anew elsewhere. Of so many finds a faint
    # one is on the map only; its number leaves the title of the cuts, and neither cuts nor histogram move.
    changed = changed[changed[:, 0] < 0.3 * len(with_scars)]
    span = changed.max(axis=0) - changed.min(axis=0)
    assert span.max() < with_scars.shape[1] * (gone["width_mm"] + 6.0) / 40.0


def test_what_has_no_sure_scar_shows_its_finds_and_no_empty_histogram(small_demo_copy: Path) -> None:
    path = small_demo_copy / "results" / "scars.json"
    result = json.loads(path.read_text("utf-8"))
    result["scars"] = result["scars"][:1]
    nothing = {"depth_edges_mm": [0.0, 0.1, 0.5], "area_mm2": [0.0, 0.0]}
    pages = {}
    for name, low, histogram in [
        ("sure", [], result["histogram"]),
        ("sure, no histogram", [], nothing),
        ("unsure", [result["scars"][0]["id"]], nothing),
    ]:
        path.write_text(json.dumps(result | {"low_confidence": low, "histogram": histogram}), "utf-8")
        pages[name] = read_pixels(draw_scars(small_demo_copy))
    assert len(pages["sure, no histogram"]) < 0.8 * len(pages["sure"])
    assert len(pages["unsure"]) == len(pages["sure, no histogram"])  # its cut is there, told unsure
    assert (pages["unsure"] != pages["sure, no histogram"]).any(axis=(1, 2))[-200:].any()


def test_a_scar_that_counts_has_its_profile(small_demo_copy: Path) -> None:
    before = read_pixels(draw_scars(small_demo_copy))
    path = small_demo_copy / "results" / "scars.json"
    result = json.loads(path.read_text("utf-8"))
    result["scars"][0]["depth_mm"] *= 0.5
    path.write_text(json.dumps(result), "utf-8")
    changed = np.argwhere(np.any(read_pixels(draw_scars(small_demo_copy)) != before, axis=2))
    assert changed[:, 0].min() > 0.3 * len(before)  # below the map: title and band of the profile


def test_a_profile_is_the_relief_along_the_cut() -> None:
    # A trough along x, tilted skin: below its own level the cut is the trough.
    y, x = np.mgrid[:80, :120] * 0.1
    level = 0.03 * x - 0.02 * y
    drop = 0.4 * np.clip(1 - np.hypot((x - 6) / 3, (y - 4) / 1.5), 0, None)
    labels = (drop > 0.04).astype(np.int32)
    scar = {"id": 1, "depth_mm": 0.4, "x_mm": 6.0, "y_mm": 4.0, "width_mm": 4.0}
    every = np.ones(drop.shape, bool)
    view = ChartView("map", level - drop, every, labels, 0.1, (scar,), level_mm=level)
    profile = cut_profile(view, scar)
    assert np.ptp(profile.along_mm) > 5.4  # along the longer axis, and beyond the outline
    np.testing.assert_allclose(profile.height_mm.min(), -0.4, atol=1e-6)
    expected = -0.4 * np.clip(1 - np.abs(profile.along_mm) / 3, 0, None)
    np.testing.assert_allclose(profile.height_mm, expected, atol=0.01)


def test_a_case_without_scars_has_no_figure(tmp_path: Path) -> None:
    with pytest.raises(MissingStep, match="does not exist"):
        draw_scars(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingStep, match="no result of `scars` yet"):
        draw_scars(tmp_path / "empty")
