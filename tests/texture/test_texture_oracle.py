"""Agreement with surfalize, an independent program (GPL, never a dependency of the product).

Where the definitions are the same, the numbers are the same. Where they are not, why and how much:
    Vmp, Vmc, Vvc, Vvv   surfalize sums a material ratio curve of 10 000 classes, here sums run over every height: 0.3 %
    Sal, Str             surfalize looks along rays to the pixels around the region above 0.2, here along 360 even
                         directions: 1 % of Sal, 3 % of Str
    Std                  surfalize gives the direction of the strongest waves, across the grooves; here the grooves
                         themselves: a quarter turn
    Sk, Smr1, Smr2, Sxp, Sdc, Smr   the same curve of 10 000 classes: 0.02 % of Sk, 0.03 percentage points of ratios
    Spk, Svk             surfalize ends the area at the class next to the core, here where the curve meets it: 0.2 %
    Spd, Svd, Spc, Svc, S5p, S5v   the same with `whole_hills_only`, as surfalize leaves out hills at the border; on
                         scans with holes a hill counts here where its peak lies
    Sha, Sda, Shv, Sdv   surfalize has none; see test_texture_parameters for the other way of counting
"""

from __future__ import annotations

import numpy as np
import pytest

from scarplan.texture import (
    correlate,
    feature_parameters,
    functional_parameters,
    height_parameters,
    hybrid_parameters,
    spatial_parameters,
    volume_parameters,
)
from texture.made_surfaces import grooves, random_relief

surfalize = pytest.importorskip("surfalize", reason="needs the group `oracles`: `uv sync --group oracles`")
PIXEL_UM = 20.0
SURFACES = {
    "isotropic": lambda: random_relief(1, (240, 260)),
    "stretched": lambda: random_relief(2, (250, 250), sigma_px=(2.0, 5.0)),
    "pits": lambda: -np.exp(random_relief(3, (230, 240), rms=0.4)),
}


@pytest.fixture(params=SURFACES)
def relief(request):
    return SURFACES[request.param]()


@pytest.fixture
def oracle(relief):
    return surfalize.Surface(relief.copy(), PIXEL_UM, PIXEL_UM)


def test_height_and_hybrid_parameters_are_the_same(relief, oracle):
    ours = height_parameters(relief.ravel())
    ours |= hybrid_parameters(relief, np.ones(relief.shape, bool), pixel=PIXEL_UM)
    for name, value in ours.items():
        assert value == pytest.approx(getattr(oracle, name)(), rel=1e-9, abs=1e-12), name


def test_feature_parameters_are_the_same(relief, oracle):
    ours = feature_parameters(relief, np.ones(relief.shape, bool), pixel=PIXEL_UM, whole_hills_only=True)
    for name in ("Spd", "Svd", "Spc", "Svc", "S5p", "S5v", "S10z"):
        assert ours[name] == pytest.approx(getattr(oracle, name)(), rel=1e-6), name


def test_functional_parameters_agree_within_the_classes_of_the_other_curve(relief, oracle):
    ours = functional_parameters(relief.ravel())
    theirs = {name: getattr(oracle, name)() for name in ("Sk", "Spk", "Svk", "Smr1", "Smr2", "Sxp")}
    theirs |= {"Sdc": oracle.Sdc(10, 80), "Smr": oracle.Smr(relief.mean())}
    assert ours.keys() == theirs.keys()
    for name in ("Sk", "Sxp", "Sdc"):
        assert ours[name] == pytest.approx(theirs[name], rel=2e-4), name
    for name in ("Smr1", "Smr2", "Smr"):
        assert ours[name] == pytest.approx(theirs[name], abs=0.03), name
    for name in ("Spk", "Svk"):
        assert ours[name] == pytest.approx(theirs[name], rel=2e-3), name


def test_volumes_agree_within_the_classes_of_the_other_curve(relief, oracle):
    curve = oracle.get_abbott_firestone_curve()
    for name, value in volume_parameters(relief.ravel()).items():
        assert value == pytest.approx(getattr(curve, name.lower())(), rel=3e-3), name


def test_spatial_parameters_agree(relief, oracle):
    found = correlate(relief, np.ones(relief.shape, bool), longest_lag=min(relief.shape) - 1)
    ours = spatial_parameters(found, pixel=PIXEL_UM)
    assert ours["Sal"] == pytest.approx(oracle.Sal(), rel=0.01)
    assert ours["Str"] == pytest.approx(oracle.Str(), rel=0.03)


@pytest.mark.parametrize("direction", [0.0, 30.0, 75.0])
def test_the_direction_differs_by_a_quarter_turn(direction):
    relief = grooves(200, direction_deg=direction, wave_px=8.0, roughness=0.05)
    ours = spatial_parameters(correlate(relief, np.ones(relief.shape, bool), longest_lag=80), pixel=PIXEL_UM)["Std"]
    theirs = surfalize.Surface(relief, PIXEL_UM, PIXEL_UM).Std()
    assert abs((ours - theirs) % 180 - 90) <= 2.0
