"""Take the pictures of the README: `uv run --group browser python docs/picture.py`.

Page 1 of the demo's report, and how the forecast of the demo's course narrowed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import scarplan

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def take_picture(report: Path, picture: Path) -> None:
    """Write page 1 of `report` as a small PNG: one screen, sharp on dense displays, 256 colours."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 810}, device_scale_factor=1.5)
        page.goto(report.resolve().as_uri())
        page.locator("#page-one").screenshot(path=picture)
        browser.close()
    _make_small(picture)


def _make_small(picture: Path) -> None:
    with Image.open(picture) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(picture, optimize=True)


def take_course_picture(report: Path, picture: Path) -> None:
    """Write the chart of `report` that shows how the forecast narrowed, for the README."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 810}, device_scale_factor=1.5)
        page.goto(report.resolve().as_uri())
        page.locator("figure.narrowing svg").screenshot(path=picture)
        browser.close()
    _make_small(picture)


def main() -> None:
    """Run the demo and its course, and take their pictures."""
    with tempfile.TemporaryDirectory() as folder:
        demo = scarplan.run_demo(Path(folder) / "demo")
        take_picture(Path(demo["report"]), IMAGES / "report.png")
        course = scarplan.run_demo(Path(folder) / "course", course=True)
        take_course_picture(Path(course["report"]), IMAGES / "course.png")


if __name__ == "__main__":
    main()
