"""The real head and cheek (Lee Perry-Smith, CC BY 3.0): they go through, and mesh and cheek map agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scarplan.surface.displacement import Displacement
from scarplan.surface.io import read_scan
from scarplan.surface.io.image import read_displacement
from scarplan.surface.io.mesh import read_mesh
from scarplan.surface.raycast import View, cast_view
from scarplan.surface.resolution import state_resolution
from scarplan.surface.spectrum import measure_spectrum
from scarplan.workflow.scan import scan_surface

pytestmark = pytest.mark.shared

BANDS_MM = [(0.3, 1), (1, 2), (2, 4), (4, 8)]
IMAGE = "Infinite-Level_02_Disp_NoSmoothUV-4096.jpg"
# Found by matching the cheek map with views of the displaced mesh: there the two show the same pits.
CHEEK_CENTRE_MM = (43.869, -5.870, 61.812)
CHEEK_NORMAL = (0.84289, -0.52890, 0.09902)


@pytest.fixture(scope="module")
def folder(shared_folder: Path) -> Path:
    return shared_folder / "data" / "LeePerrySmith"


@pytest.fixture(scope="module")
def cheek(folder: Path):
    return read_scan(folder / "cheek_right_30mm_100um.npy", unit="mm", pixel_mm=0.1, zone="cheek", side="right")


def band_rms_um(heights: np.ndarray, pixel_mm: float) -> np.ndarray:
    spectrum = measure_spectrum(heights, np.isfinite(heights), pixel_mm=pixel_mm)
    return 1000 * np.sqrt([spectrum.band_variance(*band) for band in BANDS_MM])


def test_the_real_cheek_shows_scars(cheek) -> None:
    assert cheek.charts[0].valid.all()
    found = state_resolution(cheek)
    assert found.shows_scars
    assert found.smallest_depth_mm < 0.05


@pytest.mark.parametrize("unit", ["um", "cm", "m"])
def test_a_wrong_unit_of_the_real_cheek_is_noticed(folder: Path, unit: str) -> None:
    with pytest.raises(Exception, match="wrong unit"):
        read_scan(folder / "cheek_right_30mm_100um.npy", unit=unit, pixel_mm=0.1)


def view_of_cheek(turn: bool = False) -> View:
    outward = np.array(CHEEK_NORMAL) / np.linalg.norm(CHEEK_NORMAL)
    right = np.cross([0.0, 1.0, 0.0], outward)
    right /= np.linalg.norm(right)
    down = np.cross(right, outward)
    return View(CHEEK_CENTRE_MM, tuple(right), tuple(down), tuple(outward), 14.9)


def test_mesh_and_displacement_agree_with_the_cheek_map(folder: Path, cheek) -> None:
    mesh = read_mesh(folder / "LeePerrySmith.glb", file_format="glb", unit_mm=50.0, with_texture=True)
    grey = read_displacement(folder / IMAGE)
    truth = cheek.charts[0].relief_mm
    fine = {}
    for name, image in {"as it is": grey, "v flipped": grey[::-1], "light is low": 255 - grey}.items():
        cast = cast_view(mesh, view_of_cheek(), pixel_mm=0.1, displacement=Displacement(image, 0.0215))
        assert cast.valid.all()
        fine[name] = cast.heights_mm
    ratio = band_rms_um(fine["as it is"], 0.1) / band_rms_um(truth, 0.1)
    assert np.abs(np.log(ratio)).max() < np.log(1.25)
    likeness = {name: best_correlation(heights, truth) for name, heights in fine.items()}
    assert likeness["as it is"] > 0.75
    assert likeness["as it is"] > likeness["v flipped"] + 0.25
    assert likeness["as it is"] > likeness["light is low"] + 0.25


def best_correlation(heights: np.ndarray, truth: np.ndarray) -> float:
    """Return the best correlation of the detail of 0.5-5 mm of the two maps, shifted by up to 2 mm."""
    from scipy import ndimage

    one, two = (ndimage.gaussian_filter(map_, 1.5) - ndimage.gaussian_filter(map_, 10) for map_ in (heights, truth))
    piece = one[40:-40, 40:-40]
    rows, columns = piece.shape
    found = []
    for row in range(20, 62, 2):
        for column in range(20, 62, 2):
            other = two[row : row + rows, column : column + columns]
            if other.shape == piece.shape:
                found.append(np.corrcoef(piece.ravel(), other.ravel())[0, 1])
    return max(found)


def test_the_bare_head_is_read_and_cannot_show_scars(folder: Path, tmp_path: Path) -> None:
    result = scan_surface(folder / "LeePerrySmith.glb", tmp_path / "case", unit="50mm")
    assert result["resolves"]["shows_scars"] is False
    assert result["resolves"]["smallest_width_mm"] > 6
    assert len(result["charts"]) > 20
    assert sum(chart["seen_cm2"] for chart in result["charts"]) == pytest.approx(3450, rel=0.06)


@pytest.mark.slow
def test_the_whole_head_goes_through(folder: Path, tmp_path: Path) -> None:
    result = scan_surface(
        folder / "LeePerrySmith.glb",
        tmp_path / "case",
        unit="50mm",
        displacement=folder / IMAGE,
        displacement_unit="0.0215mm",
    )
    assert result["resolves"]["shows_scars"] is True
    assert any("too coarse to show a scar there" in warning for warning in result["warnings"])
