"""Commented examples of the files that a person fills for a plan: goals and the clinic's protocol."""

from __future__ import annotations

_GOALS = """\
# Goals of a course. strength = "limit": never offered beyond it; strength = "goal": a wish, answered with a chance.
# `chance` (optional, 0-1) is how sure it must be: without it 0.9 for a limit and 0.5 for a goal.

[[goal]]
kind = "depth"          # the mean visible depth of a kind of scar falls by `percent` % ...
scar_kind = "any"       # any | icepick | boxcar | rolling
percent = 20.0
by_day = 180            # ... this many days after the first session (28 to 730)
strength = "goal"

[[goal]]
kind = "sessions"       # at most this many sessions (1 to 6)
at_most = 6
strength = "limit"

[[goal]]
kind = "pigment"        # risk of darker patches, percent
percent_at_most = 30.0
strength = "goal"

[[goal]]
kind = "redness"        # days of redness after a session
days_at_most = 7.0
strength = "goal"
"""

_PROTOCOL = """\
# Protocol of a clinic: it fills what no label, guideline, trial or review gives. Every line but name and date may go.
# THIS IS ONLY AN EXAMPLE and no recommendation: put your own clinic, date and settings, then delete `example`.

name = "Example clinic (not a real protocol)"
date = 2026-01-15
role = "dermatologist"      # who stands for it
example = true              # marks every plan made with it; delete this line in a real protocol
device = "skinpen"          # see `scarplan devices`
phone = "+00 000 000000"    # printed under "call the clinic"
max_sessions = 6            # lowers the limit of a course (1 to 6)
# sessions = 3              # fixes the number instead of letting the plan compare 1 to max_sessions
# interval_days = 28        # fixes the days between sessions (14 to 180)
maintenance_days = 270      # one session this often after the course (30 to 1825)

[anaesthesia]
product = "lidocaine-only cream of the clinic"
instructions = "as its label says; remove completely before the first pass"
lidocaine = true
prilocaine = false

# One table per zone: forehead, temple, periorbital, nasal_bridge, nose_tip, cheek, malar, upper_lip, chin, jawline,
# neck, trunk. Lengths are settings of the device; beyond what its label evaluated they are marked off-label.
[zones.cheek]
needle_length_mm = 1.5
passes = 4
mode = "glide"              # glide | stamp

[zones.chin]
needle_length_mm = 1.0
passes = 4

[zones.temple]
needle_length_mm = 0.75
passes = 2
mode = "stamp"
end_point = "even redness to the first pinpoint bleeding"
note = "lighter pressure over bone"
"""


def goals_template() -> str:
    """Return a valid, commented `goals.toml`."""
    return _GOALS


def protocol_template() -> str:
    """Return a valid, commented clinic protocol, clearly marked as an example."""
    return _PROTOCOL
