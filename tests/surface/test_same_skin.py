"""The same skin told in another way gives the same relief."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from surface_files import HEIGHTS, PIXEL_MM, npy_bytes, tiff_bytes, write_file

from scarplan.surface.io import read_scan
from scarplan.surface.surface import Surface


def read(folder: Path, heights: np.ndarray, *, unit: str = "mm", name: str = "map.npy") -> Surface:
    data = npy_bytes(heights) if name.endswith("npy") else tiff_bytes(heights)
    (chart,) = read_scan(write_file(folder, name, data), unit=unit, pixel_mm=PIXEL_MM).charts
    return chart


@pytest.fixture
def plain(tmp_path: Path) -> Surface:
    return read(tmp_path, HEIGHTS)


def test_a_height_map_is_one_chart_called_map(plain: Surface) -> None:
    assert plain.name == "map"
    assert plain.shape == HEIGHTS.shape
    assert plain.form_xyz_mm is None
    np.testing.assert_allclose(plain.relief_mm - plain.relief_mm[0, 0], HEIGHTS - HEIGHTS[0, 0], atol=1e-6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    unit=st.sampled_from([("um", 1000.0), ("mm", 1.0), ("cm", 0.1), ("m", 0.001), ("0.25mm", 4.0), ("2um", 500.0)]),
    offset_mm=st.floats(-500, 500),
    dtype=st.sampled_from([np.float64, ">f8", np.longdouble]),
    name=st.sampled_from(["map.npy", "map.npy", "other.npy"]),
)
def test_unit_offset_and_type_do_not_matter(
    tmp_path: Path, plain: Surface, unit: tuple[str, float], offset_mm: float, dtype: object, name: str
) -> None:
    told = ((HEIGHTS + offset_mm) * unit[1]).astype(dtype)
    chart = read(tmp_path, told, unit=unit[0], name=name)
    np.testing.assert_array_equal(chart.valid, plain.valid)
    np.testing.assert_allclose(chart.relief_mm, plain.relief_mm, atol=1e-6)


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, np.transpose, np.rot90], ids=lambda turn: turn.__name__)
def test_flips_and_quarter_turns_move_the_relief_along(turn, tmp_path: Path, plain: Surface) -> None:
    chart = read(tmp_path, turn(HEIGHTS))
    np.testing.assert_array_equal(chart.valid, turn(plain.valid))
    np.testing.assert_allclose(chart.relief_mm, turn(plain.relief_mm), atol=1e-6)


def test_single_precision_is_the_same_within_single_precision(tmp_path: Path, plain: Surface) -> None:
    chart = read(tmp_path, HEIGHTS.astype(np.float32), name="map.tif")
    np.testing.assert_allclose(chart.relief_mm, plain.relief_mm, atol=2e-6)


def test_holes_stay_holes(tmp_path: Path) -> None:
    heights = HEIGHTS.copy()
    heights[20:30, 40:52] = np.nan
    chart = read(tmp_path, heights)
    assert not chart.valid[20:30, 40:52].any()
    assert chart.valid.sum() == heights.size - 120
    assert np.isnan(chart.relief_mm[~chart.valid]).all()
