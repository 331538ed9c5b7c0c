"""Parts of the unit cell written a second time with NumPy and SciPy alone."""

import itertools

import independent_model
import numpy as np
from scipy import integrate


def channel_volume_mm3(depth_mm, radius_mm, *, tip_mm, top_mm, bottom_mm, taper_mm=0.5):
    """Volume of a cone with a blunt tip under a cylinder, between two depths: frusta, by Heron's formula."""

    def radius(height):
        return tip_mm + (radius_mm - tip_mm) * min(height / taper_mm, 1.0)

    stops = sorted({max(depth_mm - bottom_mm, 0.0), max(depth_mm - top_mm, 0.0)} | {taper_mm})
    low, high = max(depth_mm - bottom_mm, 0.0), max(depth_mm - top_mm, 0.0)
    stops = [stop for stop in stops if low <= stop <= high]
    volume = 0.0
    for a, b in itertools.pairwise(stops):
        volume += np.pi * (b - a) / 3.0 * (radius(a) ** 2 + radius(a) * radius(b) + radius(b) ** 2)
    return volume


def smooth_signal(rates, *, across, layers, days):
    """Growth factor of a smooth injury on a 1 x 1 mm section: finite differences, SciPy BDF. Also the injury."""
    x = (np.arange(across) + 0.5) / across
    z = (np.arange(layers) + 0.5) / layers
    injured = 0.1 * (1.0 + 0.6 * np.cos(2.0 * np.pi * x)[None, :] * (1.0 + 0.5 * np.cos(np.pi * z)[:, None]))
    size2 = (1.0 / across) ** 2

    def right_hand_side(time, flat):
        field = flat.reshape(layers, across)
        sideways = np.roll(field, 1, 1) + np.roll(field, -1, 1) - 2.0 * field
        padded = np.pad(field, ((1, 1), (0, 0)), mode="edge")
        down = padded[2:] + padded[:-2] - 2.0 * field
        kw, ki = rates.clot_clearance_per_day, rates.inflammation_clearance_per_day
        clot = np.exp(-kw * time)
        calm = kw / (kw - ki) * (np.exp(-ki * time) - clot)
        made = injured * (rates.signal_from_clot_per_day * clot + rates.signal_from_inflammation_per_day * calm)
        spread = rates.signal_diffusion_mm2_per_day * (sideways + down) / size2
        return (spread - rates.signal_clearance_per_day * field + made).ravel()

    start = np.zeros(injured.size)
    found = integrate.solve_ivp(right_hand_side, (0.0, days), start, method="RK45", rtol=1e-7, atol=1e-9)
    return found.y[:, -1].reshape(layers, across), injured


def activity(draws, share):
    """Integral over all time of the activated fibroblasts of a well-mixed spot after one session, by SciPy."""
    p = _numbers(draws)
    kw, ki, kf = (p[f"{name}_per_day"] for name in ("clot_clearance", "inflammation_clearance", "fibroblast_loss"))

    def right_hand_side(_, y):
        w, i, t, f, _ = y
        drive = p["fibroblast_activation_per_day"] * t / (p["signal_half_activation"] + t)
        made = p["signal_from_clot_per_day"] * w + p["signal_from_inflammation_per_day"] * i
        return [-kw * w, kw * w - ki * i, made - p["signal_clearance_per_day"] * t, drive * (1.0 - f) - kf * f, f]

    start = [share, 0.0, 0.0, 0.0, 0.0]
    found = integrate.solve_ivp(right_hand_side, (0.0, 48.0), start, method="LSODA", rtol=1e-10, atol=1e-14)
    return found.y[4, -1] + found.y[3, -1] / kf


def _numbers(draws):
    names = [name for name in vars(draws) if name not in ("needling", "harms", "heat")]
    return {name: float(np.asarray(getattr(draws, name))[0]) for name in names if getattr(draws, name) is not None}


def uniform_surplus(draws, *, share, session_days, days):
    """Collagen surplus of one well-mixed layer by the independent course model."""
    p = _numbers(draws)
    course = independent_model.collagen_course(
        p, injured=share, signal=share, start=p["scar_collagen"], rate=p["synthesis_per_day"],
        session_days=session_days, days=days,
    )  # fmt: skip
    return course[:, 0]
