"""The needle-by-needle reference: it meets the expected field in the limit, and shows what that leaves out."""

import dataclasses
import math

import numpy as np
import pytest

from scarplan.anatomy import SkinLayers
from scarplan.devices import device, energy_device
from scarplan.evidence.library import value_of
from scarplan.injury import Sampler, dermal_layers, draw_needling, needling_of
from scarplan.injury.needle_by_needle import (
    ChannelShape,
    Field,
    SkinSurface,
    count_needles,
    draw_depths,
    laser_grid,
    pen_strokes,
    roller_tracks,
    stamp_presses,
    uniform_places,
)
from scarplan.records.protocol import ZoneSetting

LAYERS = SkinLayers("cheek", 0.1, 0.0, 1.5, 0.0, sources=())
DEEP = dermal_layers(8, deepest_mm=1.6)
FIELD = Field(6.0, 6.0)
PER_MM2 = 2.5


def way_of(device_id):
    tool = energy_device(device_id) if device_id in ("rf_insulated", "co2_fractional") else device(device_id)
    draws = draw_needling(Sampler(1, 0, central=True), device_class=tool.device_class, layers=LAYERS)
    asked = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=100 * PER_MM2, passes=4)
    way = needling_of(asked, tool)
    return way, draws, way.deliver(DEEP, draws)


def count(device_id, places, rng, *, field=FIELD, surface=None, **options):
    way, draws, dose = way_of(device_id)
    found = count_needles(
        places,
        draw_depths(rng, way.reached(draws), 0, len(places)),
        outline=ChannelShape.of(way.outline(draws), 0),
        core=ChannelShape.of(way.core(draws), 0),
        field=field,
        surface=surface or SkinSurface.flat(field),
        edges_mm=float(draws.epidermis_mm[0]) + np.asarray(dose.edges_mm),
        rng=rng,
        **options,
    )
    return found, dose


def repeat(device_id, times, *, field=FIELD, per_mm2=PER_MM2, seed=1, **options):
    rng = np.random.default_rng(seed)
    found = [
        count(device_id, uniform_places(rng, field, per_mm2=per_mm2), rng, field=field, **options) for _ in range(times)
    ]
    return [one for one, _ in found], found[0][1]


@pytest.mark.parametrize("device_id", ["generic_pen", "roller_192", "rf_insulated", "co2_fractional"])
def test_it_agrees_with_the_expected_field_within_its_own_error(device_id):
    times = 8
    counted, dose = repeat(device_id, times)
    for name, expected in (
        ("injured_fraction", dose.injured_fraction[0]),
        ("core_fraction", dose.cold_fraction[0]),
    ):
        values = np.stack([getattr(one, name) for one in counted])
        error = values.std(axis=0, ddof=1) / math.sqrt(times)
        # Four standard errors, themselves known to a quarter from eight repeats; and a floor of one voxel.
        assert np.all(np.abs(values.mean(axis=0) - np.asarray(expected)) < 5.0 * error + 1e-4)
        assert error[0] < 0.06 * values.mean(axis=0)[0]


def test_its_error_falls_with_the_root_of_the_number_of_channels():
    """Four times the skin, half the error: the order of convergence is one half."""
    sides = (2.0, 4.0, 8.0)
    errors = []
    for side in sides:
        counted, dose = repeat("generic_pen", 24, field=Field(side, side), seed=7)
        off = np.stack([one.injured_fraction for one in counted]) - np.asarray(dose.injured_fraction[0])
        errors.append(float(np.sqrt(np.mean(off[:, :4] ** 2))))
    order = np.polyfit(np.log([side**2 for side in sides]), np.log(errors), 1)[0]
    assert order == pytest.approx(-0.5, abs=0.12)
    assert errors[-1] < 0.3 * errors[0] * 1.4


def test_overlap_of_random_channels_is_that_of_poisson():
    counted, dose = repeat("generic_pen", 6, per_mm2=8.0)
    mean = 8.0 / PER_MM2 * -np.log1p(-np.asarray(dose.injured_fraction[0, :4]))
    expected = 1.0 - mean * np.exp(-mean) / -np.expm1(-mean)
    found = np.mean([one.overlap_share for one in counted], axis=0)
    assert found[:4] == pytest.approx(expected, abs=0.012)
    assert expected[0] > 0.12


def test_on_a_bent_surface_channels_meet_below_a_dome_and_part_below_a_hollow():
    """Along the normals of a sphere the density at a depth d is that of the surface times (R / (R - d))^2."""
    field = Field(6.0, 6.0)
    _, draws, dose = way_of("generic_pen")
    below = float(draws.epidermis_mm[0]) + np.asarray(dose.depth_mm)
    flat = -np.log1p(-np.asarray(dose.injured_fraction[0]))
    for radius in (12.0, -12.0):
        surface = SkinSurface.sphere(field, radius_mm=radius)
        rng, values = np.random.default_rng(3), []
        for _ in range(8):
            everywhere = uniform_places(rng, field, per_mm2=2.0 * PER_MM2)
            # as many channels on each mm2 of skin, not of its picture from above
            places = everywhere[rng.random(len(everywhere)) < 0.5 * surface.stretch(everywhere)]
            values.append(count("generic_pen", places, rng, field=field, surface=surface)[0].injured_fraction)
        expected = -np.expm1(-flat * (radius / (radius - below)) ** 2)
        error = np.std(values, axis=0, ddof=1) / math.sqrt(len(values))
        assert np.all(np.abs(np.mean(values, axis=0) - expected) < 5.0 * error + 1e-4)
        middle = 3
        assert np.sign(np.mean(values, axis=0)[middle] + np.expm1(-flat[middle])) == np.sign(radius)


def made(rng, kind, field):
    if kind == "random":
        return uniform_places(rng, field, per_mm2=PER_MM2)
    if kind == "roller":
        return roller_tracks(
            rng,
            field,
            needles=192,
            needles_a_row=value_of("injury.roller_needles_a_row"),
            drum_diameter_mm=20.0,
            drum_width_mm=20.0,
            directions_deg=(0.0, 45.0, 90.0, 135.0) * 4,
            jitter_mm=0.1,
        )
    if kind == "pen":
        return pen_strokes(
            rng,
            field,
            needles=12,
            tip_width_mm=8.0,
            strokes_per_s=100.0,
            speed_mm_per_s=60.0,
            directions_deg=(0.0,),
            jitter_mm=0.05,
        )
    if kind == "stamp":
        return stamp_presses(rng, field, needles=40, head_diameter_mm=10.0, passes=5)
    return laser_grid(rng, field, per_mm2=PER_MM2, jitter_share=value_of("injury.laser_grid_jitter_share"))


MEAN = {
    "random": PER_MM2,
    "roller": 16 * 192 / (math.pi * 400.0),
    "pen": 12 * 100.0 / (8.0 * 60.0),
    "stamp": 5 * 40 / (math.pi * 25.0),
    "laser": PER_MM2,
}


def unevenness(kind):
    rng = np.random.default_rng(11)
    field = Field(20.0, 20.0)
    density, spread = [], []
    for _ in range(12):
        places = made(rng, kind, field)
        inside = np.histogram2d(*places.T, bins=[np.arange(21.0), np.arange(21.0)])[0]
        density.append(inside.mean())
        spread.append(inside.std(ddof=1))
    return float(np.mean(density)), float(np.mean(spread))


@pytest.mark.parametrize("kind", sorted(MEAN))
def test_every_pattern_delivers_the_density_of_its_formula(kind):
    density, _ = unevenness(kind)
    assert density == pytest.approx(MEAN[kind], rel=0.03)


def test_the_expected_field_leaves_out_how_unevenly_devices_deliver():
    """Spread on 1 mm2 relative to Poisson's root: chance describes pens and rollers; stamps and grids are more even."""
    spread = {kind: unevenness(kind)[1] / math.sqrt(MEAN[kind]) for kind in MEAN}
    assert spread["random"] == pytest.approx(1.0, abs=0.05)
    assert spread["pen"] == pytest.approx(1.0, abs=0.1)
    assert spread["roller"] == pytest.approx(0.9, abs=0.1)
    assert spread["stamp"] == pytest.approx(0.8, abs=0.1)
    assert spread["laser"] < 0.6


def test_a_grid_covers_more_than_random_columns_of_the_same_density():
    """Without overlap a scanner's pass covers rho A; at random it is 1 - exp(-rho A)."""
    rng = np.random.default_rng(2)
    counted = [count("co2_fractional", laser_grid(rng, FIELD, per_mm2=PER_MM2), rng) for _ in range(6)]
    dose = counted[0][1]
    covered = np.mean([one.injured_fraction for one, _ in counted], axis=0)
    assert covered[0] == pytest.approx(-np.log1p(-float(dose.injured_fraction[0, 0])), rel=0.03)
    assert all(np.all(one.overlap_share[:3] == 0.0) for one, _ in counted)


def test_patches_add_up_to_the_whole_and_nothing_injures_nothing():
    rng = np.random.default_rng(5)
    found, _ = count("generic_pen", uniform_places(rng, FIELD, per_mm2=PER_MM2), rng)
    assert found.injured_by_patch.shape == (8, 6, 6)
    assert found.injured_by_patch.mean(axis=(1, 2)) == pytest.approx(found.injured_fraction)
    assert found.density_per_mm2 == pytest.approx(PER_MM2, rel=0.25)
    assert found.density_by_patch.std(ddof=1) == pytest.approx(math.sqrt(PER_MM2), rel=0.35)
    none, _ = count("generic_pen", np.zeros((0, 2)), rng)
    assert not np.any(none.injured_fraction)
    assert not np.any(none.overlap_share)


def test_depths_follow_the_truncated_normal():
    way, draws, _ = way_of("generic_pen")
    depths = draw_depths(np.random.default_rng(1), way.reached(draws), 0, 40000)
    assert depths.mean() == pytest.approx(float(way.reached(draws).mean_mm()[0]), abs=0.005)
    assert depths.max() <= 1.5
    for at in (0.9, 1.2, 1.4):
        share = float(way.reached(draws).share_deeper(np.array([[at]]))[0, 0])
        assert np.mean(depths > at) == pytest.approx(share, abs=0.01)
    nothing = dataclasses.replace(way, length_mm=np.zeros(()))
    assert not np.any(draw_depths(np.random.default_rng(1), nothing.reached(draws), 0, 10))


def test_the_shape_is_that_of_the_expected_field():
    for device_id in ("generic_pen", "rf_insulated", "co2_fractional"):
        way, draws, _ = way_of(device_id)
        heights = np.linspace(-0.3, 2.0, 400)
        for profile in (way.outline(draws), way.core(draws)):
            shape = ChannelShape.of(profile, 0)
            assert shape.radius_mm(heights) == pytest.approx(np.asarray(profile.radius_mm(heights[None]))[0], abs=1e-12)
            assert shape.widest_mm >= shape.radius_mm(heights).max() - 1e-12
            assert not np.any(shape.radius_mm(np.array([-shape.lowest_mm - 1e-6])))
