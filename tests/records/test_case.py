"""The case folder: all or nothing whatever stops the program, staleness, and what a damaged case is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput, MissingStep, StaleResult
from scarplan.manifest import make_manifest
from scarplan.records import Case, all_or_nothing
from scarplan.records.case import result_name

OLD, NEW = b"old " * 50, b"new " * 5000
NAMES = ("surface.npz", "plans/a.toml", "results/scan.json")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and limits")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def all_of(data: bytes) -> dict[str, bytes]:
    return dict.fromkeys(NAMES, data)


def write_result(case: Case, verb: str, *inputs: str, **values: Any) -> dict[str, Any]:
    manifest = make_plain(make_manifest(verb, inputs=case.hashes(*inputs)))
    case.write_result(verb, {**values, "manifest": manifest})
    return case.read_result(verb)


# --- writing ---------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.dictionaries(st.sampled_from([*NAMES, "a/b/c.bin", "x"]), st.binary(max_size=300), min_size=1))
def test_what_is_written_is_there_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, files: dict) -> None:
    case = Case(tmp_path_factory.mktemp("case") / "made" / "for" / "it")
    case.write_files(files)
    assert contents(case.root) == files


def test_other_files_of_the_case_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_bytes(b"a note")
    Case(tmp_path).write_files(all_of(OLD))
    Case(tmp_path).write_files({NAMES[0]: NEW})
    assert contents(tmp_path) == all_of(OLD) | {NAMES[0]: NEW, "mine.txt": b"a note"}


@pytest.mark.parametrize("obstacle", NAMES)
def test_a_folder_where_a_file_should_be_leaves_everything_as_it_was(tmp_path: Path, obstacle: str) -> None:
    Case(tmp_path).write_files({name: OLD for name in NAMES if name != obstacle})
    (tmp_path / obstacle / "something").mkdir(parents=True)
    before = contents(tmp_path)
    with pytest.raises(BadInput, match=r"E-CASE-006: cannot write into .*is a folder.*nothing was changed"):
        Case(tmp_path).write_files(all_of(NEW))
    assert contents(tmp_path) == before


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "results").write_bytes(OLD)
    with pytest.raises(BadInput, match=r"E-CASE-006: .*results is a file, not a folder"):
        Case(tmp_path).write_files(all_of(NEW))
    assert contents(tmp_path) == {"results": OLD}
    with pytest.raises(BadInput, match=r"E-CASE-005: .*is a file, not a case folder.*Do: name a folder"):
        Case(tmp_path / "results").write_files(all_of(NEW))
    with pytest.raises(BadInput, match=r"E-CASE-006"):
        Case(tmp_path / "results" / "deeper").write_files(all_of(NEW))
    assert contents(tmp_path) == {"results": OLD}


@pytest.mark.parametrize("fails_at", range(len(NAMES)))
def test_a_file_that_cannot_take_its_place_puts_all_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    Case(tmp_path).write_files(dict.fromkeys(NAMES[1:], OLD))
    before, replace, placed = contents(tmp_path), os.replace, []

    def fail_once(source: Path, target: Path) -> None:
        if "new" in Path(source).parts:
            placed.append(target)
            if len(placed) == fails_at + 1:
                raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_once)
    with pytest.raises(BadInput, match=r"E-CASE-006.*Permission denied"):
        Case(tmp_path).write_files(all_of(NEW))
    assert contents(tmp_path) == before


def test_an_interruption_in_the_middle_leaves_nothing_half_done(tmp_path: Path, monkeypatch: Any) -> None:
    Case(tmp_path).write_files(all_of(OLD))
    monkeypatch.setattr(all_or_nothing, "_place", lambda root, ready: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        Case(tmp_path).write_files(all_of(NEW))
    assert contents(tmp_path) == all_of(OLD)


@POSIX
def test_a_full_disk_changes_nothing_and_says_so(tmp_path: Path) -> None:
    Case(tmp_path / "old").write_files(all_of(OLD))
    # The system's limit on the size of a file stops a write in its middle, as a full disk does.
    code = """
import resource, signal, sys
from scarplan.errors import BadInput
from scarplan.records import Case
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
for folder in sys.argv[1:]:
    try:
        Case(folder).write_files({"surface.npz": b"n" * 5_000, "plans/a.toml": b"n" * 20_000})
    except BadInput as error:
        print(error)
"""
    folders = [str(tmp_path / "old"), str(tmp_path / "not" / "yet" / "there")]
    done = subprocess.run([sys.executable, "-c", code, *folders], capture_output=True, text=True, check=True)
    assert done.stdout.count("E-CASE-006: cannot write into") == 2
    assert done.stdout.count("File too large") == 2
    assert contents(tmp_path) == {f"old/{name}": OLD for name in NAMES}
    assert not (tmp_path / "not").exists()


#: Writes for ever, each time the same bytes into every file; says when the third round is complete.
_WRITER = """
import itertools, sys
from scarplan.records import Case
case = Case(sys.argv[1])
for n in itertools.count(1):
    case.write_files({f"{i}.bin": n.to_bytes(4, "big") * 30_000 for i in range(8)})
    if n == 3:
        print("started", flush=True)
"""


@POSIX
def test_killed_in_the_middle_of_writing_all_files_are_of_one_round(tmp_path: Path) -> None:
    for pause in (0.0, 0.004, 0.011, 0.023):
        folder = tmp_path / f"after-{pause}"
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"started\n"
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
        Case(folder)  # the next use of the case
        found = {data for name, data in contents(folder).items() if not name.startswith(".")}
        assert len(found) == 1, f"{len(found)} rounds are mixed"
        assert len(next(iter(found))) == 120_000
        assert int.from_bytes(next(iter(found))[:4], "big") >= 3


def stop_at(folder: Path, monkeypatch: pytest.MonkeyPatch, *, moves: int, has_links: bool) -> None:
    """Stop writing dead after so many files were moved or linked: nothing is cleaned up, as after kill -9."""
    replace, link, count = os.replace, os.link, iter(range(moves))

    class Killed(BaseException):
        pass

    def move(source: Path, target: Path) -> None:
        if next(count, None) is None:
            raise Killed
        replace(source, target)

    def name_twice(source: Path, target: Path) -> None:
        if not has_links:
            raise PermissionError(1, "Operation not permitted")
        if next(count, None) is None:
            raise Killed
        link(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", move)
        patched.setattr(os, "link", name_twice)
        patched.setattr(all_or_nothing.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            Case(folder).write_files(all_of(NEW))


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("moves", range(2 * len(NAMES)))
def test_stopped_between_two_files_the_next_use_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int, has_links: bool
) -> None:
    monkeypatch.setattr(all_or_nothing, "_PLACING_SECONDS", 0.0)
    Case(tmp_path).write_files(all_of(OLD))
    stop_at(tmp_path, monkeypatch, moves=moves, has_links=has_links)
    if has_links:
        assert set(contents(tmp_path)) >= set(NAMES)  # no file is missing, not even before the next use
    assert any(name.startswith(".ready-") for name in contents(tmp_path))
    Case(tmp_path)
    assert contents(tmp_path) == all_of(NEW)


def test_leftovers_of_a_killed_program_are_swept_up_once_they_are_old(tmp_path: Path) -> None:
    Case(tmp_path).write_files(all_of(OLD))
    for name, age_hours in ((".writing-old", 2), (".writing-young", 0)):
        (tmp_path / name / "new").mkdir(parents=True)
        (tmp_path / name / "new" / "surface.npz").write_bytes(NEW)
        then = time.time() - 3600 * age_hours
        os.utime(tmp_path / name, (then, then))
    Case(tmp_path).write_files({NAMES[0]: NEW})
    assert contents(tmp_path) == all_of(OLD) | {NAMES[0]: NEW, ".writing-young/new/surface.npz": NEW}


@POSIX
def test_what_a_killed_writer_left_is_swept_up_at_once_and_what_one_writes_stays(tmp_path: Path) -> None:
    Case(tmp_path).write_files(all_of(OLD))
    code = """
import os, sys
from pathlib import Path
from scarplan.records import all_or_nothing
all_or_nothing._write_through = lambda path, data: (print("writing", flush=True), sys.stdin.readline())
all_or_nothing.write_together(Path(sys.argv[1]), {"a": b"1"})
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        Case(tmp_path)
        assert len(list(tmp_path.glob(".writing-*"))) == 1
        writer.kill()
        writer.wait()
    Case(tmp_path)
    assert contents(tmp_path) == all_of(OLD)


@POSIX
def test_a_read_only_folder_is_told_in_words(tmp_path: Path) -> None:
    # Run as the superuser, permissions do not bind: the call that makes the staging folder is refused instead.
    code = """
import os, sys, tempfile
from scarplan.errors import BadInput
from scarplan.records import Case
if os.geteuid() == 0:
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")
    tempfile.mkdtemp = refuse
os.chmod(sys.argv[1], 0o555)
try:
    Case(sys.argv[1]).write_files({"surface.npz": b"new"})
except BadInput as error:
    print(error)
finally:
    os.chmod(sys.argv[1], 0o755)
"""
    Case(tmp_path).write_files(all_of(OLD))
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "E-CASE-006: cannot write into" in done.stdout
    assert "Permission denied" in done.stdout
    assert contents(tmp_path) == all_of(OLD)


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    case = Case(tmp_path / "case")
    read = write_result(case, "scan", depth_mm=float("nan"), name="µ ü", day=None)
    assert (read["depth_mm"], read["name"], read["day"]) == (None, "µ ü", None)
    assert case.has_result("scan")
    assert not case.has_result("scars")


@pytest.mark.parametrize("verb", ["screen", "scan", "scars", "plan", "forecast", "report"])
def test_a_missing_step_names_the_command_with_the_case(tmp_path: Path, verb: str) -> None:
    nowhere = Case(tmp_path / "nowhere")
    with pytest.raises(
        MissingStep, match=rf"E-CASE-001: the case folder .*nowhere does not exist.*screen {nowhere.root}"
    ):
        nowhere.read_result(verb)
    with pytest.raises(MissingStep, match=rf"E-CASE-002: .*no result of `{verb}` yet.*Do: run `scarplan {verb} ") as e:
        Case(tmp_path).read_result(verb)
    assert str(tmp_path) in str(e.value).partition("Do: ")[2]


def damage(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


@pytest.mark.parametrize(
    "spoil",
    [
        damage(b""),
        damage(b'{"charts": ['),
        damage(b"\xff\xfe\x00"),
        damage(b"[]"),
        damage(b"null"),
        damage(b"{}"),
        damage(b'{"manifest": 3}'),
        damage(b'{"manifest": {"verb": "scan", "inputs": []}}'),
        damage(b'{"manifest": {"verb": "scan", "inputs": {"a": 1}}}'),
        damage(b'{"manifest": {"verb": "scars", "inputs": {}}}'),
        damage(b"[" * 100_000),
        damage(b"9" * 5_000),
    ],
)
def test_a_damaged_result_names_the_command_that_renews_it(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    case = Case(tmp_path)
    write_result(case, "scan")
    spoil(case.path(result_name("scan")))
    with pytest.raises(BadInput, match=r"E-CASE-003: .*scan\.json is damaged.*Do: run `scarplan scan FILE .*` again"):
        case.read_result("scan")


def test_a_result_that_is_a_folder(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.path("results/scan.json").mkdir(parents=True)
    with pytest.raises(BadInput, match=r"E-CASE-007: .*scan\.json cannot be read"):
        case.read_result("scan")
    assert not case.has_result("scan")


def test_an_input_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(tmp_path)
    case.write_files({"surface.npz": OLD})
    write_result(case, "scan", "surface.npz")

    def refuse(path: Path) -> str:  # the superuser may read everything, so permissions alone would not show it
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("scarplan.records.case.hash_file", refuse)
    with pytest.raises(BadInput, match=r"E-CASE-007: .*surface\.npz cannot be read: Permission denied"):
        case.read_result("scan")


# --- staleness -------------------------------------------------------------------------------------------------------


def make_chain(folder: Path) -> Case:
    """Return a case in which each result is made from the one before."""
    case = Case(folder)
    case.write_files({"surface.npz": OLD, "goals.toml": OLD})
    write_result(case, "scan", "surface.npz")
    write_result(case, "scars", "surface.npz", "results/scan.json")
    write_result(case, "plan", "results/scars.json", "goals.toml")
    write_result(case, "forecast", "results/plan.json")
    return case


def test_nothing_is_stale_until_something_changes(tmp_path: Path) -> None:
    case = make_chain(tmp_path)
    assert [case.is_stale(verb) for verb in ("scan", "scars", "plan", "forecast", "report")] == [False] * 5


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(NEW), lambda path: path.unlink()])
def test_a_changed_input_makes_stale_with_the_command_that_renews(tmp_path: Path, change: Any) -> None:
    case = make_chain(tmp_path)
    change(case.path("goals.toml"))
    with pytest.raises(StaleResult, match=r"E-CASE-004: .*`plan`.*goals\.toml has changed.*`scarplan plan .*` again"):
        case.read_result("plan")
    assert case.read_result("plan", allow_stale=True)["manifest"]["verb"] == "plan"
    assert not case.is_stale("scars")


def test_a_plan_is_stale_when_the_scan_below_its_scars_has_changed(tmp_path: Path) -> None:
    case = make_chain(tmp_path)
    case.write_files({"surface.npz": NEW})
    write_result(case, "scan", "surface.npz")
    for verb in ("scars", "plan", "forecast"):
        with pytest.raises(StaleResult, match=r"result of `scars`.*run `scarplan scars"):
            case.read_result(verb)


def test_the_same_bytes_again_are_no_change(tmp_path: Path) -> None:
    case = make_chain(tmp_path)
    case.write_files({"surface.npz": OLD})
    assert not case.is_stale("forecast")


def test_what_no_longer_holds_is_removed_from_the_first_stale_result_on(tmp_path: Path) -> None:
    case = make_chain(tmp_path)
    case.remove_stale("plan", "forecast")
    assert case.has_result("plan")
    case.write_files({"goals.toml": NEW, "plans/a.toml": OLD})
    case.remove_stale("plan", "forecast", files={"plan": ("plans/a.toml", "never-there")})
    assert [case.has_result(verb) for verb in ("scan", "scars", "plan", "forecast")] == [True, True, False, False]
    assert not case.has("plans/a.toml")


def test_a_file_that_cannot_be_removed_is_told(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.remove("never-there")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInput, match=r"E-CASE-008: .*folder no longer holds and cannot be removed"):
        case.remove("folder")


def test_hashes_are_of_the_files_that_exist(tmp_path: Path) -> None:
    case = make_chain(tmp_path)
    assert case.hashes("surface.npz", "review.csv", "results") == {"surface.npz": hash_bytes(OLD)}


def test_a_result_on_disk_is_strict_json(tmp_path: Path) -> None:
    write_result(Case(tmp_path), "scan", noise_mm=float("inf"))
    text = (tmp_path / "results/scan.json").read_text("utf-8")
    assert "Infinity" not in text
    assert json.loads(text)["noise_mm"] is None
