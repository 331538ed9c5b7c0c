"""Compiled programs are kept in the user's cache folder, so that the second run of a long command starts sooner."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def keep_compiled_programs() -> None:
    """Keep JAX's compiled programs between runs where the cache folder can be written; results do not change."""
    folder = find_cache_folder()
    if folder is None:
        return
    from scarplan.response.compilation import enable_compilation_cache

    enable_compilation_cache(folder)


def find_cache_folder() -> Path | None:
    """Return the folder `scarplan` in the user's cache, made if missing; None where it cannot be written."""
    try:
        folder = _user_cache() / "scarplan"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _user_cache() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):  # the rule of XDG: a relative one does not count
        return Path(given)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path.home() / ".cache"
