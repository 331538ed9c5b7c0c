"""TOML written from plain values says the same when it is read."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.records.toml_file import write_toml

PLAIN = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.booleans(), st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
TABLE = st.recursive(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), PLAIN | st.lists(PLAIN), max_size=4),
    lambda inner: st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), PLAIN | inner | st.lists(inner, min_size=1), max_size=4
    ),
    max_leaves=8,
)


@given(TABLE)
def test_what_is_written_is_read_back(values: dict) -> None:
    assert tomllib.loads(write_toml(values, comment="a line")) == values


def test_the_comment_stands_first_and_nothing_unknown_is_written() -> None:
    assert write_toml({"b": {"c": 1.5}, "a": [1, 2]}, comment="said").splitlines() == [
        "# said", "a = [1, 2]", "", "[b]", "c = 1.5",
    ]  # fmt: skip
    with pytest.raises(TypeError, match="NoneType"):
        write_toml({"a": None}, comment="said")
