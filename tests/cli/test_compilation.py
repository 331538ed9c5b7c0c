"""Compiled programs are kept in the user's cache folder, and nowhere when that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scarplan.cli.compilation import find_cache_folder, keep_compiled_programs


def test_the_folder_is_that_of_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "not" / "yet"))
    assert find_cache_folder() == tmp_path / "not" / "yet" / "scarplan"
    assert (tmp_path / "not" / "yet" / "scarplan").is_dir()


@pytest.mark.parametrize(
    ("platform", "below"),
    [("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", "AppData/Local")],
)
def test_without_xdg_it_is_that_of_the_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, below: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/does/not/count")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", platform)
    assert find_cache_folder() == tmp_path / below / "scarplan"


def test_a_folder_that_cannot_be_made_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert find_cache_folder() is None
    keep_compiled_programs()

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert find_cache_folder() is None


def test_a_folder_that_may_not_be_written_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the superuser may write everywhere
    assert find_cache_folder() is None


def test_what_is_kept_is_used_again_with_the_same_result(tmp_path: Path) -> None:
    code = """
import os, sys
from scarplan.cli.compilation import find_cache_folder, keep_compiled_programs
keep_compiled_programs()
import jax, jax.numpy as jnp
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
for _ in range(2):
    total = jax.jit(lambda x: jnp.exp(jnp.sin(x)).sum())(jnp.linspace(0.0, 1.0, 1001))
    print(total, len(os.listdir(find_cache_folder())))
    jax.clear_caches()  # forgets what is compiled, as a new run has; the folder stays
"""
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    first, second = done.stdout.splitlines()
    assert first == second
    assert int(first.split()[1]) > 0
    assert done.stderr == ""
