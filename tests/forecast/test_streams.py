"""Random streams: no two parts of a forecast, or of a course, draw the same numbers from one seed."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import numpy as np

import scarplan

ROOMS = ("forecast", "examination", "course")


def streams() -> dict[str, int]:
    """Return the stream of each file of the rooms that has one."""
    found: dict[str, int] = {}
    for room in ROOMS:
        for file in sorted(Path(scarplan.__file__).with_name(room).glob("*.py")):
            for node in ast.parse(file.read_text("utf-8")).body:
                if not isinstance(node, ast.Assign):
                    continue
                target, value = node.targets[0], node.value
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    target, value = target.elts[0], value.elts[0]
                if isinstance(target, ast.Name) and target.id == "_STREAM" and isinstance(value, ast.Constant):
                    found[f"{room}/{file.name}"] = value.value
    return found


def test_a_zero_at_the_end_of_a_seed_is_no_other_seed() -> None:
    """The reason why each part has a number of its own: NumPy takes [1, 43] and [1, 43, 0] for the same."""
    assert np.random.default_rng([1, 43]).random() == np.random.default_rng([1, 43, 0]).random()


def test_every_part_has_a_stream_of_its_own() -> None:
    found = streams()
    assert len(found) > 8
    # The baseline's error belongs to the scar, whatever the seed: [stream, scar] stands apart.
    of_seed = {name: stream for name, stream in found.items() if name != "forecast/baseline_error.py"}
    for (one, a), (other, b) in itertools.combinations(of_seed.items(), 2):
        assert a != b, f"{one} and {other} share the stream {a}"
