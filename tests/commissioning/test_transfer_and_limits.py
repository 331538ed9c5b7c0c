"""What is stated as uncertain holds: the transfer when the print errs, limits when the print is poorly known."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from scarplan.commissioning.estimate import fit_depth_line, summarise_features
from scarplan.commissioning.readings import Reading
from scarplan.commissioning.transfer import TransferPoint, fit_transfer
from scarplan.evidence.library import value_of
from scarplan.surface.surface import FORM_ONLY_CAPTURES
from scarplan.workflow.scan_profile import read_scanner

WAVES_MM = 0.33 * 1.12 ** np.arange(19)


def rings(lateral_mm: float, gain: float, rng: np.random.Generator | None = None) -> list[TransferPoint]:
    shares = gain * 0.5 ** ((lateral_mm / WAVES_MM) ** 2)
    shares = shares if rng is None else shares + 0.01 * rng.standard_normal(shares.size)
    return [TransferPoint(float(wave), float(share), 0.01) for wave, share in zip(WAVES_MM, shares, strict=True)]


@pytest.mark.parametrize("lateral_mm", [0.5, 0.8, 1.5])
def test_an_exact_star_gives_the_exact_transfer(lateral_mm: float) -> None:
    found = fit_transfer([rings(lateral_mm, 0.97)], gain=0.97, gain_sd=0.01, finest_mm=0.2)
    assert found.lateral_mm == pytest.approx(lateral_mm, rel=1e-4)


def test_the_stated_deviation_of_the_transfer_holds_where_the_print_errs() -> None:
    rng, gain_sd, scores = np.random.default_rng(3), 0.025, []
    for _ in range(300):
        gain = 1 + gain_sd * rng.standard_normal()  # what the wells of a poor print make of a gain of 1
        found = fit_transfer([rings(0.8, 1.0, rng)], gain=gain, gain_sd=gain_sd, finest_mm=0.2)
        assert found.lateral_mm is not None
        assert found.lateral_sd_mm is not None
        scores.append((found.lateral_mm - 0.8) / found.lateral_sd_mm)
    # These rings err independently: what is added because real rings err alike is taken off again.
    spread = np.std(scores) * float(value_of("commissioning.transfer_sd_factor"))
    # With the gain taken as known, the scores spread over more than two.
    assert abs(np.mean(scores)) < 0.2
    assert 0.85 < spread < 1.1


@pytest.mark.parametrize(
    ("shown", "is_gaussian"),
    [
        (lambda wave: 0.5 ** ((0.8 / wave) ** 2), True),
        (lambda wave: np.sinc(0.75 / wave), False),  # averages over 0.75 mm
        (lambda wave: 0.5 ** ((0.4 / wave) ** 2) * (1 + 0.5 * np.exp(-(((wave - 1.0) / 0.5) ** 2))), False),  # sharpens
    ],
    ids=["gaussian", "averaged over squares", "sharpened"],
)
def test_a_transfer_that_is_no_gaussian_is_told(shown, is_gaussian) -> None:
    points = [TransferPoint(float(wave), float(shown(wave)), 0.01) for wave in WAVES_MM]
    found = fit_transfer([points], gain=1.0, gain_sd=0.01, finest_mm=0.2)
    assert found.is_gaussian is is_gaussian
    assert fit_transfer([points[:2]], gain=1.0, gain_sd=0.01, finest_mm=0.2).is_gaussian is None


def well(depth_mm: float, measured_mm: float, *, true_sd_mm: float) -> Reading:
    return Reading(
        id=f"well-{depth_mm}", shape="well", nominal_width_mm=4.0, true_depth_mm=depth_mm, true_sd_mm=true_sd_mm,
        depth_mm=measured_mm, sd_mm=0.002, true_volume_mm3=1.0, volume_mm3=1.0, true_width_mm=None, width_mm=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error_mm", "true_sd_mm", "status"),
    [
        (0.029, 0.001, "pass"),
        (0.036, 0.001, "fail"),
        (0.036, 0.02, "not judged"),
        (-0.069, 0.02, "not judged"),
        (0.075, 0.02, "fail"),
    ],
)
def test_the_prints_own_error_is_not_held_against_the_scanner(error_mm, true_sd_mm, status) -> None:
    (found,) = summarise_features([[well(0.3, 0.3 + error_mm, true_sd_mm=true_sd_mm)]], None, {})
    assert found.status == status


def test_gain_and_bias_lie_within_their_deviations_over_many_prints() -> None:
    rng, scores = np.random.default_rng(5), []
    for _ in range(400):
        group = [well(depth, 0.01 + 0.96 * (depth + 0.02 * rng.standard_normal()), true_sd_mm=0.02)
                 for depth in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)]  # fmt: skip
        line = fit_depth_line([group], {})
        assert line is not None
        scores.append([(line.gain - 0.96) / line.gain_sd, (line.bias_mm - 0.01) / line.bias_sd_mm])
    # Deviations never shrink below what print and reading allow, so the scores spread a little less than one.
    assert ((np.std(scores, axis=0) > 0.7) & (np.std(scores, axis=0) < 1.1)).all()
    assert (np.abs(np.mean(scores, axis=0)) < 0.15).all()


PROFILE = """
scanner = "Phone"
capture = "photogrammetry"
date = 2026-03-02
name = "A. Person"
role = "physicist"
method = "phantom"
truth = "measured"
phantom = "ABC123"
scans = 3
resolves_0_1_mm = {resolves}
"""


@pytest.mark.parametrize(
    ("scanned_on", "resolves", "shows_depth"),
    [
        ("2026-03-02", "true", True),
        ("2027-03-02", "true", True),
        ("2027-03-03", "true", False),
        ("2025-03-02", "true", True),
        ("2024-01-01", "true", False),
        (None, "true", False),
        ("2026-03-02", "false", False),
        (None, "false", False),
    ],
)
def test_only_a_current_profile_vouches_for_depth(tmp_path, scanned_on, resolves, shows_depth) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(PROFILE.format(resolves=resolves), "utf-8")
    day = scanned_on and datetime.date.fromisoformat(scanned_on)
    scanner, _ = read_scanner(path, None, scanned_on=day)
    assert scanner.capture in FORM_ONLY_CAPTURES
    assert scanner.shows_depth is shows_depth
