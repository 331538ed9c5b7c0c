"""Stopped at any moment, or on a full disk: every writer leaves what was there or what it made, and works again.

While a command runs, the folder is looked at before each thing it does to the disk: each look is what a kill -9 at
that moment would leave. Once the real thing is tried: the process kills itself between two of them.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import scarplan
from scarplan.errors import BadInput
from scarplan.records import all_or_nothing
from scarplan.records.all_or_nothing import finish_interrupted
from scarplan.surface.phantom import make_phantom
from scarplan.workflow.template import print_template

PIXEL_MM = 0.1
Files = dict[str, bytes]
_CHANGES = {"os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "os.utime", "os.truncate"}


@dataclass
class _Watch:
    """Looks at `root` before each change of the disk below it."""

    root: Path
    looks: list[Files]
    is_looking: bool = False


_watch: _Watch | None = None


def _before_each_change(event: str, args: tuple[Any, ...]) -> None:
    watch = _watch
    if watch is None or watch.is_looking:
        return
    is_writing = event == "open" and len(args) > 2 and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
    if not (is_writing or event in _CHANGES) or not isinstance(args[0], (str, os.PathLike)):
        return
    if not str(args[0]).startswith(str(watch.root)):
        return
    watch.is_looking = True
    try:
        look = read_all(watch.root)
        if not watch.looks or watch.looks[-1] != look:
            watch.looks.append(look)
    finally:
        watch.is_looking = False


sys.addaudithook(_before_each_change)


def read_all(root: Path) -> Files:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def visible(files: Files) -> Files:
    """Return what the user sees: not the folders in which a change is made ready."""
    return {name: data for name, data in files.items() if not name.startswith((".", "x/.")) and "/." not in name}


def put(files: Files, root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    root.mkdir(exist_ok=True)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two visits of one skin, `one` and `two`, scanned and with scars found."""
    root = tmp_path_factory.mktemp("desk")
    whole = make_phantom(4, rows=220, columns=220, pixel_mm=PIXEL_MM, counts={"boxcar": 3, "icepick": 3})
    for number, name in enumerate(("one", "two")):
        cut = slice(4 * number, 4 * number + 200)
        noise = 0.003 * np.random.default_rng(number).standard_normal((200, 200))
        np.save(root / f"{name}.npy", whole.surface.relief_mm[cut, cut] + noise)
        scarplan.scan_surface(
            root / f"{name}.npy", root / name, unit="mm", pixel_mm=PIXEL_MM, zone="cheek", date=f"2026-0{number + 3}-02"
        )
        scarplan.find_scars(root / name)
    return root


# --- what is tried: how the folder begins, and the command on it -----------------------------------------------------


def begin_compare(root: Path, desk: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(desk / name, root / name)


def run_compare(root: Path) -> None:
    scarplan.compare_cases(root / "one", root / "two")


def begin_case(root: Path, desk: Path) -> None:
    shutil.copytree(desk / "one", root / "one")


def run_texture(root: Path) -> None:
    scarplan.measure_texture(root / "one")


def run_export(root: Path) -> None:
    scarplan.export_case(root / "one", root / "one.x3p", replace=True)


def begin_zones(root: Path, desk: Path) -> None:
    y, x = np.mgrid[0:24, 0:20] * 8.0
    lines = [f"v {a} {b} {60 - (a - 76) ** 2 / 100 - (b - 92) ** 2 / 200}" for a, b in zip(x.flat, y.flat, strict=True)]
    lines += [f"f {k + 1} {k + 2} {k + 21}\nf {k + 2} {k + 22} {k + 21}" for k in range(23 * 20) if k % 20 != 19]
    (root / "head.obj").write_text("\n".join(lines) + "\n", "utf-8")


def run_zones(root: Path) -> None:
    scarplan.write_zones_page(root / "head.obj", root / "zones.html", unit="mm")


def begin_commission(root: Path, desk: Path) -> None:
    for name in ("one.npy", "two.npy"):
        shutil.copy(desk / name, root / name)


def run_commission(root: Path) -> None:
    scarplan.commission_scanner(
        root / "scanner", repeats=[root / "one.npy", root / "two.npy"], unit="mm", pixel_mm=PIXEL_MM, pdf=False,
        scanner="X", name="A. Person", role="physicist", date="2026-03-02", replace=True,
    )  # fmt: skip


def begin_repeats(root: Path, desk: Path) -> None:
    for subject in ("s1", "s2", "s3"):
        for repeat, name in (("1", "one"), ("2", "two")):
            shutil.copytree(desk / name, root / subject / repeat)


def run_repeatability(root: Path) -> None:
    scarplan.judge_repeatability(root)


def begin_pictures(root: Path, desk: Path) -> None:
    (root / "pictures").mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(90, 160, (300, 320, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / "pictures" / f"patient_{number}.png")


def run_blind(root: Path) -> None:
    scarplan.blind_pictures(root / "pictures", seed=3)


def begin_study(root: Path, desk: Path) -> None:
    lines = ["patient,side,arm,visit,day,depth_mm,volume_mm3,grade"]
    random = np.random.default_rng(1)
    for number in range(8):
        for side, arm in zip(("left", "right"), ("needling", "untreated")[:: 1 - 2 * (number % 2)], strict=True):
            for visit, day, gain in (("baseline", 0, 0.0), ("month 3", 91, 0.06)):
                depth = 0.4 - gain * (arm == "needling") + 0.02 * random.standard_normal()
                lines.append(f"p{number},{side},{arm},{visit},{day},{depth:.4f},{2 * depth:.4f},{number % 3 + 1}")
    (root / "data.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (root / "study.toml").write_text(print_template("study"), "utf-8")


def run_study(root: Path) -> None:
    scarplan.analyse_study(root, root / "study.toml", date="2026-03-02")


Begin = Callable[[Path, Path], None]
Run = Callable[[Path], None]
WRITERS: dict[str, tuple[Begin, Run]] = {
    "compare": (begin_compare, run_compare),
    "texture": (begin_case, run_texture),
    "export": (begin_case, run_export),
    "zones": (begin_zones, run_zones),
    "commission": (begin_commission, run_commission),
    "repeatability": (begin_repeats, run_repeatability),
    "blind": (begin_pictures, run_blind),
    "study": (begin_study, run_study),
}


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for a program that was stopped, and leave out pictures that take longer than all the rest."""
    monkeypatch.setattr(all_or_nothing, "_PLACING_SECONDS", 0.0)
    monkeypatch.setattr("scarplan.report.study_page._plots", lambda _: [])
    monkeypatch.setattr("scarplan.report.repeatability_page._MOST_PLOTS", 0)
    monkeypatch.setattr("scarplan.report.pictures.texture_figure.draw_texture_figure", lambda *_, **__: b"PNG" * 500)
    monkeypatch.setattr("scarplan.workflow.blind_pictures._LONGEST_PX", 300)
    monkeypatch.setattr("scarplan.surface.zones.portrait._LONGEST_PX", 90)


@pytest.fixture
def watched() -> Iterator[Callable[[Path], _Watch]]:
    global _watch  # the hook of the interpreter knows no other way

    def begin(root: Path) -> _Watch:
        global _watch
        _watch = _Watch(root, [])
        return _watch

    yield begin
    _watch = None


@pytest.mark.parametrize("name", WRITERS)
def test_a_kill_at_any_moment_leaves_the_old_or_the_new(name: str, desk: Path, tmp_path: Path, watched) -> None:
    begin, run = WRITERS[name]
    root, stopped = tmp_path / "x", tmp_path / "stopped"
    root.mkdir()
    begin(root, desk)
    given = visible(read_all(root))
    looks = looks_of(watched, run, root)
    new = visible(read_all(root))
    made = set(new) - set(given)
    assert made
    _check_looks(looks, given, new, stopped)
    # Then over what an earlier run left, with what a run that was stopped while it was writing left besides.
    half = next(look for look in reversed(looks) if any("/.writing-" in f"/{path}" for path in look))
    old = dict(new)
    for path in made:
        if name == "blind":
            del old[path]  # a blinding is never overwritten
        elif "declaration" not in path and path != "results/study.json":  # these are read again
            old[path] = b"old " + new[path]
    put({**old, **{path: data for path, data in half.items() if path not in new}}, root)
    looks = looks_of(watched, run, root)
    assert visible(read_all(root)) == new, "the same inputs give the same files"
    _check_looks(looks, old, new, stopped)


def looks_of(watched: Callable[[Path], _Watch], run: Run, root: Path) -> list[Files]:
    watch = watched(root)
    run(root)
    watch.is_looking = True
    assert len(watch.looks) > 2
    return watch.looks


def _check_looks(looks: list[Files], old: Files, new: Files, stopped: Path) -> None:
    for look in looks:
        assert set(old) <= set(look), f"missing for a moment: {sorted(set(old) - set(look))}"
        seen = visible(look)
        if seen not in (old, new):
            # Stopped while files took their places: the next use of the folder goes on.
            put(look, stopped)
            for folder in {path.parent for path in stopped.rglob(".ready-*")}:
                finish_interrupted(folder)
            seen = visible(read_all(stopped))
        changed = sorted(path for path in {*seen, *old} if seen.get(path) != old.get(path))
        assert seen in (old, new), f"neither old nor new: {changed}"


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_told_and_changes_nothing(name: str, desk: Path, tmp_path: Path) -> None:
    begin, run = WRITERS[name]
    root = tmp_path / "x"
    root.mkdir()
    begin(root, desk)
    before = read_all(root)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, hard))  # every writer's largest file is longer
    try:
        with pytest.raises(BadInput, match="File too large"):
            run(root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read_all(root) == before


_KILLED = """
import os, signal, sys
import scarplan
root, left = sys.argv[1], int(sys.argv[2])
def kill(event, args):
    global left
    if event in ("os.mkdir", "os.rename", "os.link", "os.rmdir", "os.remove") and str(args[0]).startswith(root):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill)
scarplan.export_case(os.path.join(root, "one"), os.path.join(root, "one.npy"), replace=True)
"""


@pytest.mark.parametrize("moment", [2, 4, 6])
def test_a_process_that_is_killed(moment: int, desk: Path, tmp_path: Path) -> None:
    root = tmp_path / "x"
    root.mkdir()
    begin_case(root, desk)
    (root / "one.npy").write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", _KILLED, str(root), str(moment)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    left = (root / "one.npy").read_bytes()
    assert left == b"old" or left.startswith(b"\x93NUMPY")
    scarplan.export_case(root / "one", root / "one.npy", replace=True)
    scan = np.load(root / "one.npy")
    assert isinstance(scan, np.ndarray)
    assert scan.shape == (200, 200)
    assert not [path for path in root.iterdir() if path.name.startswith(".ready")]
