"""Every way of injuring against a second implementation: one part in a million, in each layer that counts."""

import dataclasses

import independent_injury as own
import numpy as np
import pytest

from scarplan.anatomy import SkinLayers
from scarplan.devices import all_energy_devices, device, energy_device
from scarplan.injury import Sampler, deliver, dermal_layers, draw_needling, usual_injury
from scarplan.records.protocol import ZoneSetting

LAYERS = SkinLayers("cheek", 0.1, 0.03, 1.5, 0.3, sources=())
EDGES = np.asarray(dermal_layers().edges_mm)
# As many draws as the other tests of this room take: they share one compiled program.
COUNT = 64
NUMBERS = (3, 17)
# One part in a million of the value; a layer that is injured less than one part in ten million counts as not injured.
REL, ABS = 1e-6, 1e-12


def setting(length_mm, per_cm2):
    return ZoneSetting(zone="cheek", needle_length_mm=length_mm, channels_per_cm2=per_cm2, passes=4)


def numbers_of(draws, number):
    return {f.name: float(getattr(draws, f.name)[number]) for f in dataclasses.fields(draws)}


def areas(p, radius, bends, *, layers, **depth):
    tops = p["epidermis_mm"] + EDGES
    return np.array([own.layer_area(tops[z], tops[z + 1], radius, p, bends=bends, **depth) for z in layers])


@pytest.mark.parametrize("device_id", ["generic_pen", "roller_192", "stamp"])
@pytest.mark.parametrize("length_mm", [0.5, 1.5])
def test_needles_agree(device_id, length_mm):
    tool = device(device_id)
    draws = draw_needling(Sampler(COUNT, 5), device_class=tool.device_class, layers=LAYERS)
    dose = deliver(setting(length_mm, 250.0), tool, dermal_layers(), draws)
    for number in NUMBERS:
        p = numbers_of(draws, number)
        layers = (0, 2, 6, 10, 13)
        found = areas(
            p,
            lambda u, p=p: own.needle_radius(u, p, needle_mm=tool.needle_diameter_mm),
            (0.0, p["channel_taper_mm"]),
            layers=layers,
            length_mm=length_mm,
            limit_mm=length_mm,
        )
        expected, _ = own.fractions(found, found, per_mm2=2.5 * p["delivered_density_ratio"])
        assert np.asarray(dose.injured_fraction)[number, list(layers)] == pytest.approx(expected, rel=REL, abs=ABS)
        assert not np.any(dose.thermal_fraction[number])


@pytest.mark.parametrize(("device_id", "bare_mm"), [("rf_insulated", 0.3), ("rf_bare", 2.0)])
def test_rf_needles_agree(device_id, bare_mm):
    tool = energy_device(device_id)
    draws = draw_needling(Sampler(COUNT, 5), device_class=tool.device_class, layers=LAYERS)
    dose = deliver(setting(2.0, 100.0), tool, dermal_layers(), draws)
    for number in NUMBERS:
        p = numbers_of(draws, number)
        layers, taper, rim = (0, 5, 12, 16, 19), p["channel_taper_mm"], p["coagulated_rim_mm"]
        both = [
            areas(p, radius, bends, layers=layers, length_mm=2.0, limit_mm=2.0)
            for radius, bends in (
                (
                    lambda u, p=p: own.rf_radius(u, p, needle_mm=tool.needle_diameter_mm, bare_mm=bare_mm),
                    (-rim, 0.0, bare_mm, taper),
                ),
                (lambda u, p=p: own.needle_radius(u, p, needle_mm=tool.needle_diameter_mm), (0.0, taper)),
            )
        ]
        injured, heated = own.fractions(*both, per_mm2=p["delivered_density_ratio"])
        assert np.asarray(dose.injured_fraction)[number, list(layers)] == pytest.approx(injured, rel=REL, abs=ABS)
        assert np.asarray(dose.thermal_fraction)[number, list(layers)] == pytest.approx(heated, rel=REL, abs=ABS)


@pytest.mark.parametrize(
    "tool", [d for d in all_energy_devices() if d.device_class != "fractional_rf"], ids=lambda d: d.id
)
def test_columns_agree(tool):
    draws = draw_needling(Sampler(COUNT, 5), device_class=tool.device_class, layers=LAYERS)
    dose = usual_injury(tool, draws).deliver(dermal_layers(), draws)
    for number in NUMBERS:
        p = numbers_of(draws, number)
        length, layers = p["usual_length_mm"], (0, 1, 3, 6, 9)
        bends = (0.0, p["column_taper_share"] * p["reached_fraction"] * length)
        both = [
            areas(
                p,
                lambda u, p=p, rim=rim: own.column_radius(
                    u, p, length_mm=p["usual_length_mm"], radius_mm=p["column_radius_mm"], rim_mm=rim
                ),
                bends,
                layers=layers,
                length_mm=length,
                limit_mm=2.0 * length,
            )
            for rim in (p["coagulated_rim_mm"], 0.0)
        ]
        core = both[1] if tool.ablates else 0.0 * both[1]
        injured, heated = own.fractions(
            both[0], core, per_mm2=p["usual_density_per_mm2"] * p["delivered_density_ratio"]
        )
        assert np.asarray(dose.injured_fraction)[number, list(layers)] == pytest.approx(injured, rel=REL, abs=ABS)
        assert np.asarray(dose.thermal_fraction)[number, list(layers)] == pytest.approx(heated, rel=REL, abs=ABS)
        removed = np.asarray(dose.removed_fraction)[number, list(layers)]
        assert removed == pytest.approx(injured - heated, rel=1e-6, abs=1e-11)
