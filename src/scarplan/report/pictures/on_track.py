"""On track: three chances on one bar, told by words and hatching as well as by colour."""

from __future__ import annotations

from matplotlib.patches import Rectangle

from scarplan.report.pictures.plots import ACCENT, INK, SECOND, draw_axes

#: Name, ground, hatching: dark, plain and light when printed in grey.
_PARTS = (("ahead", ACCENT, ""), ("on", "#c9dcdd", ""), ("behind", SECOND, "///"))
_WORDS = {"ahead": "ahead", "on": "on track", "behind": "behind"}
#: A part shorter than this has no room for its number.
_LEAST_ROOM = 0.12
#: The word in the middle keeps so far from the ends, where the others stand.
_OUTERMOST = 0.34


def draw_on_track(chances: dict[str, float], *, name: str) -> str:
    """Return the bar as SVG text; `chances` holds ahead, on and behind, which sum to 1."""
    with draw_axes(name, height_in=1.25) as (axes, drawn):
        start = 0.0
        for key, ground, hatch in _PARTS:
            chance = chances[key]
            if chance <= 0:
                continue
            axes.add_patch(
                Rectangle((start, 0), chance, 1, facecolor=ground, edgecolor="white", linewidth=1.2, hatch=hatch)
            )
            middle = start + chance / 2
            if chance >= _LEAST_ROOM:
                ink = INK if key == "on" else "white"
                axes.text(
                    middle,
                    0.5,
                    f"{100 * chance:.0f}",
                    ha="center",
                    va="center",
                    color=ink,
                    fontsize=11,
                    weight="bold",
                    bbox={"facecolor": ground, "edgecolor": "none", "pad": 1.5},
                )
            words = _WORDS[key] if chance >= _LEAST_ROOM else f"{_WORDS[key]} {100 * chance:.0f}"
            place, align = {"ahead": (0.0, "left"), "behind": (1.0, "right")}.get(key, (middle, "center"))
            if key == "on":
                place = min(max(middle, _OUTERMOST), 1 - _OUTERMOST)
            axes.text(place, -0.14, words, ha=align, va="top", color=INK)
            start += chance
        axes.set_title("Chances of 100, against the first forecast")
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.65, 1.05)
        axes.axis("off")
    return drawn[0]
