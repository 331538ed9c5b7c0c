"""What every test may ask for: the shared data, a browser, Pango, and one finished demo case.

A test that needs something of the machine carries a marker (`shared`, `browser`, `pango`) and is skipped with
the reason where that is missing. Where SCARPLAN_REQUIRE_ALL=1 (continuous integration) nothing may be missing:
there every skipped test fails.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scarplan.cli.small_matrices import keep_blas_alone

PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared"
REQUIRE_ALL = os.environ.get("SCARPLAN_REQUIRE_ALL") == "1"

#: Chromium as Debian packs it, silent: no sandbox (containers), no GPU, nothing fetched in the background.
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@cache
def _lacks_shared() -> str:
    if (SHARED / "data").is_dir():
        return ""
    return "needs the folder `shared` beside the project (real scans), which is not here"


@cache
def _lacks_browser() -> str:
    if importlib.util.find_spec("playwright") is None:
        return "needs Playwright: `uv sync --group browser`"
    if _find_chromium() is None:
        return "needs Chromium: `apt-get install chromium`"
    return ""


@cache
def _lacks_pango() -> str:
    try:
        import weasyprint  # importing it loads Pango: that is what is tried
    except OSError:
        return "needs Pango: `apt-get install libpango-1.0-0 libpangoft2-1.0-0`"
    return "" if weasyprint.__version__ else "needs WeasyPrint"


def _find_chromium() -> str | None:
    return next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)


NEEDS: dict[str, Callable[[], str]] = {
    "shared": _lacks_shared,
    "browser": _lacks_browser,
    "pango": _lacks_pango,
}


#: Compiled programs and font tables of the last runs; every test, worker and started command of a run shares them.
CACHE = PROJECT / ".pytest_cache" / "d"
KEPT_DAYS = 14.0
#: Rooms whose files take longest go first, so that no worker is left with one of them at the end.
LONG_ROOMS = ["course", "docs", "workflow", "planning", "calibration", "report", "response", "cli", "visits"]
#: A worker that holds more than this lets go of its compiled programs after a module.
MOST_RESIDENT_MB = 6000.0


def pytest_configure(config: pytest.Config) -> None:
    """Share one cache folder between all tests, workers and started commands of a run, out of the user's own."""
    keep_blas_alone()  # as the command line does; started workers and commands have it before they import NumPy
    compiled = CACHE / "scarplan"  # where the command line keeps its own: both find what the other compiled
    os.environ["XDG_CACHE_HOME"] = str(CACHE)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(compiled)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    if jax := sys.modules.get("jax"):  # a plugin of pytest has imported it: these lines come too late for it
        jax.config.update("jax_compilation_cache_dir", str(compiled))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    if not hasattr(config, "workerinput"):
        compiled.mkdir(parents=True, exist_ok=True)
        _forget_old(compiled)


def _forget_old(folder: Path) -> None:
    """Programs of code that has changed since are never asked for again."""
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > KEPT_DAYS * 86400:
            path.unlink(missing_ok=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long files first, and leave studies marked `slow` out unless the command line asks for them (`-m slow`)."""
    items.sort(key=lambda item: LONG_ROOMS.index(item.path.parent.name) if item.path.parent.name in LONG_ROOMS else 99)
    if "slow" in config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let the collector of garbage walk what the tests make, rarely, and never what was imported for them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 10)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test, with the reason, where the machine lacks what it needs."""
    for name, lacks in NEEDS.items():
        if item.get_closest_marker(name) and (reason := lacks()):
            pytest.skip(reason)


@pytest.fixture(scope="module", autouse=True)
def let_go_of_programs() -> Iterator[None]:
    """After a module, let go of compiled programs where they have grown: thousands of them take many gigabytes."""
    yield
    if (jax := sys.modules.get("jax")) and _resident_mb() > MOST_RESIDENT_MB:
        jax.clear_caches()  # what is asked for again comes out of the folder of kept programs
        gc.collect()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn every skip into a failure where nothing may be missing."""
    report = yield
    _forbid_skip(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """Turn the skip of a whole module into a failure where nothing may be missing."""
    report = yield
    _forbid_skip(report, collector.nodeid)
    return report


def _forbid_skip(report: Any, nodeid: str) -> None:
    # An expected failure is reported as skipped too; it has been run, so it is none.
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"{nodeid} was skipped, and SCARPLAN_REQUIRE_ALL=1 allows no skip: {reason}"


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the root of the project."""
    return PROJECT


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Return the folder `shared` beside the project; skips where it is missing."""
    if reason := _lacks_shared():
        pytest.skip(reason)
    return SHARED


@pytest.fixture(scope="session")
def demo_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one finished demo, made once for all workers. Read it, never write into it."""
    return _made_once(tmp_path_factory, "demo-seed-1", _run_demo)


@pytest.fixture
def demo_copy(demo_case: Path, tmp_path: Path) -> Path:
    """Return a copy of the finished demo that a test may change."""
    return Path(shutil.copytree(demo_case, tmp_path / "demo"))


@pytest.fixture(scope="session")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one finished demo on a small cheek, for what walks whole courses. Read it only."""
    return _made_once(tmp_path_factory, "small-demo", _run_small_demo)


@pytest.fixture
def small_demo_copy(small_demo: Path, tmp_path: Path) -> Path:
    """Return a copy of the finished demo on a small cheek that a test may change."""
    return Path(shutil.copytree(small_demo, tmp_path / "demo"))


@pytest.fixture(scope="session")
def demo_without_scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which `scarplan demo --no-scan` was typed, and `said.txt` with what it said. Read only."""
    return _made_once(tmp_path_factory, "demo-without-scan", _type_demo_without_scan)


def _run_demo(folder: Path) -> None:
    import scarplan

    scarplan.run_demo(str(folder), seed=1)


def _run_small_demo(folder: Path) -> None:
    from small_demo import run_small_demo

    run_small_demo(folder)


def _type_demo_without_scan(folder: Path) -> None:
    from click.testing import CliRunner

    from scarplan.cli.group import main

    folder.mkdir()
    with contextlib.chdir(folder):
        done = CliRunner().invoke(main, ["demo", "--no-scan", "--quiet"])
    assert done.exit_code == 0, done.output
    (folder / "said.txt").write_text(done.stdout, "utf-8")


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder `name`, made by the first worker that asks; the others wait for it."""
    base = factory.getbasetemp()
    shared_base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, claim, failed = (shared_base / f"{name}{end}" for end in ("", ".claim", ".failed"))
    ready = shared_base / f"{name}.ready"
    try:
        claim.mkdir()  # atomic: one worker gets it
    except FileExistsError:
        return _wait_for(ready, failed, folder)
    try:
        make(folder)
    except BaseException as error:
        failed.write_text(repr(error), "utf-8")
        raise
    ready.touch()
    return folder


def _wait_for(ready: Path, failed: Path, folder: Path, *, seconds: float = 240.0) -> Path:
    end = time.monotonic() + seconds
    while not ready.exists():
        if failed.exists():
            pytest.fail(f"another worker could not make {folder.name}: {failed.read_text('utf-8')}")
        if time.monotonic() > end:
            pytest.fail(f"{folder.name} was not ready after {seconds:.0f} s")
        time.sleep(0.1)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a headless Chromium (Playwright, sync); skips where one is missing."""
    if reason := _lacks_browser():
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_find_chromium(), args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Return a page without network. A script error or a request that leaves the machine fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("console", lambda said: faults.append(f"console: {said.text}") if said.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(("file:", "data:", "blob:", "about:")) else faults.append(request.url)
        ),
    )
    yield page
    context.close()
    assert not faults, f"the page misbehaved: {faults}"
