"""How measuring uses memory: maps come and go by the hundred, and what is freed is soon asked for again."""

from __future__ import annotations

import atexit
import gc

#: Settings of the C library's `mallopt` (glibc): from which size on a piece of memory is fetched from the system and
#: given back by itself (the most it allows), and how much free memory is kept before some is given back.
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
_LARGEST_PIECE, _MOST_KEPT = 32 * 2**20, 256 * 2**20
#: Arrays are freed when nothing names them any more; only what names itself in a circle waits for the collector.
_OBJECTS_BETWEEN_COLLECTIONS = 200_000


def keep_memory() -> None:
    """Keep freed memory for the next map instead of giving it back each time; call before NumPy is imported.

    A process of this kind ends soon. Where the C library has no such settings nothing is changed.
    """
    import ctypes

    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)  # at the end the system takes all back at once
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return
    set_option(_MMAP_THRESHOLD, _LARGEST_PIECE)
    set_option(_TRIM_THRESHOLD, _MOST_KEPT)
