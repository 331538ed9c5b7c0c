"""Workers beside this process: the same results to the last bit, errors as here, and none is needed."""

from __future__ import annotations

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
