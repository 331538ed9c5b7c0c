"""Curves of a commissioning: measured against true depth, and the share of height that comes through by wavelength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scarplan.report.pictures.plots import ACCENT, LINE, MUTED, SECOND, draw_axes

_SIZE_IN = {"width_in": 3.5, "height_in": 2.15}
_Z_90 = 1.645
_STATUSES = (
    ("pass", ACCENT, "o"), ("fail", SECOND, "X"), ("not judged", SECOND, "o"), ("below resolution", MUTED, "v"),
)  # fmt: skip


def draw_depth_errors(features: Sequence[Mapping[str, Any]]) -> str:
    """Return the error of every feature over its true depth, with the limits, as SVG text."""
    with draw_axes("commissioning-depth", **_SIZE_IN) as (axes, drawn):
        deepest = max(1.0, *(abs(row["true_depth_mm"]) for row in features))
        known = np.linspace(0.0, deepest, 60)
        share, least = _limit_of(features)
        limit = np.maximum(least, share * known)
        axes.fill_between(known, -1000 * limit, 1000 * limit, color=LINE, alpha=0.6, linewidth=0)
        axes.axhline(0.0, color=MUTED, linewidth=0.8)
        for status, colour, mark in _STATUSES:
            chosen = [row for row in features if row["status"] == status]
            if chosen:
                true = np.abs([row["true_depth_mm"] for row in chosen])
                error = 1000 * np.array([row["error_mm"] * np.sign(row["true_depth_mm"]) for row in chosen])
                sd = 1000 * _Z_90 * np.array([np.hypot(row["sd_mm"] or 0.0, row["true_sd_mm"]) for row in chosen])
                style = {"fmt": mark, "color": colour, "markersize": 3.6, "linewidth": 0.7, "label": status}
                axes.errorbar(true, error, yerr=sd, **style)
        axes.set_title("Error of depth")
        axes.set_xlabel("true depth or height, mm")
        axes.set_ylabel("measured less expected, µm")
        reach = 1000 * limit.max()
        axes.set_ylim(-1.5 * reach, 1.5 * reach)
        axes.legend(frameon=False, fontsize=7, loc="upper left", ncols=3, handletextpad=0.1, columnspacing=0.8)
    return drawn[0]


def draw_transfer(transfer: Mapping[str, Any], gain: float) -> str:
    """Return the lateral transfer: measured shares, the fitted curve and where half comes through, as SVG text."""
    with draw_axes("commissioning-transfer", **_SIZE_IN) as (axes, drawn):
        points = transfer["points"]
        waves = np.array([p["wavelength_mm"] for p in points])
        shares, sds = (np.array([p[key] for p in points]) for key in ("share", "sd"))
        style = {"fmt": "o", "color": ACCENT, "markersize": 3.6, "linewidth": 0.7}
        axes.errorbar(waves, shares, yerr=_Z_90 * sds, **style)
        if transfer["blur_mm"] is not None and len(waves):
            fine = np.geomspace(waves.min(), waves.max(), 200)
            axes.plot(fine, gain * 0.5 ** ((transfer["blur_mm"] / fine) ** 2), color=SECOND, linewidth=1.0)
        axes.axhline(0.5, color=MUTED, linewidth=0.8, linestyle=":")
        lateral = transfer["lateral_mm"]
        if lateral is not None and not transfer["is_longer"]:
            axes.axvline(lateral, color=MUTED, linewidth=0.8, linestyle=":")
        axes.set_xscale("log")
        ticks = [tick for tick in (0.2, 0.3, 0.5, 1.0, 2.0, 3.0) if waves.min() * 0.9 <= tick <= waves.max() * 1.1]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.set_ylim(min(-0.05, shares.min() - 0.05), max(1.15, shares.max() + 0.05))
        axes.set_title("Lateral transfer (star)")
        axes.set_xlabel("wavelength, mm")
        axes.set_ylabel("share of height")
    return drawn[0]


def _limit_of(features: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return the relative and the least limit that the rows were judged by."""
    shares = [row["limit_mm"] / abs(row["true_depth_mm"]) for row in features]
    return min(shares), min(row["limit_mm"] for row in features)
