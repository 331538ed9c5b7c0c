"""Canonical text: strict JSON whatever comes in, and hashes that depend on content alone."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.canonical import dump_json, hash_bytes, hash_content, hash_file, make_plain
from scarplan.records.record import Record


@dataclasses.dataclass(frozen=True)
class Measured:
    depth_mm: float
    labels: np.ndarray


class Answered(Record):
    day: datetime.date
    dose: float | None = None


def strict_loads(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4)
)


def without_unknowns(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: without_unknowns(inner) for key, inner in value.items()}
    return [without_unknowns(inner) for inner in value] if isinstance(value, list) else value


@given(VALUES)
def test_every_plain_value_comes_back_with_nan_and_infinity_unknown(value: Any) -> None:
    assert strict_loads(dump_json(value)) == without_unknowns(value)


@given(st.text(st.characters(categories=["Cs", "L"])))
def test_every_text_can_be_written_as_utf_8(text: str) -> None:
    # File names may hold bytes that are no UTF-8: Python keeps them as lone surrogates.
    assert json.loads(dump_json({"name": text}).encode("utf-8")) == {"name": text}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, np.float32("nan"), np.float64("inf"), jnp.inf])
def test_what_is_not_finite_is_unknown(bad: Any) -> None:
    assert strict_loads(dump_json({"depth_mm": bad, "list": [1.0, bad]})) == {"depth_mm": None, "list": [1.0, None]}


def test_arrays_dates_paths_records_and_sets_become_plain() -> None:
    made = make_plain(
        {
            "measured": Measured(0.5, np.array([[1, 2], [3, 4]], dtype=np.int16)),
            "record": Answered(day=datetime.date(2026, 3, 2)),
            "path": Path("a/b"),
            "set": {"b", "a"},
            "tuple": (np.float32(0.5), np.bool_(True), np.int64(7)),
            "jax": jnp.array([1.0, math.nan]),
            3: "a number as key",
        }
    )
    assert made == {
        "measured": {"depth_mm": 0.5, "labels": [[1, 2], [3, 4]]},
        "record": {"day": "2026-03-02", "dose": None},
        "path": "a/b",
        "set": ["a", "b"],
        "tuple": [0.5, True, 7],
        "jax": [1.0, None],
        "3": "a number as key",
    }
    assert type(made["tuple"][1]) is bool
    assert type(made["tuple"][2]) is int


def test_what_has_no_plain_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="cannot write object as JSON"):
        dump_json({"x": object()})


@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers() | st.floats(allow_nan=False), min_size=2))
def test_a_hash_does_not_depend_on_the_order_of_keys(values: dict[str, Any]) -> None:
    backwards = dict(reversed(values.items()))
    assert list(backwards) != list(values)
    assert hash_content(backwards) == hash_content(values)


def test_a_hash_depends_on_every_value_and_on_the_order_of_lists() -> None:
    base = {"a": [1, 2], "b": None}
    others = [{"a": [2, 1], "b": None}, {"a": [1, 2], "b": 0}, {"a": [1, 2]}, {"a": [1, 2], "b": "None"}]
    assert len({hash_content(base), *map(hash_content, others)}) == 5


def test_files_and_bytes_hash_as_sha_256(tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000  # more than two blocks
    (tmp_path / "big").write_bytes(data)
    assert hash_file(tmp_path / "big") == hash_bytes(data) == hashlib.sha256(data).hexdigest()
