"""How large is a report, and how soon is it there? Bytes of the page, seconds in Chromium until everything is drawn.

  python -m benchmarks.report --report=runs/lab5/interpret/report.html --screenshots=docs --part=sequences

Needs playwright, among the extras for development, and a Chromium. --screenshots takes a light and a dark picture.
"""

import shutil
import time
from pathlib import Path

from absl import app, flags
from playwright.sync_api import Browser, Page, sync_playwright

REPORT = flags.DEFINE_string("report", "runs/lab5/interpret/report.html", "The page.")
SCREENSHOTS = flags.DEFINE_string("screenshots", None, "Folder for report_light.png and report_dark.png.")
WIDTH = flags.DEFINE_integer("width", 1280, "Of the window, in pixels.")
HEIGHT = flags.DEFINE_integer("height", 900, "Of the window, in pixels; 0 = as high as the page.")
PART = flags.DEFINE_string("part", None, "Section to show in the pictures, by its identifier, e.g. sequences.")
REPEATS = flags.DEFINE_integer("repeats", 5, "How often the page is opened.")

#: All that draws itself once the page's width is known has done so.
DRAWN = """() => document.documentElement.dataset.ready === 'true'
  && (!document.getElementById('tracks') || document.documentElement.dataset.drawn)
  && [...document.querySelectorAll('.canvas')].every((canvas) => canvas.firstChild)"""


def chromium() -> str:
    """The browser's program."""
    for name in ("chromium", "google-chrome", "chromium-browser"):
        if found := shutil.which(name):
            return found
    raise app.UsageError("no chromium, google-chrome or chromium-browser on the PATH")


def opened(browser: Browser, report: Path, scheme: str = "light") -> tuple[Page, float]:
    """The page, drawn, and the seconds from asking for it."""
    height = HEIGHT.value or 900
    dark = "dark" if scheme == "dark" else "light"
    page = browser.new_page(viewport={"width": WIDTH.value, "height": height}, color_scheme=dark)
    start = time.perf_counter()
    page.goto(report.resolve().as_uri())
    page.wait_for_function(DRAWN)
    # Two frames later what was drawn is on the screen.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page, time.perf_counter() - start


def main(argv: list[str]) -> None:
    del argv
    size = Path(REPORT.value).stat().st_size
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        seconds = []
        for _ in range(REPEATS.value):
            page, taken = opened(browser, Path(REPORT.value))
            seconds.append(taken)
            page.close()
        print(f"{REPORT.value}: {size / 1e6:.2f} MB; opened and drawn in {min(seconds):.2f} to {max(seconds):.2f} s")
        for scheme in ("light", "dark") if SCREENSHOTS.value else ():
            page, _ = opened(browser, Path(REPORT.value), scheme)
            if PART.value:
                page.locator(f"#{PART.value}").evaluate("(part) => part.scrollIntoView({behavior: 'instant'})")
            path = Path(SCREENSHOTS.value or "") / f"report_{scheme}.png"
            page.screenshot(path=path, full_page=HEIGHT.value == 0)
            print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")
            page.close()
        browser.close()


if __name__ == "__main__":
    app.run(main)
