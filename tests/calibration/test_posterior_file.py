"""The shipped posterior: its diagnostics pass, its hash holds, and a changed one is refused."""

import json
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from scarplan.calibration.diagnostics import LARGEST_R_HAT, LEAST_ESS
from scarplan.calibration.effects import effect_names, effect_prior
from scarplan.calibration.emulator import NEEDLES
from scarplan.calibration.posterior import ABOUT, ARRAYS, pack_posterior, read_posterior, thin_draws
from scarplan.calibration.relief_process import COORDINATES, scale_coordinates
from scarplan.errors import BadInput
from scarplan.population import KINDS, draw_faces
from scarplan.population.simulate import Block, follow_block

SHIPPED = Path(str(files("scarplan.calibration").joinpath("data")))


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SHIPPED, tmp_path / "fit"))


def test_the_sampler_did_its_work():
    found = read_posterior().about["diagnostics"]
    assert found["passes"] is True
    assert found["largest_r_hat"] < LARGEST_R_HAT
    assert found["least_effective_size"] > LEAST_ESS
    assert found["divergences"] == 0


def test_draws_are_finite_and_tell_more_than_their_priors():
    posterior = read_posterior()
    assert posterior.count >= 400
    for values in posterior.draws.values():
        assert np.isfinite(values).all()
    spread = posterior.draws["effects"].std(axis=0)
    priors = np.array([effect_prior(name)[1] for name in effect_names()])
    assert (spread < 1.15 * priors).all()
    learnt = dict(zip(effect_names(), spread / priors, strict=True))
    assert learnt["expectancy"] < 0.6
    assert learnt["instrument_goodman_baron_qualitative"] < 0.8


def test_packing_gives_the_same_bytes_and_reads_back(tmp_path):
    posterior = read_posterior()
    once, again = (pack_posterior(posterior.draws, posterior.emulator, {"model": "x"}) for _ in range(2))
    assert once == again
    for name, data in once.items():
        (tmp_path / name).write_bytes(data)
    back = read_posterior(tmp_path)
    np.testing.assert_array_equal(back.draws["effects"], posterior.draws["effects"])
    assert back.name == "x"


def test_thinning_takes_evenly_from_all_chains():
    draws = {"effects": np.arange(4 * 700 * 2, dtype=float).reshape(4, 700, 2), "a": np.zeros((4, 700))}
    thinned = thin_draws(draws)
    assert thinned["effects"].shape == (1000, 2)
    assert thinned["effects"][0, 0] == 0
    assert thinned["effects"].max() == draws["effects"].max()


def test_a_changed_posterior_is_refused(folder):
    data = bytearray((folder / ARRAYS).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / ARRAYS).write_bytes(bytes(data))
    with pytest.raises(BadInput, match="E-CALI-008"):
        read_posterior(folder)


def test_a_posterior_of_other_effects_is_refused(folder):
    about = json.loads((folder / ABOUT).read_text("utf-8"))
    about["names"]["effects"].append("luck")
    (folder / ABOUT).write_text(json.dumps(about), "utf-8")
    with pytest.raises(BadInput, match="E-CALI-009"):
        read_posterior(folder)


def test_a_folder_without_a_posterior_is_told(tmp_path):
    with pytest.raises(BadInput, match="E-CALI-007"):
        read_posterior(tmp_path)


def at_block(block, reach):
    return {
        "log2_sessions": np.log2(block.sessions), "log_interval": np.log(block.interval_days),
        "log_days_after_last": np.log1p(91 / 30), "log_reach_mm": np.log(block.needle_length_mm * reach),
        "log_density": np.log(block.channels_per_cm2), "log_yield": np.log(block.yield_factor),
        "log_lag": 0.0, "log_tether": 0.0,
    }  # fmt: skip


def test_the_emulator_says_what_the_simulation_says():
    # Protocols that no block of the fit has; the virtual patients are those of the fit.
    from scarplan.calibration.emulator import mean_reach

    emulator, faces = read_posterior().emulator, draw_faces(96, seed=20)
    missed = []
    for device, sessions, interval, length, density, factor in (
        ("pen", 4, 28, 1.5, 250.0, 1.0), ("roller", 3, 30, 1.5, 200.0, 1.6), ("pen", 6, 14, 2.0, 400.0, 1.2),
    ):  # fmt: skip
        block = Block(device, sessions, interval, length, density, yield_factor=factor)
        followed = follow_block(block, faces, days_after_last=(91,), seed=20)
        simulated = followed.improvement_by_kind(faces)[0]
        values = {name: np.array([value]) for name, value in at_block(block, mean_reach(device)).items()}
        emulated = emulator.relief[NEEDLES].improvement(values)[0]
        missed.append(np.abs(simulated - emulated) @ emulator.shares)
        assert emulator.relief[NEEDLES].collagen_rise(values)[0] == pytest.approx(followed.collagen_rise[0], abs=0.08)
    assert max(missed) < 0.04
    for process in emulator.relief.values():
        assert process.error[:-1] @ emulator.shares < 0.025
        assert len(process.error) == len(KINDS) + 1
        assert process.error[-1] < 0.05


def test_coordinates_are_scaled_to_the_simulated_range():
    names = tuple(COORDINATES)
    low = scale_coordinates({name: np.array([ends[0]]) for name, ends in COORDINATES.items()}, names)
    high = scale_coordinates({name: np.array([ends[1]]) for name, ends in COORDINATES.items()}, names)
    np.testing.assert_allclose(low, -1.0)
    np.testing.assert_allclose(high, 1.0)


def test_beyond_the_simulated_range_the_emulator_holds_its_end():
    process = read_posterior().emulator.relief[NEEDLES]
    end = {name: np.array([high]) for name, (_, high) in COORDINATES.items()}
    beyond = {name: high + 1.0 for name, high in end.items()}
    np.testing.assert_array_equal(process.improvement(beyond), process.improvement(end))
