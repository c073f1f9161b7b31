"""What a visitor of an exported page waits for: bytes, and the time to the first avatar in Chromium.

    nijigen export chibi --to web --out web-chibi
    python benchmarks/web.py web-chibi
    python benchmarks/web.py web-chibi --pictures docs/images    # web.webp and web-phone.webp, nothing measured

Bytes are those that the browser read from the server before the first avatar, as they lie in the folder and as a server
that packs with gzip would send them. Each time is of a new browser with nothing in its cache, from the address to the
first avatar and to the last of twelve, on this computer: the network costs nothing here. With COOP and COEP the page
may use threads, without them it has one. Processes of others make it slower: the load of the machine is printed, and
the processor time that the browser took, which waits for nobody.
"""

import argparse
import contextlib
import gzip
import io
import json
import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from PIL import Image

from nijigen.export.web.preview import HEADERS, Preview

AIMS = {"seconds": 3.0, "megabytes": 20.0}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT = 300_000  # milliseconds
SEED = "sakura"  # of the pictures


def visit(running: Any, program: str, folder: Path, headers: dict[str, str]) -> dict[str, Any]:
    """One visit with a new browser."""
    browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
    with Preview(folder, headers=headers) as preview:
        page = browser.new_page()
        asked: list[str] = []
        page.context.on("request", lambda request: asked.append(urlsplit(request.url).path.lstrip("/")))
        started, worked = time.perf_counter(), processor_time()
        page.goto(preview.url)
        page.wait_for_selector("#gallery .avatar:not(.waiting)", timeout=WAIT)
        first, worked = time.perf_counter() - started, processor_time() - worked
        page.wait_for_selector('#gallery[aria-busy="false"]', timeout=WAIT)
        last = time.perf_counter() - started
        about = page.inner_text("#about")
        browser.close()
    files = {folder / (path or "index.html") for path in asked}
    read = [path.read_bytes() for path in sorted(files) if path.is_file()]
    return {
        "first": first,
        "worked": worked,
        "twelve": last,
        "bytes": sum(map(len, read)),
        "gzip": sum(min(len(data), len(gzip.compress(data, 6))) for data in read),
        "about": about,
    }


def processor_time() -> float:
    """Seconds that all processes below this one have worked."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def pictures(running: Any, program: str, site: Path, folder: Path) -> None:
    """The page as a screen shows it, and as a phone does in Japanese and dark, with an avatar opened beside it."""
    browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
    with Preview(site, headers=HEADERS) as preview:
        page = opened(browser, preview.url, viewport={"width": 1280, "height": 940}, locale="en-GB")
        folder.mkdir(parents=True, exist_ok=True)
        shown(page).save(folder / "web.webp", quality=90, method=6)
        phone = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 4 / 3, "color_scheme": "dark"}
        page = opened(browser, preview.url, locale="ja-JP", **phone)
        gallery = shown(page)
        page.click("#gallery li:nth-child(2) button")
        page.wait_for_selector("dialog[open]")
        page.wait_for_timeout(1_000)  # until it has moved in
        dialog = shown(page)
        browser.close()
    both = Image.new("RGB", (gallery.width + 26 + dialog.width, gallery.height), "white")
    both.paste(gallery, (0, 0))
    both.paste(dialog, (gallery.width + 26, 0))
    both.save(folder / "web-phone.webp", quality=90, method=6)


def opened(browser: Any, url: str, **options: Any) -> Any:
    """A page of its own with all avatars of the seed."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(WAIT)
    page.goto(url)
    twelve = '#gallery[aria-busy="false"] li:nth-child(12) .avatar:not(.waiting)'
    page.wait_for_selector(twelve)  # of the page's own seed
    page.fill("#seed", SEED)
    page.wait_for_selector('#gallery[aria-busy="true"]')
    page.wait_for_selector(twelve)
    return page


def shown(page: Any) -> Image.Image:
    """What is to be seen of a page."""
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def main() -> None:
    """Measure, print, and say whether the aims are met; or take pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--visits", type=int, default=7)
    parser.add_argument("--pictures", type=Path, help="where to put pictures of the page, instead of measuring")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        sys.exit("no Chromium is installed")
    found: dict[str, Any] = {}
    with sync_playwright() as running:
        if given.pictures:
            return pictures(running, program, given.folder, given.pictures)
        for name, headers in (("threads", HEADERS), ("one thread", {})):
            visits = [visit(running, program, given.folder, headers) for _ in range(given.visits)]
            times = sorted(one["first"] for one in visits)
            found[name] = {
                "first avatar, median s": round(statistics.median(times), 2),
                "first avatar, range s": [round(times[0], 2), round(times[-1], 2)],
                "first avatar, processor time, median s": round(statistics.median(one["worked"] for one in visits), 2),
                "twelve avatars, median s": round(statistics.median(one["twelve"] for one in visits), 2),
                "read, MB": round(visits[0]["bytes"] / 1e6, 2),
                "read, packed by the server, MB": round(visits[0]["gzip"] / 1e6, 2),
                "aims met": {
                    "seconds": statistics.median(times) < AIMS["seconds"],
                    "megabytes": visits[0]["bytes"] / 1e6 < AIMS["megabytes"],
                },
                "page": visits[0]["about"],
            }
    found["load of the machine"] = [round(one, 1) for one in os.getloadavg()]
    found["cores"] = os.cpu_count()
    print(json.dumps(found, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
