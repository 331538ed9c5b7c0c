"""The page for marking, in Chromium: by finger, mouse and keyboard; what is saved is what the command reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from made_photos import picture

from scarplan.errors import BadInput
from scarplan.photographs import Marks, read_marks
from scarplan.photographs.mark_page import render_mark_page
from scarplan.photographs.marks import MarkedScar, Ruler, SkinPatch
from scarplan.records.photograph import Conditions, Photograph

PHOTO = Photograph(
    id="2026-03-02_cheek_left", view="cheek_left", taken_on=date(2026, 3, 2), width_px=640, height_px=480,
    sha256="ab" * 32, received_sha256="cd" * 32, conditions=Conditions(ruler_mm=50),
)  # fmt: skip
SIZE = (640, 480)


class MarkPage:
    """The page as a rater uses it: positions are pixels of the photograph."""

    def __init__(self, page) -> None:
        self.page = page

    def place(self, x: float, y: float) -> tuple[float, float]:
        seen = self.page.evaluate("document.getElementById('picture').getBoundingClientRect().toJSON()")
        return seen["x"] + x / SIZE[0] * seen["width"], seen["y"] + y / SIZE[1] * seen["height"]

    def tap(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.place(x, y))

    def tool(self, name: str) -> None:
        self.page.locator(f"input[name=what][value={name}]").check(force=True)

    def kind(self, name: str) -> None:
        self.page.locator(f"input[name=kind][value={name}]").check(force=True)

    def name(self, rater: str) -> None:
        self.page.fill("#rater", rater)
        self.page.locator("#rater").blur()

    @property
    def said(self) -> str:
        return self.page.inner_text("#said")

    @property
    def sum(self) -> str:
        return self.page.inner_text("#sum")

    def save(self, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.page.click("#save")
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path


def write(folder: Path, **options) -> str:
    path = folder / "mark.html"
    path.write_text(render_mark_page(PHOTO, picture(), **options), "utf-8")
    return path.as_uri()


@pytest.fixture
def opened(page, tmp_path) -> MarkPage:
    page.goto(write(tmp_path))
    return MarkPage(page)


def near(at: tuple[float, float]):
    """Screen pixels are coarser than pixels of the photograph: a tap may be half of one off."""
    return pytest.approx(at, abs=1.0)


def test_the_page_holds_no_secret_and_loads_nothing():
    html = render_mark_page(PHOTO, picture(), rater="<b>'\"")
    assert "http" not in html.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert "default-src 'none'" in html
    assert "<b>'" not in html
    assert html.count("<script>") == 1


@pytest.mark.browser
class TestMarking:
    def test_what_is_saved_is_what_was_tapped(self, opened, tmp_path):
        opened.name("A. Jansen")
        opened.tool("ruler")
        opened.tap(50, 400)
        opened.tap(250, 400)
        assert opened.said == "Ruler of 50 mm is marked. Widths can be marked now."
        opened.tool("scar")
        opened.tap(100, 100)
        opened.kind("rolling")
        opened.page.locator("#width").check()
        opened.tap(300, 200)
        assert opened.said == "Now tap the other edge of this scar."
        opened.tap(320, 200)
        assert opened.said == "Width 5.0 mm. 2 scars."
        opened.tool("landmark")
        opened.tap(400, 300)
        assert opened.said == "Marked: Outer corner of the left eye. Next: Inner corner of the left eye."
        opened.tap(420, 310)
        opened.tool("skin")
        opened.tap(500, 100)
        opened.tap(520, 100)
        saved = opened.save(tmp_path)
        assert saved.name == "2026-03-02_cheek_left_A-Jansen.csv"
        marks = read_marks(saved, size_px=SIZE)
        assert [scar.kind for scar in marks.scars] == ["icepick", "rolling"]
        assert marks.scars[0].tap_px == near((100, 100))
        assert marks.scars[0].edge_px is None
        assert marks.scars[1].edge_px == near((320, 200))
        assert marks.ruler.length_mm == 50
        assert marks.ruler.ends_px[1] == near((250, 400))
        assert list(marks.landmarks) == ["outer_eye_left", "inner_eye_left"]
        assert marks.skin["reference"].radius_px == pytest.approx(20, abs=1.5)
        assert "Not saved" not in opened.sum
        assert f"--marks {saved.name} --photo {PHOTO.id}" in opened.page.inner_text("#command")

    def test_what_is_saved_names_its_picture_and_is_kept_for_no_other(self, opened, tmp_path):
        opened.name("A")
        opened.tap(100, 100)
        saved = opened.save(tmp_path)
        assert saved.read_text("utf-8").splitlines()[1] == "photo,2026-03-02_cheek_left abababababab,,,,,"
        assert read_marks(saved, size_px=SIZE, photo_sha256=PHOTO.sha256).counts["icepick"] == 1
        with pytest.raises(BadInput, match="made on another picture"):
            read_marks(saved, size_px=SIZE, photo_sha256=PHOTO.received_sha256)

    def test_width_only_with_a_ruler(self, opened):
        assert opened.page.locator("#width").is_disabled()
        assert opened.page.locator("#width-why").is_visible()
        opened.tap(100, 100)
        assert opened.said == "1 scar."

    def test_a_ruler_taken_away_takes_the_widths_along(self, opened, tmp_path):
        opened.name("A")
        opened.tool("ruler")
        opened.tap(50, 400)
        opened.tap(250, 400)
        opened.tool("scar")
        opened.page.locator("#width").check()
        opened.tap(300, 200)
        opened.tap(320, 200)
        opened.tool("delete")
        opened.tap(50, 400)
        assert read_marks(opened.save(tmp_path), size_px=SIZE).scars[0].edge_px is None
        opened.page.click("#undo")
        assert read_marks(opened.save(tmp_path), size_px=SIZE).scars[0].edge_px is not None

    def test_undo_clear_and_undo(self, opened):
        for x in (100, 200, 300):
            opened.tap(x, 100)
        opened.page.click("#undo")
        assert opened.sum.startswith("2 scars")
        opened.page.click("#clear")
        assert "Tap again to clear all 2 marks" in opened.said
        assert opened.sum.startswith("2 scars")
        opened.page.click("#clear")
        assert opened.sum.startswith("0 scars")
        opened.page.click("#undo")
        assert opened.sum.startswith("2 scars")
        for _ in range(4):
            opened.page.click("#undo")
        assert opened.said == "There is nothing to undo."

    def test_taking_one_away(self, opened):
        opened.tap(100, 100)
        opened.tap(300, 100)
        opened.tool("delete")
        opened.tap(500, 400)
        assert opened.said == "There is no mark here."
        opened.tap(101, 101)
        assert opened.sum.startswith("1 scar,")

    def test_a_wide_scar_is_taken_away_by_its_ring(self, opened):
        opened.tool("ruler")
        opened.tap(50, 400)
        opened.tap(250, 400)
        opened.tool("scar")
        opened.page.locator("#width").check()
        opened.tap(200, 200)
        opened.tap(400, 200)
        assert opened.sum.startswith("1 scar, 0 landmarks")
        opened.tool("delete")
        opened.tap(300, 200)  # the ring stands in the middle, far from both edges
        assert opened.sum.startswith("0 scars")

    def test_a_window_that_changes_keeps_what_is_looked_at(self, opened):
        assert opened.page.evaluate("innerHeight") == 900
        middle = (
            "(b => [b.x + b.width / 2, b.y + b.height / 2])(document.getElementById('stage').getBoundingClientRect())"
        )
        seen = "document.getElementById('picture').getBoundingClientRect().toJSON()"
        for _ in range(3):
            opened.page.click("#closer")
        before = opened.page.evaluate(seen), opened.page.evaluate(middle)
        opened.page.set_viewport_size({"width": 1280, "height": 600})  # a keyboard comes up
        opened.page.wait_for_function("document.getElementById('stage').clientHeight < 600")
        after = opened.page.evaluate(seen), opened.page.evaluate(middle)
        assert after[0]["width"] == pytest.approx(before[0]["width"])
        for axis, i in (("x", 0), ("y", 1)):
            assert after[1][i] - after[0][axis] == pytest.approx(before[1][i] - before[0][axis], abs=0.5)
        opened.page.click("#whole")
        opened.page.set_viewport_size({"width": 1280, "height": 900})  # the whole stays the whole
        opened.page.wait_for_function("document.getElementById('stage').clientHeight > 700")
        stage, picture = opened.page.locator("#stage").bounding_box(), opened.page.evaluate(seen)
        assert picture["height"] == pytest.approx(stage["height"], abs=1) or picture["width"] == pytest.approx(
            stage["width"], abs=1
        )

    def test_the_chart_needs_all_four_corners(self, opened, tmp_path):
        opened.name("A")
        opened.tool("chart")
        for x, y in ((50, 50), (400, 50), (400, 300)):
            opened.tap(x, y)
        opened.page.click("#save")
        assert "Only 3 of the 4 corners" in opened.said
        opened.tap(50, 300)
        assert list(read_marks(opened.save(tmp_path), size_px=SIZE).chart) == [
            "dark_skin",
            "bluish_green",
            "black",
            "white",
        ]

    def test_a_name_is_needed(self, opened):
        opened.tap(100, 100)
        opened.page.click("#save")
        assert "Give your name first" in opened.said
        opened.name("../x")
        opened.page.click("#save")
        assert "Give your name first" in opened.said

    def test_outside_the_photograph_is_no_mark(self, opened):
        opened.tap(100, -20)
        assert opened.said == "That is outside the photograph."
        assert opened.sum.startswith("0 scars")

    def test_zoomed_marks_stand_where_they_were_tapped(self, opened, tmp_path):
        opened.name("A")
        for _ in range(3):
            opened.page.click("#closer")
        opened.page.mouse.move(*opened.place(320, 240))
        opened.page.mouse.down()
        x, y = opened.place(320, 240)
        opened.page.mouse.move(x + 60, y + 40, steps=4)
        opened.page.mouse.up()
        assert opened.sum.startswith("0 scars")  # a drag moves the photograph and marks nothing
        opened.tap(300, 230)
        opened.page.mouse.wheel(0, -400)
        opened.tap(310, 235)
        marks = read_marks(opened.save(tmp_path), size_px=SIZE)
        assert marks.scars[0].tap_px == pytest.approx((300, 230), abs=0.3)
        assert marks.scars[1].tap_px == pytest.approx((310, 235), abs=0.3)

    def test_by_keyboard_alone(self, opened, tmp_path):
        page = opened.page
        page.focus("#stage")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.keyboard.press("Shift+ArrowLeft")
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        assert opened.sum.startswith("2 scars")
        page.keyboard.press("u")
        assert opened.sum.startswith("1 scar,")
        page.keyboard.press("+")
        page.focus("#rater")
        page.keyboard.type("Key Board")
        page.keyboard.press("Tab")
        with page.expect_download() as download:
            page.focus("#save")
            page.keyboard.press("Enter")
        path = tmp_path / "k.csv"
        download.value.save_as(path)
        (scar,) = read_marks(path, size_px=SIZE).scars
        # One step of the cross is 12 pixels of the screen, to the right of the middle and above it.
        assert scar.tap_px[0] - 320 == pytest.approx(240 - scar.tap_px[1], abs=0.2)
        assert scar.tap_px[0] > 320


@pytest.mark.browser
class TestKeeping:
    def test_unsaved_marks_survive_a_reload(self, opened):
        opened.name("Anna")
        opened.tap(100, 100)
        opened.tap(200, 100)
        opened.page.reload()
        assert opened.said == "Your unsaved marks are back: 2 scars."
        assert opened.page.input_value("#rater") == "Anna"
        opened.page.click("#undo")
        assert opened.sum.startswith("1 scar,")

    def test_another_rater_does_not_see_the_first_ones_marks(self, opened):
        opened.tap(100, 100)
        opened.page.click("#other-rater")
        assert "Give your name first" in opened.said
        opened.name("Anna")
        opened.page.click("#other-rater")
        assert opened.sum.startswith("0 scars")
        opened.name("Ben")
        opened.tap(300, 300)
        opened.tap(350, 300)
        opened.name("Anna")
        assert "There are marks by Anna in this browser already" in opened.said
        assert opened.sum.startswith("2 scars")
        opened.page.click("#other-rater")
        opened.name("Anna")
        assert opened.said == "The marks of Anna are back: 1 scar."
        opened.page.click("#other-rater")
        opened.name("Ben")
        assert opened.sum.startswith("2 scars")

    def test_marks_do_not_pass_to_another_rater_unsaid(self, opened, tmp_path):
        opened.tap(100, 100)
        opened.name("Anna")
        assert opened.said == "1 scar."
        opened.save(tmp_path)
        opened.name("Ben")
        assert opened.said.startswith("The marks of Anna are under the name Ben now. Is this another person?")
        assert "Not saved yet" in opened.sum
        opened.name("Anna")
        opened.page.click("#other-rater")
        opened.name("Ben")
        assert opened.sum.startswith("0 scars")

    def test_a_browser_that_keeps_nothing_says_so(self, page, tmp_path):
        page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
        page.goto(write(tmp_path))
        opened = MarkPage(page)
        assert page.locator("#not-kept").is_visible()
        opened.tap(100, 100)
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.reload()
        assert asked == ["beforeunload"]

    def test_it_starts_from_the_marks_that_are_kept(self, page, tmp_path):
        marks = Marks(
            scars=(MarkedScar("boxcar", (100.0, 100.0), (110.5, 100.0)), MarkedScar("other", (9.0, 9.0))),
            landmarks={"chin": (5.0, 6.0)}, ruler=Ruler(((0.0, 0.0), (200.0, 0.0)), 40.0),
            skin={"patch_1": SkinPatch((50.0, 60.0), (55.0, 60.0))},
        )  # fmt: skip
        page.goto(write(tmp_path, rater="Anna", marks=marks))
        opened = MarkPage(page)
        assert opened.said == "Your marks are back: 2 scars."
        assert read_marks(opened.save(tmp_path), size_px=SIZE) == marks


@pytest.mark.browser
class TestByFinger:
    @pytest.fixture
    def phone(self, browser, tmp_path):
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, offline=True
        )
        page = context.new_page()
        page.goto(write(tmp_path))
        yield MarkPage(page)
        context.close()

    def test_tap_pinch_and_tap(self, phone, tmp_path):
        phone.page.touchscreen.tap(*phone.place(200, 200))
        assert phone.said == "1 scar."
        width = phone.page.evaluate("document.getElementById('picture').getBoundingClientRect().width")
        x, y = phone.place(320, 240)
        fingers = phone.page.context.new_cdp_session(phone.page)
        for kind, spread in (
            ("touchStart", 30),
            ("touchMove", 40),
            ("touchMove", 60),
            ("touchMove", 90),
            ("touchEnd", 0),
        ):
            points = [{"x": x - spread, "y": y, "id": 0}, {"x": x + spread, "y": y, "id": 1}] if spread else []
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        wider = phone.page.evaluate("document.getElementById('picture').getBoundingClientRect().width")
        assert wider == pytest.approx(3 * width, rel=0.05)
        assert phone.said == "1 scar."  # two fingers mark nothing
        phone.page.touchscreen.tap(*phone.place(330, 250))
        phone.name("A")
        assert read_marks(phone.save(tmp_path), size_px=SIZE).scars[1].tap_px == pytest.approx((330, 250), abs=0.6)

    def test_nothing_scrolls_sideways_and_fingers_fit(self, phone):
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
        small = phone.page.evaluate(
            "[...document.querySelectorAll('button, select, fieldset label span, #rater, #length')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
        assert small == []


@pytest.mark.browser
@pytest.mark.parametrize("size", [(320, 640), (820, 1180), (1024, 700), (1440, 900)])
def test_the_photograph_is_in_view_with_its_tools_on_every_screen(page, tmp_path, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(write(tmp_path))
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    stage = page.locator("#stage").bounding_box()
    assert stage["height"] > 0.4 * size[1]
    assert stage["y"] + stage["height"] <= size[1]
    assert page.locator("#said").bounding_box()["y"] < size[1]
