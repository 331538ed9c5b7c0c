"""The ledger: what is acknowledged stays, what is changed is seen, and one program at a time adds to it."""

from __future__ import annotations

import datetime
import json
import os
import resource
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.canonical import hash_bytes
from scarplan.course import Ledger, Signer, append_entry, open_ledger, read_course, read_ledger
from scarplan.course.ledger import LEDGER, TORN, parse_ledger
from scarplan.errors import BadInput
from scarplan.records import Case

DAY = datetime.date(2026, 3, 2)
BY = Signer("N. Nurse", "nurse")
CONTENTS = [{"action": "wait", "reasons": ["ä – é"]}, {"x": None, "y": [1, 2.5]}, {}, {"deep": {"a": {"b": True}}}]


@cache
def whole() -> bytes:
    """Return the bytes of a ledger of four entries."""
    ledger, lines = Ledger(), b""
    for content in CONTENTS:
        lines += _next_line(ledger, content)
        ledger = parse_ledger(lines)
    return lines


def _next_line(ledger: Ledger, content: dict) -> bytes:
    from scarplan.course.entry import make_entry

    head = ledger.head
    entry = make_entry("decision", number=head.entries + 1, day=DAY, by=BY, content=content, previous=head.hash)
    return entry.line()


def start(root: Path) -> Case:
    root.mkdir(exist_ok=True)
    return Case(root)


def test_what_is_added_is_read_back_and_chained_by_an_independent_sum(tmp_path: Path) -> None:
    case = start(tmp_path)
    for content in CONTENTS:
        append_entry(case, "decision", DAY, BY, content)
    assert case.path(LEDGER).read_bytes() == whole()
    previous = "0" * 64
    for line, content in zip(whole().splitlines(), CONTENTS, strict=True):
        plain = json.loads(line)
        told = plain.pop("hash")
        assert plain["previous"] == previous
        assert plain["content"] == content
        # The sum by hand: sorted keys, no spaces, ASCII.
        assert told == hash_bytes(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode())
        previous = told


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_a_change_of_any_one_byte_is_seen(data: st.DataObject) -> None:
    good = whole()
    place = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != good[place]))
    bad = good[:place] + bytes([byte]) + good[place + 1 :]
    if place < len(good) - 1:
        with pytest.raises(BadInput, match="tampered with or damaged at line"):
            parse_ledger(bad)
    else:  # the last newline: the line is then unfinished, which is told
        ledger = parse_ledger(bad)
        assert len(ledger.entries) == len(CONTENTS) - 1
        assert ledger.notices


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_lines_removed_moved_or_put_in_are_seen(data: st.DataObject) -> None:
    lines = whole().splitlines(keepends=True)
    chosen = data.draw(st.lists(st.sampled_from(range(len(lines))), max_size=6))
    if chosen == list(range(len(chosen))):
        return  # the ledger or its beginning
    with pytest.raises(BadInput, match="E-LEDGER-004"):
        parse_ledger(b"".join(lines[place] for place in chosen))


def test_a_line_rewritten_with_its_hash_breaks_the_next_line() -> None:
    lines = whole().splitlines(keepends=True)
    ledger = parse_ledger(lines[0])
    forged = lines[0] + _next_line(ledger, {"forged": True})
    assert len(parse_ledger(forged).entries) == 2  # alone it holds ...
    with pytest.raises(BadInput, match="line 3: it does not follow the line before"):
        parse_ledger(forged + lines[2])  # ... and the next line betrays it


def test_the_end_cut_off_is_seen_by_what_a_result_keeps(tmp_path: Path) -> None:
    case = start(tmp_path)
    for content in CONTENTS:
        append_entry(case, "decision", DAY, BY, content)
    head = read_ledger(case).head
    result = {"ledger": {"entries": head.entries, "hash": head.hash}, "manifest": {"verb": "session", "inputs": {}}}
    case.write_result("session", result)
    lines = whole().splitlines(keepends=True)
    case.path(LEDGER).write_bytes(b"".join(lines[:2]))
    with pytest.raises(BadInput, match=r"its last 2 of 4 entries are gone, as results/session.json shows"):
        read_ledger(case)
    with pytest.raises(BadInput, match="E-LEDGER-006"):
        append_entry(case, "decision", DAY, BY, {})
    forged = b"".join(lines[:3]) + _next_line(parse_ledger(b"".join(lines[:3])), {"forged": True})
    case.path(LEDGER).write_bytes(forged)
    with pytest.raises(BadInput, match="entry 4 is another one than it was"):
        read_ledger(case)
    case.path(LEDGER).unlink()
    with pytest.raises(BadInput, match="its last 4 of 4 entries are gone"):
        read_ledger(case)


def test_stopped_at_any_byte_of_a_line_the_others_stay_and_the_torn_one_is_set_aside(tmp_path: Path) -> None:
    lines = whole().splitlines(keepends=True)
    before, last = b"".join(lines[:3]), lines[3]
    for cut in (*range(0, len(last), 37), len(last) - 1):
        case = start(tmp_path / str(cut))
        case.path(LEDGER).write_bytes(before + last[:cut])
        ledger = read_ledger(case)
        assert len(ledger.entries) == 3
        assert bool(ledger.notices) == (cut > 0)
        assert read_course(case).notices == ledger.notices
        append_entry(case, "decision", DAY, BY, CONTENTS[3])
        assert case.path(LEDGER).read_bytes() == whole()
        assert (case.path(TORN).read_bytes() if cut else b"\n") == last[:cut] + b"\n"
        assert not read_ledger(case).notices


_KILLED_AT_A_BYTE = """
import os, signal, sys, datetime
from scarplan.course import ledger, Signer, append_entry
from scarplan.records import Case
left = int(sys.argv[2])
def write_all(stream, data):
    global left
    for place in range(len(data)):
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        stream.write(data[place:place + 1])
ledger._write_all = write_all
for number in range(50):
    append_entry(Case(sys.argv[1]), "decision", datetime.date(2026, 3, 2), Signer("N"), {"number": number})
    print(number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9, which this system has not")
@pytest.mark.parametrize("byte", [0, 1, 333, 1200])
def test_killed_at_a_byte_loses_nothing_that_was_acknowledged(tmp_path: Path, byte: int) -> None:
    case = start(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", _KILLED_AT_A_BYTE, str(tmp_path), str(byte)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL
    acknowledged = [int(line) for line in run.stdout.split()]
    assert [entry.content["number"] for entry in read_ledger(case).entries] == acknowledged
    append_entry(case, "decision", DAY, BY, {"number": -1})  # the lock was freed with the program
    assert read_ledger(case).entries[-1].content == {"number": -1}


_ADDS = """
import sys, datetime
from scarplan.course import Signer, append_entry
from scarplan.records import Case
for number in range(int(sys.argv[3])):
    append_entry(Case(sys.argv[1]), "decision", datetime.date(2026, 3, 2), Signer(sys.argv[2]), {"number": number})
    print(number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9, which this system has not")
def test_two_programs_add_at_once_and_one_of_them_is_killed(tmp_path: Path) -> None:
    case = start(tmp_path)
    command = [sys.executable, "-c", _ADDS, str(tmp_path)]
    with (
        subprocess.Popen([*command, "first", "100000"], stdout=subprocess.PIPE) as first,
        subprocess.Popen([*command, "second", "40"], stdout=subprocess.PIPE) as second,
    ):
        told = second.communicate(timeout=60)[0]
        end = time.monotonic() + 30
        while not any(entry.by.name == "first" for entry in read_ledger(case).entries) and time.monotonic() < end:
            time.sleep(0.01)
        first.kill()
        acknowledged = len(first.communicate(timeout=60)[0].split())
    assert len(told.split()) == 40
    entries = read_ledger(case).entries
    for name, least in (("first", acknowledged), ("second", 40)):
        numbers = [entry.content["number"] for entry in entries if entry.by.name == name]
        assert numbers == list(range(len(numbers)))
        assert least <= len(numbers) <= least + 1  # one may stand there whose writer was killed before it said so


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    case = start(tmp_path)
    append_entry(case, "decision", DAY, BY, CONTENTS[0])
    before = case.path(LEDGER).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        with pytest.raises(BadInput, match=r"E-LEDGER-005.*File too large.*nothing was added"):
            append_entry(case, "decision", DAY, BY, CONTENTS[1])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert case.path(LEDGER).read_bytes() == before
    append_entry(case, "decision", DAY, BY, CONTENTS[1])
    assert len(read_ledger(case).entries) == 2


def _add_and_fail(case: Case) -> None:
    with open_ledger(case) as opened:
        opened.append("decision", day=DAY, by=BY, content={})
        raise RuntimeError("no")


def test_an_error_in_the_block_takes_back_what_was_added(tmp_path: Path) -> None:
    case = start(tmp_path)
    with pytest.raises(RuntimeError, match="no"):
        _add_and_fail(case)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "by", "says"), [("visit", BY, "E-LEDGER-001"), ("scan", Signer("  "), "E-LEDGER-002")]
)
def test_an_entry_needs_a_kind_and_a_name(tmp_path: Path, kind: Any, by: Signer, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        append_entry(start(tmp_path), kind, DAY, by, {})
    assert os.listdir(tmp_path) == []


def test_a_ledger_needs_its_case(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="E-CASE-001"):
        append_entry(Case(tmp_path / "none"), "scan", DAY, BY, {})
