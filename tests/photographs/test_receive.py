"""Receiving a photograph: only pixels are kept, and every other file is refused in words."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_photos import exif_of_a_phone, jpeg_full_of_metadata, picture
from PIL import Image, ImageCms, ImageFile

from scarplan.errors import BadInput
from scarplan.photographs import read_picture, receive_photograph
from scarplan.photographs.capture import exposure_value, read_camera
from scarplan.records.photograph import Camera


def segments(jpeg: bytes) -> set[int]:
    """Return the markers that stand before the picture data of a JPEG."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


def peak_error_db(one: np.ndarray, other: np.ndarray) -> float:
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


class TestStripping:
    def test_nothing_hidden_is_left(self, tmp_path):
        data = jpeg_full_of_metadata()
        assert data.count(b"SECRET") >= 12  # the test file does carry all this
        path = tmp_path / "phone.jpg"
        path.write_bytes(data)
        jpeg = receive_photograph(path).jpeg
        assert b"SECRET" not in jpeg
        assert b"Exif" not in jpeg
        assert b"http" not in jpeg
        # JFIF header, tables, frame and scan: no APP1 to APP15, no comment.
        assert segments(jpeg) <= {0xE0, 0xDB, 0xC0, 0xC4}
        assert jpeg.endswith(b"\xff\xd9")
        assert jpeg.count(b"\xff\xd8\xff") == 1
        with Image.open(io.BytesIO(jpeg)) as image:
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert len(image.getexif()) == 0

    def test_the_pixels_stay(self, tmp_path):
        path = tmp_path / "phone.jpg"
        path.write_bytes(jpeg_full_of_metadata())
        kept = tmp_path / "kept.jpg"
        kept.write_bytes(receive_photograph(path).jpeg)
        assert peak_error_db(read_picture(kept), picture()) > 38

    @pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
    def test_every_format_loses_its_exif(self, make_photo, name):
        path = make_photo(name, exif=exif_of_a_phone())
        assert b"SECRET" in path.read_bytes()
        received = receive_photograph(path)
        assert b"SECRET" not in received.jpeg
        # Pillow writes no inner EXIF block into a TIFF, so that the test file carries none.
        assert received.camera.f_number == (None if name == "a.tif" else 5.6)

    def test_text_of_a_png_is_not_kept(self, make_photo):
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_text("Author", "SECRET", zip=True)
        info.add_itxt("XML:com.adobe.xmp", "SECRET")
        assert b"SECRET" not in receive_photograph(make_photo("a.png", pnginfo=info)).jpeg

    def test_the_same_file_gives_the_same_bytes(self, make_photo):
        path = make_photo()
        assert receive_photograph(path) == receive_photograph(path)


class TestCapture:
    def test_the_setting_and_the_day_are_read(self, make_photo):
        received = receive_photograph(make_photo(exif=exif_of_a_phone()))
        assert received.camera == Camera(
            exposure_s=0.008, f_number=5.6, iso=200, focal_length_mm=7.0, lens_equivalent_mm=90.0,
            white_balance="manual", flash=True,
        )  # fmt: skip
        assert received.taken_on == date(2026, 3, 2)

    def test_a_file_without_any_tells_nothing(self, make_photo):
        received = receive_photograph(make_photo())
        assert received.camera == Camera()
        assert received.taken_on is None

    @pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "x", (), None, 1e9])
    def test_a_setting_that_cannot_be_is_unknown(self, value):
        class Damaged:
            def get_ifd(self, tag):
                return {0x829A: value, 0x829D: value, 0x8827: -3, 0x9003: value, 0x9209: value, 0xA403: 7}

        camera, day, _ = read_camera(Damaged())
        assert (camera.exposure_s, camera.f_number, camera.iso, camera.white_balance, day) == (None,) * 5

    def test_exposure_value(self):
        # 1 s at f/1 and ISO 100 is 0 stops by definition; sunny 16 is about 15.
        assert exposure_value(Camera(exposure_s=1, f_number=1, iso=100)) == pytest.approx(0)
        assert exposure_value(Camera(exposure_s=1 / 125, f_number=16, iso=100)) == pytest.approx(15, abs=0.1)
        assert exposure_value(Camera(exposure_s=1, f_number=1, iso=200)) == pytest.approx(-1)
        assert exposure_value(Camera(f_number=1, iso=200)) is None


#: What each value of the tag means, as the way from the stored pixels to the upright ones.
TURNS = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, 1),
}


@pytest.mark.parametrize("orientation", TURNS)
def test_the_orientation_is_applied(make_photo, tmp_path, orientation):
    received = receive_photograph(make_photo(quality=95, exif=exif_of_a_phone(orientation=orientation)))
    kept = tmp_path / "kept.jpg"
    kept.write_bytes(received.jpeg)
    upright = TURNS[orientation](picture())
    assert (received.width_px, received.height_px) == upright.shape[1::-1]
    assert peak_error_db(read_picture(kept), upright) > 38
    assert received.notes == (() if orientation == 1 else ("turned upright",))


class TestColours:
    def test_another_profile_is_converted_to_srgb(self, make_photo, tmp_path):
        profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
        # A profile that calls red what sRGB calls green: the conversion must exchange them.
        red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
        profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
        kept = tmp_path / "kept.jpg"
        received = receive_photograph(make_photo("a.png", icc_profile=bytes(profile)))
        kept.write_bytes(received.jpeg)
        assert peak_error_db(read_picture(kept), picture()[..., [1, 0, 2]]) > 38

    def test_a_damaged_profile_is_told(self, make_photo):
        received = receive_photograph(make_photo("a.png", icc_profile=b"no profile at all"))
        assert received.doubts == ("the colour profile of the file cannot be used: taken as sRGB",)

    def test_open_colours_are_told(self, make_photo):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0xA001] = 65535
        assert receive_photograph(make_photo(exif=exif)).doubts == (
            "the camera did not state its colours: taken as sRGB",
        )

    def test_grey_deep_and_clear_pictures_are_taken(self, make_photo, tmp_path):
        grey = picture()[..., 0]
        for pixels in (grey, grey.astype(np.uint16) * 257, np.dstack([grey] * 3 + [np.full_like(grey, 255)])):
            kept = tmp_path / "kept.jpg"
            kept.write_bytes(receive_photograph(make_photo("a.png", pixels=pixels)).jpeg)
            assert peak_error_db(read_picture(kept)[..., 1], grey) > 38

    def test_what_was_clear_becomes_white(self, make_photo, tmp_path):
        kept = tmp_path / "kept.jpg"
        kept.write_bytes(receive_photograph(make_photo("a.png", pixels=np.zeros((300, 300, 4), np.uint8))).jpeg)
        assert read_picture(kept).min() == 255


def png_that_claims(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return start + b"\0\0\0\x10IDAT" + b"\0" * 20


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "empty or too large"),
            (b"\0\0\0\x18ftypheic" + b"\0" * 100, "HEIC, AVIF or a film"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "WebP or GIF"),
            (b"GIF89a" + b"\0" * 50, "WebP or GIF"),
            (b"%PDF-1.7", "PDF or DICOM"),
            (b"\0" * 128 + b"DICM", "PDF or DICOM"),
            (b"what,name\n", "something else"),
            (b"\xff\xd8\xff", "damaged or cut short. Got: UnidentifiedImageError: cannot identify image file."),
            (b"\x89PNG\r\n\x1a\n", "damaged or cut short"),
            (b"II*\0\x08\0\0\0", "damaged or cut short"),
            (png_that_claims(60_000, 60_000), "too small or too large. Got: far more pixels than are allowed"),
            (png_that_claims(12_000, 12_000), "12000 x 12000 pixels"),
            (png_that_claims(0, 400), "damaged or cut short"),
        ],
    )
    def test_a_file_that_is_no_photograph(self, tmp_path, data, said):
        path = tmp_path / "file.jpg"
        path.write_bytes(data)
        with pytest.raises(BadInput, match=said):
            receive_photograph(path)

    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_a_cut_file(self, make_photo, monkeypatch, name, share):
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as a PDF printed before leaves it
        path = make_photo(name)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(BadInput, match="damaged or cut short"):
            receive_photograph(path)

    def test_a_bomb_inside_a_text_of_a_png(self, make_photo):
        path = make_photo("a.png")
        data = path.read_bytes()
        chunk = b"zTXt" + b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9)
        path.write_bytes(
            data[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]
        )
        start = time.process_time()
        with pytest.raises(BadInput, match="damaged or cut short"):
            receive_photograph(path)
        assert time.process_time() - start < 2

    def test_too_small(self, make_photo):
        with pytest.raises(BadInput, match="640 x 150 pixels"):
            receive_photograph(make_photo(pixels=picture(height=160)[:150]))

    def test_another_colour_mode(self, tmp_path):
        path = tmp_path / "a.jpg"
        Image.fromarray(picture()).convert("CMYK").save(path)
        with pytest.raises(BadInput, match="colour mode CMYK"):
            receive_photograph(path)

    def test_several_pages(self, tmp_path):
        path = tmp_path / "a.tif"
        page = Image.fromarray(picture())
        page.save(path, save_all=True, append_images=[page])
        with pytest.raises(BadInput, match="2 pictures"):
            receive_photograph(path)

    def test_a_phone_that_puts_a_second_picture_behind_the_first(self, tmp_path):
        path = tmp_path / "a.jpg"
        page = Image.fromarray(picture())
        page.save(path, "MPO", save_all=True, append_images=[Image.fromarray(picture(seed=5))], quality=95)
        kept = tmp_path / "kept.jpg"
        kept.write_bytes(receive_photograph(path).jpeg)
        assert peak_error_db(read_picture(kept), picture()) > 38

    def test_what_is_no_file(self, tmp_path):
        with pytest.raises(BadInput, match="does not exist"):
            receive_photograph(tmp_path / "none.jpg")
        with pytest.raises(BadInput, match="is not a file"):
            receive_photograph(tmp_path)
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(BadInput, match="is not a file"):  # and does not wait for it
            receive_photograph(tmp_path / "pipe.jpg")

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        at=st.floats(0, 1), value=st.binary(min_size=1, max_size=8), name=st.sampled_from(["a.jpg", "a.png", "a.tif"])
    )
    def test_a_damaged_file_is_read_or_refused(self, make_photo, at, value, name):
        path = make_photo(name, pixels=picture(width=240, height=240), exif=exif_of_a_phone())
        data = path.read_bytes()
        place = int(at * (len(data) - 1))
        path.write_bytes(data[:place] + value + data[place + len(value) :])
        try:
            received = receive_photograph(path)
        except BadInput:
            return
        assert b"SECRET" not in received.jpeg


def test_twelve_megapixels_take_less_than_three_seconds(make_photo):
    path = make_photo(pixels=picture(width=4000, height=3000), exif=exif_of_a_phone(orientation=6), quality=92)
    start = time.process_time()
    received = receive_photograph(path)
    assert (received.width_px, received.height_px) == (3000, 4000)
    assert time.process_time() - start < 3
