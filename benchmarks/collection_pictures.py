"""The pictures of ``docs/collections.md``: the tab *Collection* in a browser, and three stickers.

    python benchmarks/collection_pictures.py

The same drawings of the illustrator and avatars of the bundled model, of fixed seeds, kept in collections that are gone
afterwards.
"""

import base64
import io
import json
import tempfile
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser
from studio import opened
from studio_pictures import FULL, IMAGES, shot

import nijigen
from nijigen.collections.keeping import Collections
from nijigen.collections.packs import pack

SHOWN = ("third", "", "for the forum", "", "", "first")  # notes, of the newest first
AIR, GROUND = 15, "#78a9bc"  # around stickers


def avatars() -> list[bytes]:
    """Drawings and avatars of the model by turns, as files."""
    drawn = nijigen.draw(3, seed=40, size=256)
    made = nijigen.load().generate(3, seed=2, hair_color="pink")
    return [avatar.png() for pair in zip(drawn, made, strict=True) for avatar in pair]


def tab(browser: Browser, url: str, files: list[bytes]) -> None:
    """By day, in English: six that were kept, the newest chosen."""
    for number, (file, note) in enumerate(zip(files, reversed(SHOWN), strict=True)):
        body = {"file": base64.b64encode(file).decode(), "note": note}
        if number % 2:
            body["collection"] = "heroes"
        request = urllib.request.Request(
            f"{url}api/v1/kept", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=60).close()
    page = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="light", reduced_motion="reduce"
    ).new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    page.wait_for_selector(FULL)
    page.get_by_role("tab", name="Collection", exact=True).click()
    page.wait_for_selector("#nj-kept li:nth-child(6) .nj-face img")
    page.click("#nj-kept li:nth-child(1) .nj-face")
    page.wait_for_function("document.querySelector('#nj-note input, #nj-note textarea')?.value === 'third'")
    shot(page).save(IMAGES / "collection.webp", quality=88, method=6)


def stickers(files: list[bytes]) -> None:
    """One of the model before two drawings."""
    with tempfile.TemporaryDirectory() as home, Collections(f"sqlite:///{home}/one.sqlite") as kept:
        rows = [kept.add(file) for file in (files[0], files[1], files[4])]
        made = pack(rows, kept.file, "stickers").files
    large = [Image.open(io.BytesIO(made[name])).convert("RGBA") for name in sorted(made) if Path(name).suffix == ".png"]
    large = [one.resize((320, 320), Image.Resampling.LANCZOS) for one in large if one.width > 128]
    sheet = Image.new("RGBA", (len(large) * (320 + AIR) + AIR, 320 + 2 * AIR), GROUND)
    for number, one in enumerate(large):
        sheet.alpha_composite(one, (AIR + number * (320 + AIR), AIR))
    sheet.convert("RGB").save(IMAGES / "stickers.png", optimize=True)


def main() -> None:
    """Both."""
    files = avatars()
    stickers(files)
    with opened() as (browser, url):
        tab(browser, url, files)


if __name__ == "__main__":
    main()
