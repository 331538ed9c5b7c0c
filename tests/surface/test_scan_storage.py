"""A scan written and read is the same scan; the same scan gives the same bytes."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scarplan.errors import BadInput
from scarplan.surface import ChartFrame, Scan, Scanner, Surface, load_scan, save_scan

FRAME = ChartFrame((1.0, -2.5, 3.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))


@st.composite
def scans(draw) -> Scan:
    charts = []
    for number in range(draw(st.integers(1, 3))):
        rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        valid = rng.random((rows, columns)) < 0.8
        relief = np.where(valid, rng.standard_normal((rows, columns)).astype(np.float32), np.nan).astype(float)
        charts.append(
            Surface(
                f"chart{number:02d}",
                relief,
                valid,
                draw(st.floats(0.01, 2.0)),
                zone=draw(st.sampled_from([None, "cheek"])),
                side=draw(st.sampled_from([None, "left"])),
                frame=draw(st.sampled_from([None, FRAME])),
                sample_mm=draw(st.sampled_from([None, 0.3])),
                own=draw(st.sampled_from([None, valid])),
            )
        )
    return Scan(
        tuple(charts),
        scanner=Scanner(noise_mm=draw(st.sampled_from([None, 0.008]))),
        scanned_on=draw(st.sampled_from([None, date(2026, 3, 2)])),
        days_since_session=draw(st.sampled_from([None, 30])),
        notes=draw(st.sampled_from([(), ("3 spikes",)])),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scan=scans())
def test_a_scan_comes_back_as_it_was(scan: Scan, tmp_path: Path) -> None:
    path = tmp_path / "surface.npz"
    path.write_bytes(save_scan(scan))
    back = load_scan(path)
    assert (back.scanner, back.scanned_on, back.days_since_session, back.notes) == (
        scan.scanner,
        scan.scanned_on,
        scan.days_since_session,
        scan.notes,
    )
    for chart, other in zip(scan.charts, back.charts, strict=True):
        np.testing.assert_array_equal(chart.relief_mm, other.relief_mm)
        np.testing.assert_array_equal(chart.valid, other.valid)
        assert (chart.own is None) == (other.own is None)
        for field in ("name", "pixel_mm", "zone", "side", "frame", "sample_mm"):
            assert getattr(chart, field) == getattr(other, field)
    assert save_scan(back) == save_scan(scan)


def small_scan() -> Scan:
    heights = np.arange(12.0).reshape(3, 4)
    return Scan((Surface("map", heights, np.ones((3, 4), bool), 0.1),))


def test_the_file_can_be_read_without_scarplan(tmp_path: Path) -> None:
    path = tmp_path / "surface.npz"
    path.write_bytes(save_scan(small_scan()))
    with np.load(path, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["relief_map"], small_scan().charts[0].relief_mm)
        assert archive["valid_map"].dtype == bool


def test_a_missing_or_damaged_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "surface.npz"
    with pytest.raises(BadInput, match=r"E-SURF-090: the scan .*surface.npz does not exist.*scarplan scan"):
        load_scan(path)
    data = save_scan(small_scan())
    for damaged in (data[:100], b"", b"nothing", data[:60] + b"\xff" * 20 + data[80:]):
        path.write_bytes(damaged)
        with pytest.raises(BadInput, match=r"E-SURF-090.*is damaged"):
            load_scan(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("about.json", "[]")
    with pytest.raises(BadInput, match="is damaged"):
        load_scan(path)


def test_the_position_of_a_pixel_follows_from_the_frame() -> None:
    relief = np.full((3, 4), 0.5)
    surface = Surface("chart01", relief, np.ones((3, 4), bool), 0.1, frame=FRAME)
    np.testing.assert_allclose(surface.form_xyz_mm[2, 3], [1.3, -2.7, 3.5])
    np.testing.assert_allclose(surface.position_mm(2, 3), [1.3, -2.7, 3.5])
    assert Surface("map", relief, np.ones((3, 4), bool), 0.1).position_mm(2, 3) is None
