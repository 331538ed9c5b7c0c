"""Small photographs made here, with everything in them that must not be kept."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms


def picture(*, width: int = 640, height: int = 480, seed: int = 0) -> np.ndarray:
    """Return smooth coloured blobs, RGB bytes [y x 3]: detail that lets a shift of a pixel be seen."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(30, 226, (height // 20, width // 20, 3), dtype=np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def exif_of_a_phone(*, orientation: int = 1) -> Image.Exif:
    """Return what a phone writes: setting, maker, serial numbers, owner and place."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F], exif[0x0110], exif[0x0131] = "SECRETMAKER", "SECRETMODEL", "SECRETSOFTWARE"
    exif[0x013B], exif[0x8298], exif[0x010E] = "SECRETARTIST", "SECRETRIGHTS", "SECRETTEXT"
    inner = exif.get_ifd(0x8769)
    inner[0x829A], inner[0x829D], inner[0x8827], inner[0x920A], inner[0xA405] = 0.008, 5.6, 200, 7.0, 90
    inner[0xA403], inner[0x9209], inner[0x9003] = 1, 1, "2026:03:02 09:08:07"
    inner[0xA430], inner[0xA431], inner[0xA435] = "SECRETOWNER", "SECRETSERIAL", "SECRETLENSSERIAL"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (52.0, 22.0, 11.0), "E", (4.0, 53.0, 22.0)
    return exif


def jpeg_full_of_metadata() -> bytes:
    """Return a JPEG with EXIF, place, thumbnail, XMP, IPTC, a comment, a profile, and a second picture at its end."""
    stream, second, thumb = io.BytesIO(), io.BytesIO(), io.BytesIO()
    Image.fromarray(picture(seed=9)).save(second, "JPEG", comment=b"SECRETSECOND")
    Image.fromarray(picture(width=160, height=120)).save(thumb, "JPEG", comment=b"SECRETTHUMB")
    Image.fromarray(picture()).save(
        stream,
        "JPEG",
        quality=95,
        exif=exif_of_a_phone(),
        xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf>SECRETXMP</rdf></x:xmpmeta>',
        comment=b"SECRETCOMMENT",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )
    data = stream.getvalue()
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x12\x1c\x02\x50\0\x0bSECRETIPTC0"
    extra = b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc
    thumbnail = b"SECRETAPP" + thumb.getvalue()
    extra += b"\xff\xe9" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    return data[:2] + extra + data[2:] + second.getvalue() + b"SECRETTAIL"
