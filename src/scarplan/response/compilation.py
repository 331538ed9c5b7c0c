"""Keeping compiled programs between runs; off unless a caller names a folder."""

from __future__ import annotations

from pathlib import Path

import jax


def enable_compilation_cache(folder: Path) -> None:
    """Keep JAX's compiled programs in `folder`, so that the next run starts sooner. Results do not change."""
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # The course model compiles in about a second; keep everything that takes longer than a blink.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
