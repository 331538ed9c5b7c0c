"""How measuring uses the processors: its matrices are small, and threads of BLAS would wait for each other."""

from __future__ import annotations

import os


def keep_blas_alone() -> None:
    """Let BLAS work in the thread that asks it, unless the user has said otherwise; call before NumPy is imported."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(name, os.environ.get("OMP_NUM_THREADS", "1"))
