"""The equations of injury and response written a second time, with SciPy alone, to check the package against.

Nothing of the package is used but the numbers of one draw. Differences on purpose: the mean over the depth reached is
an adaptive quadrature over depths, the spread of growth factor a quadrature of the kernel, and all states of a column
are one system of ordinary differential equations, solved at tight tolerance from session to session.
"""

import numpy as np
from scipy import integrate as quadrature
from scipy import stats


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
