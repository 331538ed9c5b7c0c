"""Workers beside this process: the same results to the last bit, errors as here, and none is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scarplan.evidence.library import recording, value_of
from scarplan.scars import find, workers
from scarplan.scars.find import find_scars_in_scan
from scarplan.scars.workers import Places, Worker, WorkerFailed, places_to_work
from scarplan.surface.resolution import state_resolution
from scarplan.surface.surface import Scan, Surface
from scars.skin_generator import CONDITIONS, make_skin


@pytest.fixture(scope="module")
def scan() -> Scan:
    patches = [make_skin(seed, CONDITIONS["standard"]) for seed in (4201, 4202)]
    return Scan(tuple(Surface(f"patch_{k}", one.relief_mm, one.valid, one.pixel_mm) for k, one in enumerate(patches)))


def test_one_process_and_two_find_the_same(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "_LARGE_PIXELS", 1)
    found = []
    for count in (1, 2):
        monkeypatch.setattr(workers, "processors", lambda count=count: count)
        with recording() as used:
            found.append((find_scars_in_scan(scan), used.quantities, used.sources))
    (one, *noted), (two, *noted_too) = found
    assert len(one.scars) > 30
    assert one.scars == two.scars
    for name in one.labels:
        assert np.array_equal(one.labels[name], two.labels[name])
        assert np.array_equal(one.level_mm[name], two.level_mm[name])
    assert noted == noted_too


def test_a_worker_notes_evidence_and_outlives_errors(scan: Scan) -> None:
    worker = Worker()
    try:
        with recording() as used:
            assert worker.run(value_of, "scars.listed_confidence") == value_of("scars.listed_confidence")
        assert used.quantities == {"scars.listed_confidence"}
        assert worker.run(state_resolution, scan) == state_resolution(scan)
        with pytest.raises(WorkerFailed):
            worker.run(value_of, "scars.no_such_thing")
        assert worker.run(len, "still there") == 11
    finally:
        worker.stop()


def test_errors_are_raised_here_as_they_are() -> None:
    with places_to_work(3) as places:
        for _ in range(2 * places.count):
            with pytest.raises(KeyError, match=r"no_such_thing"):
                places.run(value_of, "scars.no_such_thing")


def test_where_a_worker_is_gone_this_process_works() -> None:
    worker = Worker()
    worker.stop()
    places = Places([worker])
    assert [places.run(abs, -k) for k in range(4)] == [0, 1, 2, 3]


COPIED = """
import os, threading
from scarplan.evidence.library import recording, value_of
from scarplan.scars.copies import by_copies, may_be_copied
from scarplan.scars.side_by_side import one_by_one

here, asked_otherwise = os.getpid(), []

def otherwise(function, things):
    asked_otherwise.append(len(things))
    return one_by_one(function, things)

each = by_copies(3, otherwise=otherwise)
assert may_be_copied()
with recording() as used:
    told = each(lambda one: (one, os.getpid(), value_of("scars.listed_confidence")) if one else None, range(60_000))
assert told[0] is None and [one[0] for one in told[1:]] == list(range(1, 60_000))
assert len({one[1] for one in told[1:]}) > 1, "no copy took a part"
assert used.quantities == {"scars.listed_confidence"}

def fail_elsewhere(one):
    assert os.getpid() == here
    return -one

assert list(each(fail_elsewhere, range(400))) == [-one for one in range(400)]
try:
    each(lambda one: 1 / one, range(400))
except ZeroDivisionError:
    pass
else:
    raise AssertionError("an error was lost")
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    pass
else:
    raise AssertionError("a copy was left behind")
assert not asked_otherwise
beside = threading.Event()
thread = threading.Thread(target=beside.wait)
thread.start()
assert list(each(abs, [-1, -2, -3])) == [1, 2, 3] and asked_otherwise == [3], "copied beside a thread"
beside.set()
thread.join()
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the system does not tell how many threads there are")
def test_copies_share_a_list_and_lose_nothing() -> None:
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", COPIED], capture_output=True, text=True, timeout=120, check=False, env=alone
    )
    assert not done.returncode, done.stderr
