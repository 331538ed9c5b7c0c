"""How measuring uses memory: maps come and go by the hundred, and what is freed is soon asked for again.

A quarter of the time of a small map was the system's own: handing out pages of memory and, for copies of the process
(`scars.copies`), copying them. Fewer and larger pages take a third of that.
"""

from __future__ import annotations

import atexit
import gc

#: Settings of the C library's `mallopt` (glibc): from which size on a piece of memory is fetched from the system and
#: given back by itself (the most it allows), and how much free memory is kept before some is given back.
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
_LARGEST_PIECE, _MOST_KEPT = 32 * 2**20, 256 * 2**20
#: Settings too: how much more is fetched than is asked for, and how many threads have a store of their own.
_FETCHED_AHEAD, _STORES = -2, -8
_USUALLY_AHEAD = 128 * 2**10
#: The store is fetched at once, to be made of large pages where the system has them (Linux, `madvise`).
_FETCHED_AT_ONCE, _LARGE_PAGE, _IN_LARGE_PAGES = 160 * 2**20, 2 * 2**20, 14
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
        library = ctypes.CDLL(None)
        set_option = library.mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return
    set_option(_MMAP_THRESHOLD, _LARGEST_PIECE)
    set_option(_TRIM_THRESHOLD, _MOST_KEPT)
    set_option(_STORES, 1)
    library.malloc.restype = ctypes.c_void_p
    library.free.argtypes = (ctypes.c_void_p,)
    library.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    set_option(_FETCHED_AHEAD, _FETCHED_AT_ONCE)
    if piece := library.malloc(_LARGE_PAGE):
        library.madvise(-(-piece // _LARGE_PAGE) * _LARGE_PAGE, _FETCHED_AT_ONCE, _IN_LARGE_PAGES)
        library.free(piece)
    set_option(_FETCHED_AHEAD, _USUALLY_AHEAD)
