"""The equations of injury and response written a second time, with SciPy alone, to check the package against.

Nothing of the package is used but the numbers of one draw. Differences on purpose: the mean over the depth reached is
an adaptive quadrature over depths, the spread of growth factor a quadrature of the kernel, and all states of a column
are one system of ordinary differential equations, solved at tight tolerance from session to session.
"""

from importlib import resources

import numpy as np
from scipy import integrate as quadrature
from scipy import interpolate, stats


def injured_fraction(depth_mm, p, *, length_mm, channels_per_mm2, needle_mm):
    """v(z) at one depth below the skin surface."""
    centre, spread = p["reached_fraction"] * length_mm, p["reached_depth_cv"] * p["reached_fraction"] * length_mm
    reach = stats.truncnorm(-centre / spread, (length_mm - centre) / spread, loc=centre, scale=spread)
    full = 0.5 * needle_mm * p["recoil_ratio"]

    def area(reached):
        radius = full * min(max((reached - depth_mm) / p["channel_taper_mm"], 0.0), 1.0)
        return np.pi * (radius + p["crush_margin_mm"]) ** 2 * reach.pdf(reached)

    if depth_mm >= length_mm:
        return 0.0
    knee = min(depth_mm + p["channel_taper_mm"], length_mm)
    mean = quadrature.quad(area, depth_mm, knee, epsabs=1e-13, epsrel=1e-11)[0]
    mean += quadrature.quad(area, knee, length_mm, epsabs=1e-13, epsrel=1e-11)[0] if knee < length_mm else 0.0
    return 1.0 - np.exp(-channels_per_mm2 * mean)


def arriving_signal(layer, edges_mm, injured, reach_mm):
    """Mean over a layer of what all layers release, with the image of each reflected at the top."""

    def kernel(z, s):
        return (np.exp(-abs(z - s) / reach_mm) + np.exp(-(z + s) / reach_mm)) / (2.0 * reach_mm)

    low, high = edges_mm[layer], edges_mm[layer + 1]
    total = 0.0
    for other, amount in enumerate(injured):
        a, b = edges_mm[other], edges_mm[other + 1]

        def inner(z, a=a, b=b):
            return quadrature.quad(lambda s: kernel(z, s), a, b, points=[z] if a < z < b else None, epsabs=1e-12)[0]

        total += amount * quadrature.quad(inner, low, high, epsabs=1e-11)[0]
    return total / (high - low)


def density_yield(p, channels_per_cm2, *, radius_mm, reference_per_cm2):
    """Correction of the yield by the unit cell: its table, interpolated by SciPy."""
    file = resources.files("scarplan.response").joinpath("data", "yield_table.npz")
    with file.open("rb") as opened, np.load(opened) as held:
        nodes = {name: held[name] for name in held.files}
    ratio = np.maximum.accumulate(nodes["ratio"].astype(float), axis=-1)
    released = p["signal_from_clot_per_day"] / p["clot_clearance_per_day"]
    released += p["signal_from_inflammation_per_day"] / p["inflammation_clearance_per_day"]
    strength = released / (p["signal_clearance_per_day"] * p["signal_half_activation"])

    def at(radius, density):
        values = ratio
        for value, name in ((strength, "strength_days"), (p["signal_reach_mm"], "reach_mm"), (radius, "radius_mm")):
            held_at = np.clip(value, nodes[name][0], nodes[name][-1])
            values = interpolate.PchipInterpolator(np.log(nodes[name]), values, axis=0)(np.log(held_at))
        values = np.maximum.accumulate(values)
        places = np.log1p(nodes["channels_per_cm2"] / 3.0)
        return float(interpolate.PchipInterpolator(places, values)(min(np.log1p(density / 3.0), places[-1])))

    return at(radius_mm, channels_per_cm2) / at(p["reference_outline_mm"], reference_per_cm2)


def collagen_course(p, *, injured, signal, start, rate, session_days, days, rtol=1e-10, atol=1e-13):
    """Surplus of one layer as it is and as the surface shows it, at `days` (before a session of that day)."""
    ln2, year = np.log(2.0), 365.25
    k31, kx = ln2 / p["type_iii_to_i_half_days"], ln2 / p["cross_linking_half_days"]
    ky = ln2 / p["immature_loss_half_days"]
    km = ln2 / (p["mature_loss_half_years"] * year) + p["ageing_loss_per_year"] / year

    def right_hand_side(_, y):
        w, i, t, f, c3, y1, x, n, shown = y
        collagen = start + c3 + y1 + x + n
        made = rate * f * max(0.0, 1.0 - collagen / p["collagen_ceiling"])
        drive = p["fibroblast_activation_per_day"] * t / (p["signal_half_activation"] + t)
        return [
            -p["clot_clearance_per_day"] * w,
            p["clot_clearance_per_day"] * w - p["inflammation_clearance_per_day"] * i,
            p["signal_from_clot_per_day"] * w
            + p["signal_from_inflammation_per_day"] * i
            - p["signal_clearance_per_day"] * t,
            drive * (1.0 - f) - p["fibroblast_loss_per_day"] * f,
            p["type_iii_share"] * made - (k31 + ky) * c3,
            (1.0 - p["type_iii_share"]) * made + k31 * c3 - (kx + ky) * y1,
            kx * y1 - km * x,
            -(p["fragment_removal_per_day"] * f + ky) * n,
            (c3 + y1 + x + n - shown) / p["surface_lag_days"],
        ]

    stops = sorted({0.0, *map(float, session_days), *map(float, days)})
    state, found = np.zeros(9), {}
    for number, day in enumerate(stops):
        found[day] = (state[4] + state[5] + state[6] + state[7], state[8])
        if day in session_days:
            lost = p["destroyed_share"] * injured * state[4:6]
            state = state.copy()
            state[7] += lost.sum()
            state[4:6] -= lost
            state[0] += signal
        if number + 1 < len(stops):
            span = (day, stops[number + 1])
            state = quadrature.solve_ivp(right_hand_side, span, state, method="LSODA", rtol=rtol, atol=atol).y[:, -1]
    return np.array([found[float(day)] for day in days])


def fibroblasts_of_heat(p, *, cold, hot, heated_clearance_per_day, days, rtol=1e-9, atol=1e-12):
    """Activated fibroblasts of one layer at `days` after one session that heats as well as opens.

    `cold` and `hot` are what arrives in the layer of what was opened and of what was heated; heated tissue is cleared
    at its own rate and holds no clot, so only its inflammation releases growth factor.
    """

    def right_hand_side(_, y):
        opened, calm_opened, heated, calm_heated, t, f = y
        drive = p["fibroblast_activation_per_day"] * t / (p["signal_half_activation"] + t)
        return [
            -p["clot_clearance_per_day"] * opened,
            p["clot_clearance_per_day"] * opened - p["inflammation_clearance_per_day"] * calm_opened,
            -heated_clearance_per_day * heated,
            heated_clearance_per_day * heated - p["inflammation_clearance_per_day"] * calm_heated,
            p["signal_from_clot_per_day"] * cold * opened
            + p["signal_from_inflammation_per_day"] * (cold * calm_opened + hot * calm_heated)
            - p["signal_clearance_per_day"] * t,
            drive * (1.0 - f) - p["fibroblast_loss_per_day"] * f,
        ]

    start = [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    span = (0.0, float(days[-1]))
    return quadrature.solve_ivp(right_hand_side, span, start, method="LSODA", t_eval=days, rtol=rtol, atol=atol).y[5]
