"""Scanners that are known exactly: what is found out about them is what they are, within the stated uncertainty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from commissioning.simulated_scanner import scan_plate
from scarplan.commissioning import (
    Characteristics,
    PlacedScan,
    ScanPoints,
    characterise_print,
    characterise_repeats,
    check_limits,
    register_print,
    register_skin,
    skin_template,
)
from scarplan.commissioning.template import Template
from scarplan.errors import BadInput, Refused
from scarplan.records.phantom_plate import PhantomPlate
from scarplan.surface.phantom import make_phantom
from scarplan.surface.surface import Surface


def place(surface: Surface, template: Template) -> PlacedScan:
    return register_print([ScanPoints.of(surface)], template, name="scan.npy")


@pytest.fixture(scope="module")
def good(plate: PhantomPlate, template: Template) -> Characteristics:
    """Return what is found of a good scanner from three scans in three directions."""
    scans = [
        scan_plate(
            plate,
            angle=np.radians(angle),
            tilt=tilt,
            gain=0.97,
            noise_mm=0.01,
            lateral_mm=0.6,
            seed=seed,
            pixel_mm=0.24,
        )
        for seed, (angle, tilt) in enumerate([(0, (0.0, 0.0)), (90, (0.08, 0.0)), (137, (-0.05, 0.1))])
    ]
    return characterise_print([place(one, template) for one in scans], plate, template)


def test_gain_and_bias_are_found(good: Characteristics) -> None:
    assert good.line is not None
    assert good.line.gain_sd < 0.005
    assert good.line.bias_sd_mm < 0.002
    assert abs(good.line.gain - 0.97) < 3 * good.line.gain_sd
    assert abs(good.line.bias_mm) < 3 * good.line.bias_sd_mm


def test_the_lateral_transfer_is_found(good: Characteristics) -> None:
    transfer = good.transfer
    assert transfer is not None
    assert transfer.lateral_sd_mm is not None
    assert transfer.lateral_mm == pytest.approx(0.6, abs=max(0.02, 3 * transfer.lateral_sd_mm))
    shares = {point.wavelength_mm: point.share for point in transfer.points}
    longest = max(shares)
    assert shares[longest] == pytest.approx(0.97 * 0.5 ** ((0.6 / longest) ** 2), abs=0.02)


def test_noise_and_repeatability_are_found(good: Characteristics) -> None:
    assert good.noise_mm == pytest.approx(0.01, rel=0.05)
    # White noise has the same power at every frequency: sd * pixel * root(pi * (1 / shortest^2 - 1 / longest^2)).
    band = next(band for band in good.bands if band.shortest_mm == 1.0)
    assert band.rms_mm == pytest.approx(0.01 * 0.24 * np.sqrt(np.pi * (1 - 1 / 4)), rel=0.25)
    assert good.repeatability_mm is not None
    assert 0.002 < good.repeatability_mm < 0.006


def test_noise_that_neighbours_share_is_noise_too(plate: PhantomPlate, template: Template) -> None:
    def scan_with_shared_noise(seed: int) -> PlacedScan:
        clean = scan_plate(plate, noise_mm=0.0, seed=seed)
        noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(clean.relief_mm.shape), 1.0)
        return place(replace(clean, relief_mm=clean.relief_mm + 0.008 * noise / noise.std()), template)

    found = characterise_print([scan_with_shared_noise(seed) for seed in (1, 2)], plate, template)
    # By differences of neighbours alone it would be a tenth of that.
    assert found.noise_mm == pytest.approx(0.008, rel=0.15)


def test_what_it_resolves_is_told(good: Characteristics) -> None:
    assert good.resolves_0_1_mm is True
    assert good.smallest_depth_mm == 0.05
    assert good.smallest_width_mm in (0.5, 0.75)
    assert all(check.passed for check in check_limits(good))
    assert {row.status for row in good.features} <= {"pass", "below resolution"}


def test_volumes_and_widths_are_measured(good: Characteristics) -> None:
    for row in good.features:
        if row.nominal_width_mm >= 2 and row.true_depth_mm >= 0.2 and row.shape != "icepick":
            assert row.volume_mm3 == pytest.approx(0.97 * row.true_volume_mm3, rel=0.05), row.id
        if row.true_width_mm and row.nominal_width_mm >= 2 and row.true_depth_mm >= 0.3:
            assert row.width_mm == pytest.approx(row.true_width_mm, abs=0.12), row.id


@pytest.mark.parametrize(
    ("what", "bias_mm", "gain"),
    [
        ({"angle": 2.0, "pixel_mm": 0.25, "lateral_mm": 0.7}, 0.03, 1.0),
        ({"angle": 5.0, "pixel_mm": 0.3, "noise_mm": 0.03, "lateral_mm": 1.6}, 0.0, 1.05),
    ],
    ids=["bias", "coarse, noisy and blurred"],
)
def test_one_scan_is_enough_for_bias_and_gain(
    plate: PhantomPlate, template: Template, what: dict, bias_mm: float, gain: float
) -> None:
    found = characterise_print(
        [place(scan_plate(plate, bias_mm=bias_mm, gain=gain, **what), template)], plate, template
    )
    assert found.line is not None
    assert found.line.bias_mm == pytest.approx(bias_mm, abs=max(0.004, 3 * found.line.bias_sd_mm))
    assert found.line.gain == pytest.approx(gain, abs=max(0.01, 3 * found.line.gain_sd))
    assert found.transfer is not None
    assert found.transfer.blur_mm == pytest.approx(what["lateral_mm"], abs=0.06)
    assert found.repeatability_mm is None
    failed = {check.name for check in check_limits(found) if check.passed is False}
    assert ("bias of depth" in failed) == (bias_mm > 0)
    assert ("lateral transfer, wavelength at 50 %" in failed) == (what["lateral_mm"] > 1)


def test_a_phone_does_not_resolve_small_depths(plate: PhantomPlate, template: Template) -> None:
    phone = scan_plate(plate, pixel_mm=0.4, lateral_mm=2.5, noise_mm=0.1, angle=1.0)
    found = characterise_print([place(phone, template)], plate, template)
    assert found.resolves_0_1_mm is False
    assert "cannot be told from flat" in found.resolves_why


def test_a_wrong_gain_does_not_resolve_small_depths(plate: PhantomPlate, template: Template) -> None:
    found = characterise_print([place(scan_plate(plate, gain=0.85, pixel_mm=0.25), template)], plate, template)
    assert found.resolves_0_1_mm is False
    assert "depth gain is 0.8" in found.resolves_why


def test_a_crop_with_holes_on_a_table_is_laid_right(plate: PhantomPlate, template: Template) -> None:
    surface = scan_plate(plate, angle=4.0, table_mm=-5.0, field_mm=(66.0, 50.0), pixel_mm=0.2)
    holes = np.random.default_rng(3).random(surface.shape) < 0.1
    holes[100:130, 60:120] = True
    pierced = replace(surface, relief_mm=np.where(holes, np.nan, surface.relief_mm), valid=surface.valid & ~holes)
    placed = place(pierced, template)
    assert placed.pose.gain == pytest.approx(1.0, abs=0.03)
    assert placed.pose.residual_mm < 0.01
    turned = np.degrees(np.arctan2(placed.pose.turn[1, 0], placed.pose.turn[0, 0])) % 360
    assert turned == pytest.approx((-np.degrees(4.0)) % 360, abs=0.02)


def test_upsampling_does_not_sharpen(plate: PhantomPlate, template: Template) -> None:
    coarse = scan_plate(plate, pixel_mm=0.4, lateral_mm=0.8, field_mm=(59.6, 44.8))
    fine = ndimage.zoom(np.nan_to_num(coarse.relief_mm), 2, order=1, mode="nearest", grid_mode=True)
    found = characterise_print([place(Surface("map", fine, np.isfinite(fine), 0.2), template)], plate, template)
    assert found.transfer is not None
    assert found.transfer.lateral_mm is not None
    assert found.transfer.lateral_mm > 0.75


def test_lengths_that_are_told_wrongly_are_seen(plate: PhantomPlate, template: Template) -> None:
    found = characterise_print([place(scan_plate(plate, scale=1.03, pixel_mm=0.25), template)], plate, template)
    assert found.lateral_scale == pytest.approx(1.03, abs=0.002)
    assert "scale of lengths" in {check.name for check in check_limits(found) if check.passed is False}


def test_other_things_are_refused_in_words(plate: PhantomPlate, template: Template) -> None:
    skin = make_phantom(1, rows=250, columns=250, pixel_mm=0.2).surface
    with pytest.raises(Refused, match=r"R-COMM-001: scan.npy does not show the phantom.*likeness 0\.\d"):
        place(skin, template)
    with pytest.raises(Refused, match=r"R-COMM-002.*of the plate is shown, at least 50 % is needed"):
        place(scan_plate(plate, field_mm=(26.0, 26.0)), template)
    with pytest.raises(Refused, match=r"R-COMM-002.*mm are left over, at most 0\.15 mm"):
        place(scan_plate(plate, noise_mm=0.19, lateral_mm=0.0, pixel_mm=0.4), template)


def test_mirrored_and_inverted_scans_are_errors(plate: PhantomPlate, template: Template) -> None:
    surface = scan_plate(plate, angle=0.5, pixel_mm=0.4)
    with pytest.raises(BadInput, match=r"E-COMM-004.*mirror image"):
        place(replace(surface, relief_mm=surface.relief_mm[:, ::-1], valid=surface.valid[:, ::-1]), template)
    with pytest.raises(BadInput, match=r"E-COMM-003.*inverted"):
        place(replace(surface, relief_mm=-surface.relief_mm), template)


def shifted_skin(shift_px: tuple[int, int], seed: int, *, noise_mm: float = 0.01) -> ScanPoints:
    """Return a scan of one patch of skin, cut elsewhere each time."""
    whole = make_phantom(
        5, rows=240, columns=240, pixel_mm=0.15, counts={"rolling": 2, "boxcar": 2}, noise_mm=0.0
    ).surface
    down, across = (20 + step for step in shift_px)
    cut = whole.relief_mm[down : down + 200, across : across + 200]
    cut = cut + noise_mm * np.random.default_rng(seed).standard_normal(cut.shape)
    return ScanPoints.of(Surface("map", cut, np.ones(cut.shape, dtype=bool), 0.15))


def test_repeated_scans_of_skin_tell_noise_and_repeatability() -> None:
    scans = [shifted_skin(shift, seed) for seed, shift in enumerate([(0, 0), (7, -9), (-11, 4)])]
    template = skin_template(scans[0])
    placed = [register_skin(one, scans[0], template, name="skin") for one in scans]
    assert placed[1].pose.shift_mm[:2] == pytest.approx([-1.35, 1.05], abs=0.04)
    found = characterise_repeats(placed, template)
    assert found.repeatability_mm is not None
    assert 0.0003 < found.repeatability_mm < 0.004
    assert found.noise_mm is not None
    assert 0.009 < found.noise_mm < 0.02
    assert found.resolves_0_1_mm is None
    assert found.line is None


def test_other_skin_is_refused() -> None:
    scan = shifted_skin((0, 0), 0)
    other = make_phantom(9, rows=200, columns=200, pixel_mm=0.15, counts={"rolling": 3}).surface
    with pytest.raises(Refused, match=r"R-COMM-003.*cannot be laid on the first scan"):
        register_skin(ScanPoints.of(other), scan, skin_template(scan), name="other.npy")
