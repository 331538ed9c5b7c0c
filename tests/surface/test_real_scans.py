"""The real head and cheek (Lee Perry-Smith, CC BY 3.0): they go through, and mesh and cheek map agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

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
# Found by matching the cheek map with views of the mesh displaced by the image as it is stored: there the two show the
# same pits. The image stands upside down on this mesh (the lips come to lie on the chin), so that the cheek map is real
# skin on the form of another place; `--displacement-flip` puts the detail where it belongs.
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


@pytest.fixture(scope="module")
def mesh(folder: Path):
    return read_mesh(folder / "LeePerrySmith.glb", file_format="glb", unit_mm=50.0, with_texture=True)


@pytest.fixture(scope="module")
def grey(folder: Path) -> np.ndarray:
    return read_displacement(folder / IMAGE)


def detail_um(mesh, image: np.ndarray, centre_mm: tuple[float, float, float], half_mm: float) -> float:
    """Return the rms of what the image adds to the mesh within 2 mm, on a square seen from the front."""
    view = View(centre_mm, (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), half_mm)
    bare = cast_view(mesh, view, pixel_mm=0.1).heights_mm
    added = cast_view(mesh, view, pixel_mm=0.1, displacement=Displacement(image, 0.0215)).heights_mm - bare
    added = np.where(np.isfinite(added), added, np.nanmedian(added))
    fine = ndimage.gaussian_filter(added, 2) - ndimage.gaussian_filter(added, 20)
    return 1000 * float(fine[20:-20, 20:-20].std())


def test_the_displacement_image_stands_upside_down_on_the_mesh(mesh, grey: np.ndarray) -> None:
    # Lips and brows are uneven and a chin is smooth: that tells which way is up.
    lip, chin, brow = ((-4.5, 14.0, 115.0), 6.0), ((-5.0, -8.0, 115.0), 12.0), ((35.0, 100.0, 95.0), 12.0)
    as_stored = [detail_um(mesh, grey, *place) for place in (lip, chin, brow)]
    upright = [detail_um(mesh, grey[::-1], *place) for place in (lip, chin, brow)]
    assert upright[0] > 2 * upright[1]
    assert upright[2] > 2 * upright[1]
    assert as_stored[1] > 2 * as_stored[0]
    assert upright[0] > 3 * as_stored[0]


def test_the_cheek_map_was_made_from_the_image_as_it_is_stored(mesh, grey: np.ndarray, cheek) -> None:
    truth = cheek.charts[0].relief_mm
    fine = {}
    for name, image in {"as stored": grey, "upright": grey[::-1], "light is low": 255 - grey}.items():
        cast = cast_view(mesh, view_of_cheek(), pixel_mm=0.1, displacement=Displacement(image, 0.0215))
        assert cast.valid.all()
        fine[name] = cast.heights_mm
    ratio = band_rms_um(fine["as stored"], 0.1) / band_rms_um(truth, 0.1)
    assert np.abs(np.log(ratio)).max() < np.log(1.25)
    likeness = {name: best_correlation(heights, truth) for name, heights in fine.items()}
    assert likeness["as stored"] > 0.75
    assert likeness["as stored"] > likeness["upright"] + 0.25
    assert likeness["as stored"] > likeness["light is low"] + 0.25


def best_correlation(heights: np.ndarray, truth: np.ndarray) -> float:
    """Return the best correlation of the detail of 0.5-5 mm of the two maps, shifted by up to 2 mm."""
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
        displacement_flip=True,
    )
    assert result["resolves"]["shows_scars"] is True
    assert any("too coarse to show a scar there" in warning for warning in result["warnings"])
