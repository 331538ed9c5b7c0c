"""Malformed scans that nearly pass: keys told twice, the other byte order, numbers at the ends of their range."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from typing import Any

import numpy as np
from damaged_files import ascii_ply, gltf, mesh_text_ply
from surface_files import HEIGHTS, Malformed, grid_mesh, mesh_bytes, npy_bytes, npy_with_header, tiff_bytes

from scarplan.surface.io.write_map import write_x3p
from scarplan.surface.surface import Surface

_NONE: dict[str, Any] = {}
_AS_MM: dict[str, Any] = {"pixel_mm": None}
_OWN_UNIT: dict[str, Any] = {"unit": None, "pixel_mm": None}
_F32 = HEIGHTS.astype(np.float32)
_SMALL = grid_mesh(HEIGHTS[::8, ::8], 0.8)
_RNG = np.random.default_rng(0)
_POINTS = np.column_stack([_RNG.uniform(0, 12, (3000, 2)), _RNG.normal(0, 0.01, 3000)])
_POINTS_HEADER = "element vertex 3000\nproperty float x\nproperty float y\nproperty float z\n"


def _header(descr: str, extra: str = "") -> bytes:
    return f"{{{extra}'descr': {descr}, 'fortran_order': False, 'shape': (96, 112), }}\n".encode()


def _archive(members: list[tuple[str, bytes]]) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of a name that stands twice, which is the point
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members:
                archive.writestr(name, data)
    return stream.getvalue()


def _npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def _x3p() -> bytes:
    return write_x3p(Surface("map", HEIGHTS.copy(), np.ones(HEIGHTS.shape, bool), 0.1))


def _x3p_members() -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(_x3p())) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def _xyz(points: np.ndarray, number: str = "%.6g") -> bytes:
    stream = io.BytesIO()
    np.savetxt(stream, points, fmt=number)
    return stream.getvalue()


def _points_ply(header: str, data: bytes, kind: str = "format binary_little_endian 1.0\n") -> bytes:
    return f"ply\n{kind}{header}end_header\n".encode() + data


def _giant_glb_chunk() -> bytes:
    return b"glTF" + struct.pack("<III4s", 2, 60, 4_000_000_000, b"JSON") + bytes(40)


DECEPTIVE: dict[str, Malformed] = {
    # -- NPY and NPZ
    "keys_twice.npy": (
        lambda: npy_with_header(_header("'<f8'", "'descr': '<f4', "), HEIGHTS.tobytes()), "told twice", _NONE,
    ),
    "other_order8.npy": (lambda: npy_with_header(_header("'>f8'"), HEIGHTS.astype("<f8").tobytes()), "wrong", _NONE),
    "other_order4.npy": (lambda: npy_with_header(_header("'>f4'"), _F32.astype("<f4").tobytes()), "wrong", _NONE),
    "other_order2.npy": (
        lambda: npy_with_header(_header("'>i2'"), np.round(HEIGHTS * 1000).astype("<i2").tobytes()), "wrong", _NONE,
    ),
    "wide_letters.npy": (lambda: npy_with_header(_header("'<f8'").decode().encode("utf-16")), "is damaged", _NONE),
    "zero_header.npy": (lambda: npy_with_header(bytes(118)), "is damaged", _NONE),
    "denormal.npy": (lambda: npy_bytes(HEIGHTS * 1e-310), "wrong unit", _NONE),
    "denormal4.npy": (lambda: npy_bytes((HEIGHTS * 1e-41).astype(np.float32)), "wrong unit", _NONE),
    "one_denormal.npy": (lambda: npy_bytes(np.pad([[5e-324]], ((20, 20), (20, 20)))), "two heights only", _NONE),
    "two_heights.npy": (lambda: npy_bytes(np.sign(HEIGHTS - HEIGHTS.mean())), "that is a mask", _NONE),
    "both_ends.npy": (lambda: npy_bytes(np.sign(HEIGHTS + 0.1) * (1.7e308 + 1e300 * HEIGHTS)), "wrong unit", _NONE),
    "beyond_double.npy": (lambda: npy_bytes(HEIGHTS * np.longdouble("1e4000")), "more than a number can hold", _NONE),
    "unsigned_wrap.npy": (lambda: npy_bytes(np.round(HEIGHTS * 1e4).astype(np.int64).view(np.uint64)), "wrong", _NONE),
    "two_zeros.npy": (lambda: npy_bytes(np.where(HEIGHTS > 0, 0.0, -0.0)), "are equal", _NONE),
    "strange_nan.npy": (lambda: npy_bytes(np.full((40, 40), 0x7FF8DEAD00000001).view("f8")), "no skin", _NONE),
    "striped.npy": (lambda: npy_bytes(np.where(np.arange(112) % 2, HEIGHTS, np.nan)), "no patch of skin", _NONE),
    "compressed.npy": (lambda: _npz(heights=HEIGHTS), "holds a ZIP archive", _NONE),
    "bomb.npz": (lambda: _npz(heights=np.zeros((4000, 4000))), "an ending that no reader knows", _NONE),
    # -- points
    "points.csv": (lambda: _xyz(_POINTS).replace(b" ", b","), "an ending that no reader knows", _AS_MM),
    "heading.xyz": (lambda: b"x y z\n", "no line with three numbers", _AS_MM),
    "two_columns.xyz": (lambda: _xyz(_POINTS[:, :2]), "no line with three numbers", _AS_MM),
    "in_metres.xyz": (lambda: _xyz(_POINTS * 1e-6, "%.9e"), "wrong unit", _AS_MM),
    "denormal.xyz": (lambda: _xyz(_POINTS * 1e-310, "%.17e"), "wrong unit", _AS_MM),
    "giant.xyz": (lambda: _xyz(_POINTS * 1e200, "%.9e"), "wrong unit", _NONE),
    "giant_ends.xyz": (lambda: _xyz((_POINTS - 6) * 2.5e307, "%.9e"), "wrong unit", _NONE),
    "far_point.xyz": (lambda: _xyz(np.r_[_POINTS, [[1e9, 1e9, 0]]]), "points that lie far away", _AS_MM),
    "one_place.xyz": (lambda: _xyz(np.ones((3000, 3))), "wrong unit", _AS_MM),
    "one_line.xyz": (lambda: _xyz(_POINTS * [1, 0, 1]), "lie on a line|too small", _AS_MM),
    "no_heights.xyz": (lambda: _xyz(np.where([1, 1, 0], _POINTS, np.nan)), "too few points", _AS_MM),
    "beyond_double.xyz": (lambda: _xyz(_POINTS) + b"1e999 0 0\n", "infinite or unknown places", _AS_MM),
    "short_line.xyz": (lambda: _xyz(_POINTS) + b"1 2\n", "no list of points", _AS_MM),
    "complex.xyz": (lambda: _xyz(_POINTS) + b"1j 2 3\n", "no list of points", _AS_MM),
    "hexadecimal.xyz": (lambda: b"0x10 0x20 0x30\n" * 3000, "no line with three numbers", _AS_MM),
    "underscores.xyz": (lambda: b"1_0 2_0 3_0\n" * 3000, "no list of points", _AS_MM),
    "wide_letters.xyz": (lambda: _xyz(_POINTS).decode().encode("utf-16-le"), "bytes that are no text", _AS_MM),
    "wider_letters.xyz": (lambda: _xyz(_POINTS).decode().encode("utf-32"), "bytes that are no text", _AS_MM),
    "packed.xyz": (lambda: b"\x1f\x8b" + bytes(100), "holds a GZIP archive", _AS_MM),
    "zeros_within.xyz": (lambda: _xyz(_POINTS)[:5000] + bytes(99) + _xyz(_POINTS), "bytes that are no text", _AS_MM),
    "empty_lines.xyz": (lambda: b"\n" * 100_000, "no line with three numbers", _AS_MM),
    # -- PLY
    "column_twice.ply": (
        lambda: _points_ply(_POINTS_HEADER + "property float x\n", np.zeros((3000, 4), "<f4").tobytes()),
        "as PLY|no triangles", _AS_MM,
    ),
    "table_twice.ply": (
        lambda: _points_ply(_POINTS_HEADER * 2, _POINTS.astype("<f4").tobytes() * 2), "as PLY|no triangles", _AS_MM,
    ),
    "format_twice.ply": (
        lambda: _points_ply("format ascii 1.0\n" + _POINTS_HEADER, _POINTS.astype("<f4").tobytes()),
        "as PLY|no triangles", _AS_MM,
    ),
    "version9.ply": (
        lambda: _points_ply(_POINTS_HEADER, _POINTS.astype("<f4").tobytes(), "format binary_little_endian 9.9\n"),
        "as PLY|no triangles", _AS_MM,
    ),
    "other_order.ply": (
        lambda: _points_ply(_POINTS_HEADER, _POINTS.astype(">f4").tobytes()), "points of a PLY|wrong", _AS_MM,
    ),
    "all_nan.ply": (
        lambda: _points_ply(_POINTS_HEADER, np.full((3000, 3), np.nan, "<f4").tobytes()), "unknown places", _AS_MM,
    ),
    "many_rows.ply": (
        lambda: _points_ply(_POINTS_HEADER.replace("3000", "9" * 30), bytes(360)), "truncated", _AS_MM,
    ),
    "many_corners.ply": (
        lambda: ascii_ply("0 0 0\n9 0 0\n0 9 0", "255 0 1 2"), "names no triangle.*255 0 1 2", _NONE,
    ),
    "long_count.ply": (
        lambda: mesh_text_ply().replace(b"element face ", b"element face " + b"9" * 5000), "as PLY|no triangles", _NONE,
    ),
    "long_corners.ply": (lambda: ascii_ply("0 0 0\n9 0 0\n0 9 0", "9" * 5000 + " 0 1 2"), "no triangle", _NONE),
    "half_corner.ply": (lambda: ascii_ply("0 0 0\n9 0 0\n0 9 0", "3 0.5 1 2"), "names no triangle", _NONE),
    "dos_binary.ply": (lambda: mesh_bytes(_SMALL, "ply").replace(b"\n", b"\r\n"), "cannot be read as PLY", _NONE),
    "wide_letters.ply": (lambda: mesh_text_ply().decode().encode("utf-16"), "not PLY, or damaged", _NONE),
    "denormal.ply": (lambda: ascii_ply("0 0 0\n1e-44 0 0\n0 1e-44 0", "3 0 1 2"), "no area|wrong unit", _NONE),
    # -- OBJ, STL, GLTF, GLB
    "before_first.obj": (lambda: b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf -1 -2 -9\n", "cannot be read as OBJ", _NONE),
    "long_line.obj": (lambda: b"f " + b"1 " * 500_000 + b"\n", "no triangles|as OBJ", _NONE),
    "denormal.obj": (lambda: b"v 0 0 0\nv 1e-310 0 0\nv 0 1e-310 0\nf 1 2 3\n", "no area", _NONE),
    "square_overflows.obj": (lambda: b"v 0 0 0\nv 1e300 0 0\nv 0 1e300 0\nf 1 2 3\n", "wrong unit", _NONE),
    "zeros_within.stl": (lambda: b"solid \0\0facet" + bytes(200), "no triangles|truncated|as STL", _NONE),
    "loop.gltf": (lambda: gltf(nodes=[{"children": [1]}, {"children": [0], "mesh": 0}]), "as GLTF", _NONE),
    "no_node.gltf": (lambda: gltf(scenes=[{"nodes": [7]}]), "as GLTF", _NONE),
    "no_size.gltf": (lambda: gltf(nodes=[{"mesh": 0, "scale": [0, 0, 0]}]), "no area", _NONE),
    "short_matrix.gltf": (lambda: gltf(nodes=[{"mesh": 0, "matrix": [1, 2, 3]}]), "as GLTF", _NONE),
    "itself.gltf": (lambda: gltf(buffers=[{"uri": "itself.gltf", "byteLength": 72}]), "as GLTF", _NONE),
    "folder.gltf": (lambda: gltf(buffers=[{"uri": ".", "byteLength": 72}]), "as GLTF", _NONE),
    "device.gltf": (lambda: gltf(buffers=[{"uri": "/dev/zero", "byteLength": 72}]), "as GLTF", _NONE),
    "letters.gltf": (
        lambda: gltf(buffers=[{"uri": "data:application/octet-stream;base64,!!", "byteLength": 72}]), "as GLTF", _NONE,
    ),
    "wide_letters.gltf": (lambda: gltf().decode().encode("utf-16"), "no GLTF text", _NONE),
    "thousands.gltf": (
        lambda: gltf(nodes=[{"mesh": 0}] * 3000, scenes=[{"nodes": list(range(3000))}]), "in disorder", _NONE,
    ),
    "below_zero.gltf": (
        lambda: gltf(bufferViews=[{"buffer": 0, "byteLength": -48}, {"buffer": 0, "byteLength": 24}]), "as GLTF", _NONE,
    ),
    "giant_chunk.glb": (_giant_glb_chunk, "cannot be read as GLB", _NONE),
    # -- X3P
    "cut.x3p": (lambda: _x3p()[:2000], "cannot be read as X3P", _OWN_UNIT),
    "something.x3p": (lambda: _archive([("a", b"b")]), "cannot be read as X3P", _OWN_UNIT),
    "part_twice.x3p": (
        lambda: _archive([*_x3p_members(), _x3p_members()[0]]), "two files of one name", _OWN_UNIT,
    ),
    "no_heights.x3p": (
        lambda: _archive([one for one in _x3p_members() if not one[0].endswith(".bin")]), "as X3P", _OWN_UNIT,
    ),
    "few_heights.x3p": (
        lambda: _archive([(name, data[:100] if name.endswith(".bin") else data) for name, data in _x3p_members()]),
        "as X3P", _OWN_UNIT,
    ),
    "wrong_tail.x3p": (lambda: _x3p().replace(b"PK\x01\x02", b"PK\x01\x03", 1), "as X3P", _OWN_UNIT),
    # -- TIFF
    "other_order.tif": (lambda: b"MM\x00*" + tiff_bytes(_F32)[4:], "0 images|damaged", _NONE),
    "denormal.tif": (lambda: tiff_bytes((HEIGHTS * 1e-41).astype(np.float32)), "wrong unit", _NONE),
    "signed8.tif": (lambda: tiff_bytes(np.round(HEIGHTS * 10).astype(np.int8)), "8 bit", _NONE),
    "cut_big.tif": (lambda: tiff_bytes(_F32, bigtiff=True)[:200], "damaged|truncated", _NONE),
    "planes.tif": (
        lambda: tiff_bytes(np.zeros((3, 64, 64), np.float32), planarconfig="separate", photometric="rgb"),
        "colour", _NONE,
    ),
    # -- options
    "denormal_pixel.npy": (lambda: npy_bytes(HEIGHTS), "not a grid spacing", {"pixel_mm": 5e-324}),
    "wide_digit.npy": (lambda: npy_bytes(HEIGHTS), "not a unit of length", {"unit": "\uff11mm"}),
    "hidden_letter.npy": (lambda: npy_bytes(HEIGHTS), "not a unit of length", {"unit": "mm\u200b"}),
    "denormal_unit.npy": (lambda: npy_bytes(HEIGHTS), "wrong unit", {"unit": "1e-320mm"}),
}  # fmt: skip
