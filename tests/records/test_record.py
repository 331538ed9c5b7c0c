"""Records are frozen and strict; every fault of a file is told at once, in words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scarplan.errors import BadInput
from scarplan.records.record import Record, make_record, read_record
from scarplan.records.toml_file import read_toml


class Reading(Record):
    depth_mm: float
    count: int = 0
    inner: Reading | None = None


def read(path: Path) -> Reading:
    return read_record(path, Reading, what="reading", template="patient")


def write(folder: Path, data: bytes) -> Path:
    path = folder / "reading.toml"
    path.write_bytes(data)
    return path


def test_a_valid_file_is_read(tmp_path: Path) -> None:
    assert read(write(tmp_path, "depth_mm = 0.5 # µm would be wrong\r\n".encode())) == Reading(depth_mm=0.5)


def test_a_byte_order_mark_in_front_is_no_fault(tmp_path: Path) -> None:
    assert read(write(tmp_path, b"\xef\xbb\xbfdepth_mm = 2.0")) == Reading(depth_mm=2.0)


def test_a_record_is_frozen_and_knows_no_infinity() -> None:
    reading = Reading(depth_mm=1.0)
    with pytest.raises(ValidationError, match="frozen"):
        reading.depth_mm = 2.0
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValidationError, match="finite"):
            Reading(depth_mm=bad)


def test_every_fault_is_told_at_once_with_its_place_and_the_nearest_name(tmp_path: Path) -> None:
    path = write(tmp_path, b'depth_m = 1.0\ncount = "many"\n[inner]\ndepth_mm = inf\n')
    with pytest.raises(BadInput) as caught:
        read(path)
    message = str(caught.value)
    assert caught.value.code == "E-FILE-007"
    assert str(path) in message
    assert "depth_m: unknown key (did you mean 'depth_mm'?)" in message
    assert "depth_mm: is missing" in message
    assert "count: " in message
    assert "got 'many'" in message
    assert "inner.depth_mm: " in message
    assert "`scarplan template patient`" in message


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"depth_mm = 0,5", "E-FILE-006", "not valid TOML"),
        (b"depth_mm", "E-FILE-006", "not valid TOML"),
        (b"date = 02-03-2026", "E-FILE-006", "write a day as year-month-day, such as 2026-03-02"),
        (b"a = " + b"[" * 5000, "E-FILE-006", "not valid TOML"),
        (b"a = " + b"9" * 5000, "E-FILE-006", "not valid TOML"),
        ("depth_mm = 1 # ü".encode("latin-1"), "E-FILE-004", "not UTF-8.*Got: byte 0xfc at position 15"),
        ("depth_mm = 1".encode("utf-16"), "E-FILE-004", "not UTF-8"),
        (b"\x00\x01", "E-FILE-006", "not valid TOML"),
        (b"#" * 5_000_001, "E-FILE-005", "too large.*Allowed: at most 5000000 bytes"),
        (b"", "E-FILE-007", "depth_mm: is missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_words(tmp_path: Path, data: bytes, code: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        read(write(tmp_path, data))
    assert caught.value.code == code
    assert "Do: " in str(caught.value)


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"E-FILE-001: reading .*nowhere\.toml does not exist"):
        read(tmp_path / "nowhere.toml")
    with pytest.raises(BadInput, match="is a folder, not a file"):
        read(tmp_path)
    with pytest.raises(BadInput, match="E-FILE-00"):
        read(write(tmp_path, b"depth_mm = 1") / "below-a-file.toml")
    with pytest.raises(BadInput, match="E-FILE-00"):
        read(tmp_path / ("x" * 5000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes, which this system has not")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(BadInput, match="is not a file"):
        read(tmp_path / "pipe.toml")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_bad_input(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = write(tmp_path_factory.getbasetemp(), data)
    try:
        table = read_toml(path, what="reading", template="patient")
    except BadInput:
        return
    assert isinstance(table, dict)


def test_a_record_is_made_of_values_too() -> None:
    assert make_record({"depth_mm": 1, "count": 2}, Reading, what="it", template="goals").count == 2
    no_table: Any = []
    with pytest.raises(BadInput, match="E-FILE-007: it is not valid: the whole: "):
        make_record(no_table, Reading, what="it", template="goals")
