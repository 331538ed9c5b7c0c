"""More malformed scans: headers that lie, tables that loop, archives that grow, meshes that name what is not there."""

from __future__ import annotations

import base64
import io
import json
import struct
from typing import Any

import numpy as np
from PIL import Image
from surface_files import HEIGHTS, PIXEL_MM, Malformed, grid_mesh, mesh_bytes, npy_bytes, npy_with_header, tiff_bytes

_NONE: dict[str, Any] = {}
_F32 = HEIGHTS.astype(np.float32)
_SMALL = grid_mesh(HEIGHTS[::8, ::8], 8 * PIXEL_MM)
_ROWS, _COLUMNS = np.indices(HEIGHTS.shape)


def pillow_tiff(array: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "TIFF", **options)
    return stream.getvalue()


def ascii_ply(points: str, faces: str, *, counts: tuple[int, int] = (3, 1), kind: str = "float x y z") -> bytes:
    number, *names = kind.split()
    lines = ["ply", "format ascii 1.0", f"element vertex {counts[0]}", *(f"property {number} {name}" for name in names)]
    lines += [f"element face {counts[1]}", "property list uchar int vertex_indices", "end_header", points, faces]
    return ("\n".join(lines) + "\n").encode()


def _header(descr: str = "'<f4'", shape: str = "(96, 112)", order: str = "False") -> bytes:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()


def _tiff_with(tag: int, value: int, **options: Any) -> bytes:
    """Return a good TIFF whose entry `tag` says `value`."""
    data = bytearray(tiff_bytes(_F32, **options))
    table = struct.unpack("<I", data[4:8])[0]
    for k in range(struct.unpack("<H", data[table : table + 2])[0]):
        place = table + 2 + 12 * k
        if struct.unpack("<H", data[place : place + 2])[0] == tag:
            data[place + 8 : place + 12] = struct.pack("<I", value)
            return bytes(data)
    raise KeyError(tag)


def _looping_tiff() -> bytes:
    data = bytearray(tiff_bytes(_F32))
    table = struct.unpack("<I", data[4:8])[0]
    end = table + 2 + 12 * struct.unpack("<H", data[table : table + 2])[0]
    data[end : end + 4] = struct.pack("<I", table)  # the next image is this one again
    return bytes(data)


def _stacked_tiff() -> bytes:
    return tiff_bytes(np.zeros((5, 64, 64), np.float32), volumetric=True, tile=(1, 32, 32), photometric="minisblack")


def gltf(*, count: int = 4, **changes: Any) -> bytes:
    """Return a GLTF of one square of 20 mm, with parts of it replaced."""
    points = np.array([[0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]], "<f4").tobytes()
    faces = np.array([0, 1, 2, 0, 2, 3], "<u4").tobytes()
    uri = "data:application/octet-stream;base64," + base64.b64encode(points + faces).decode()
    about = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"uri": uri, "byteLength": 72}],
        "bufferViews": [{"buffer": 0, "byteLength": 48}, {"buffer": 0, "byteOffset": 48, "byteLength": 24}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5125, "count": 6, "type": "SCALAR"},
        ],
    }
    return json.dumps(about | changes).encode()


def _glb(chunk: bytes, kind: bytes = b"JSON") -> bytes:
    return b"glTF" + struct.pack("<III4s", 2, 20 + len(chunk), len(chunk), kind) + chunk


def _nan_stl() -> bytes:
    return b"\x00" * 80 + struct.pack("<I", 2) + struct.pack("<12fH", 0, 0, 1, *[np.nan] * 9, 0) * 2


def _disordered_stl() -> bytes:
    corners = np.random.default_rng(0).uniform(0, 30, (3000, 9))
    return b"\x00" * 80 + struct.pack("<I", 3000) + b"".join(struct.pack("<12fH", 0, 0, 1, *row, 0) for row in corners)


def _with(value: float, where: np.ndarray) -> np.ndarray:
    return np.where(where, value, HEIGHTS)


DAMAGED: dict[str, Malformed] = {
    # -- NPY: headers that lie, heights that are none
    "giant_header.npy": (lambda: b"\x93NUMPY\x02\x00" + struct.pack("<I", 4_000_000_000) + b"{", "is damaged", _NONE),
    "long_header.npy": (lambda: npy_with_header(b"{" + b" " * 60000 + b"}\n"), "is damaged", _NONE),
    "deep_header.npy": (lambda: npy_with_header(b"(" * 3000 + b")" * 3000 + b"\n"), "is damaged", _NONE),
    "overflow.npy": (lambda: npy_with_header(_header(shape="(4611686018427387904, 32)")), "too large", _NONE),
    "true_rows.npy": (lambda: npy_with_header(_header(shape="(True, 96)")), "too small", _NONE),
    "half_rows.npy": (lambda: npy_with_header(_header(shape="(96.0, 112)")), "is damaged", _NONE),
    "order.npy": (lambda: npy_with_header(_header(order="'yes'")), "is damaged", _NONE),
    "no_shape.npy": (lambda: npy_with_header(b"{'descr': '<f4', 'fortran_order': False}\n"), "is damaged", _NONE),
    "pairs.npy": (lambda: npy_with_header(_header(descr="('<f4', (2,))"), bytes(86016)), "several fields", _NONE),
    "void.npy": (lambda: npy_with_header(_header(descr="'|V8'"), bytes(86016)), "several fields", _NONE),
    "no_fields.npy": (lambda: npy_with_header(_header(descr="[]")), "several fields", _NONE),
    "one_column.npy": (lambda: npy_bytes(HEIGHTS[:, :1]), "too small", _NONE),
    "strip.npy": (lambda: npy_bytes(HEIGHTS[:, :15]), "15 columns", _NONE),
    "five_planes.npy": (lambda: npy_bytes(np.zeros((1, 1, 40, 40, 1))), "5 dimensions", _NONE),
    "minus_infinite.npy": (lambda: npy_bytes(_with(-np.inf, _ROWS == 3)), "infinite heights", _NONE),
    "no_data_9999.npy": (lambda: npy_bytes(_with(-9999.0, _COLUMNS % 20 == 0)), "means? not measured.*NaN", _NONE),
    "no_data_zero.npy": (lambda: npy_bytes(_with(1e6, _ROWS < 10)), "wrong unit.*write NaN", _NONE),
    "chequered.npy": (lambda: npy_bytes(_with(np.nan, (_ROWS + _COLUMNS) % 2 == 0)), "shows no patch of skin", _NONE),
    "islands.npy": (lambda: npy_bytes(_with(np.nan, (_ROWS % 6 > 1) | (_COLUMNS % 6 > 1))), "no patch of skin", _NONE),
    "wall.npy": (lambda: npy_bytes(1.0 * _ROWS), "steeper than", _NONE),
    "as_picture.npy": (lambda: npy_bytes(np.clip(HEIGHTS * 50 + 120, 0, 255).astype(np.uint8)), "wrong unit", _NONE),
    "nearly_flat.npy": (lambda: npy_bytes(HEIGHTS * 1e-9), "wrong unit", _NONE),
    # -- TIFF: tables that lie
    "loop.tif": (_looping_tiff, "holds 64 images or more", _NONE),
    "far_table.tif": (lambda: b"II*\x00" + struct.pack("<I", 4_000_000_000) + bytes(99), "0 images|damaged", _NONE),
    "no_table.tif": (lambda: b"II*\x00" + bytes(104), "0 images|damaged", _NONE),
    "wide.tif": (lambda: _tiff_with(256, 4_000_000_000), "too large", _NONE),
    "no_width.tif": (lambda: _tiff_with(256, 0), "too small", _NONE),
    "tall.tif": (lambda: _tiff_with(257, 900_000), "too large", _NONE),
    "three_values.tif": (lambda: _tiff_with(277, 3), "colour", _NONE),
    "bits7.tif": (lambda: _tiff_with(258, 7), "cannot be read as TIFF", _NONE),
    "bits64.tif": (lambda: _tiff_with(258, 64), "cannot be read as TIFF", _NONE),
    "packing.tif": (lambda: _tiff_with(259, 9999), "cannot be read as TIFF", _NONE),
    "no_jpeg.tif": (lambda: _tiff_with(259, 7), "cannot be read as TIFF", _NONE),
    "no_lzw.tif": (lambda: _tiff_with(259, 5), "cannot be read as TIFF", _NONE),
    "no_deflate.tif": (lambda: _tiff_with(259, 8), "cannot be read as TIFF", _NONE),
    "far_data.tif": (lambda: _tiff_with(273, 4_000_000_000), "truncated", _NONE),
    "long_data.tif": (lambda: _tiff_with(279, 4_000_000_000), "truncated", _NONE),
    "stack.tif": (_stacked_tiff, "3 dimensions", _NONE),
    "palette.tif": (
        lambda: tiff_bytes(np.eye(64, dtype=np.uint8), photometric="palette", colormap=np.zeros((3, 256), np.uint16)),
        "8 bit",
        _NONE,
    ),
    "bomb.tif": (
        lambda: tiff_bytes(np.zeros((9000, 9000), np.uint16), compression="zlib", rowsperstrip=9000),
        "too large",
        _NONE,
    ),
    "cut_lzw.tif": (lambda: pillow_tiff(_F32, compression="tiff_lzw")[:-3000], "0 images|cannot be read", _NONE),
    # -- meshes: counts that lie, corners that are not there
    "few_faces.ply": (lambda: ascii_ply("0 0 0\n9 0 0\n0 9 0", "3 0 1 2", counts=(3, 2 * 10**9)), "truncated", _NONE),
    "few_points.ply": (lambda: ascii_ply("0 0 0", "", counts=(2_000_000_000, 1)), "truncated", _NONE),
    "cut_text.ply": (lambda: mesh_text_ply()[:-2000], "truncated", _NONE),
    "minus_count.ply": (lambda: ascii_ply("0 0 0", "", counts=(-3, 1)), "PLY|no triangles|truncated", _NONE),
    "no_height.ply": (lambda: ascii_ply("0 0\n9 0\n0 9", "3 0 1 2", kind="float x y"), "cannot be read as PLY", _NONE),
    "strange_type.ply": (
        lambda: ascii_ply("0 0 0\n9 0 0\n0 9 0", "3 0 1 2", kind="quux x y z"), "cannot be read as PLY", _NONE,
    ),
    "minus_index.ply": (lambda: ascii_ply("0 0 0\n9 0 0\n0 9 0", "3 0 1 -2"), "does not exist", _NONE),
    "words.ply": (lambda: ascii_ply("a b c\n9 0 0\n0 9 0", "3 0 1 2"), "cannot be read as PLY", _NONE),
    "lines.ply": (lambda: ascii_ply("0 0 0\n9 0 0\n0 9 0", "2 0 1"), "no triangles", _NONE),
    "nothing.ply": (lambda: ascii_ply("", "", counts=(0, 0)), "no triangles", _NONE),
    "fewer.stl": (lambda: _stl_with_count(10), "longer than its header says", _NONE),
    "more.stl": (lambda: _stl_with_count(4_000_000_000), "truncated", _NONE),
    "no_numbers.stl": (_nan_stl, "no numbers", _NONE),
    "cut_text.stl": (lambda: _SMALL.export(file_type="stl_ascii").encode()[:3000], "no triangles|as STL", _NONE),
    "disorder.stl": (_disordered_stl, "in disorder", _NONE),
    "not_json.glb": (lambda: _glb(b'{"asset":{"version":"2'), "cannot be read as GLB", _NONE),
    "binary_first.glb": (lambda: _glb(bytes(24), b"BIN\x00"), "cannot be read as GLB", _NONE),
    "version1.glb": (lambda: _old(mesh_bytes(_SMALL, "glb")), "cannot be read as GLB", _NONE),
    "many.gltf": (lambda: gltf(count=500_000_000), "cannot be read as GLTF", _NONE),
    "remote.gltf": (lambda: gltf(buffers=[{"uri": "http://localhost/x.bin", "byteLength": 72}]), "as GLTF", _NONE),
    "outside.gltf": (lambda: gltf(buffers=[{"uri": "../../../etc/passwd", "byteLength": 72}]), "as GLTF", _NONE),
    "list.gltf": (lambda: b"[1, 2, 3]", "cannot be read as GLTF", _NONE),
    "deep.gltf": (lambda: b"[" * 100_000, "cannot be read as GLTF", _NONE),
    "index_zero.obj": (lambda: b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf 0 1 2\n", "no area|cannot be read", _NONE),
    "index_half.obj": (lambda: b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf 1.5 2 3\n", "cannot be read as OBJ", _NONE),
    "index_giant.obj": (lambda: b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 99999999999999999999\n", "as OBJ", _NONE),
    "two_axes.obj": (lambda: b"v 0 0\nv 9 0\nv 0 9\nf 1 2 3\n", "cannot be read as OBJ", _NONE),
    "words.obj": (lambda: b"v a b c\nv 9 0 0\nv 0 9 0\nf 1 2 3\n", "cannot be read as OBJ", _NONE),
    "wide_letters.obj": (lambda: mesh_bytes(_SMALL, "obj").decode().encode("utf-16"), "no OBJ text", _NONE),
    # -- options that are no numbers
    "infinite_pixel.npy": (lambda: npy_bytes(HEIGHTS), "not a grid spacing", {"pixel_mm": float("inf")}),
    "zero_unit.npy": (lambda: npy_bytes(HEIGHTS), "not a unit of length", {"unit": "0mm"}),
    "word_unit.npy": (lambda: npy_bytes(HEIGHTS), "not a unit of length", {"unit": "mmm"}),
    "nan_unit.npy": (lambda: npy_bytes(HEIGHTS), "not a unit of length", {"unit": "nanmm"}),
    "giant_unit.npy": (lambda: npy_bytes(HEIGHTS), "unit", {"unit": "1e400mm"}),
    "two_units.npy": (lambda: npy_bytes(HEIGHTS), "not a unit of length", {"unit": "mm um"}),
}  # fmt: skip


def mesh_text_ply() -> bytes:
    text = _SMALL.export(file_type="ply", encoding="ascii")
    return text.encode() if isinstance(text, str) else text


def _stl_with_count(count: int) -> bytes:
    data = mesh_bytes(_SMALL, "stl")
    return data[:80] + struct.pack("<I", count) + data[84:]


def _old(glb: bytes) -> bytes:
    return glb[:4] + struct.pack("<I", 1) + glb[8:]


def picture(kind: str, pixels: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


_GREY = np.tile(np.arange(64, dtype=np.uint8), (64, 1))


def _png_of_giant_size() -> bytes:
    data = bytearray(picture("PNG", _GREY))
    data[16:24] = struct.pack(">II", 200_000, 200_000)
    return bytes(data)


#: name of the displacement image -> (its bytes, words that the message must hold)
DAMAGED_IMAGES: dict[str, tuple[Any, str]] = {
    "empty.png": (lambda: b"", "cannot be read"),
    "cut.png": (lambda: picture("PNG", _GREY)[:-40], "cannot be read"),
    "cut.jpg": (lambda: picture("JPEG", _GREY)[:-200], "cannot be read"),
    "text.png": (lambda: b"hello", "cannot be read"),
    "giant.png": (_png_of_giant_size, "too large|cannot be read"),
    "flat.png": (lambda: picture("PNG", np.full((64, 64), 9, np.uint8)), "one grey level"),
    "colour.png": (lambda: picture("PNG", np.dstack([_GREY, _GREY.T, _GREY])), "colour picture"),
    "mask.png": (lambda: picture("PNG", _GREY > 30), "no grey image"),
    "nan.tif": (lambda: tiff_bytes(np.where(_GREY > 30, np.nan, _GREY).astype(np.float32)), "without a value"),
    "relief.npy": (lambda: npy_bytes(HEIGHTS), "ending that is not an image"),
}
