"""The pictures of the studio in ``docs/images/``, as a browser shows it.

    python benchmarks/studio_pictures.py [create refine mix illustrator phone]

A server and Chromium on the same machine, and a font with Chinese and Japanese (Debian: fonts-noto-cjk); avatars of the
same seed, so that the same model draws the same pictures.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page
from studio import opened

IMAGES = Path(__file__).parents[1] / "docs" / "images"
MOST_BYTES = 300_000
SEED = "sakura"
SENTENCE = "a winking girl with pink twintails, a star clip and a kimono"
TYPED = "#nj-seed input, #nj-seed textarea"
FULL = '#nj-grid ul[aria-busy="false"] li:nth-child(12) .nj-face img'
PHONE, PAPER = (585, 1266), "#fbf6f3"  # of each of the two, and what is between them


def page_of(browser: Browser, url: str, size: tuple[int, int], locale: str, scheme: str, sharp: float = 1) -> Page:
    """A page with the avatars of the seed."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=locale, color_scheme=scheme, reduced_motion="reduce",
        device_scale_factor=sharp, has_touch=size[0] < 600,
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    page.wait_for_selector(FULL)
    page.wait_for_selector("#nj-pickers fieldset")
    before = page.eval_on_selector(FULL, "(one) => one.src")
    page.wait_for_function("(at) => document.querySelector(at).value !== ''", arg=TYPED)
    page.fill(TYPED, SEED)
    page.press(TYPED, "Enter")
    other = "([at, before]) => (document.querySelector(at)?.src ?? before) !== before"
    page.wait_for_function(other, arg=[FULL, before])
    page.mouse.move(1, 1)
    return page


def shot(page: Page) -> Image.Image:
    """What is seen, when every picture is there and nothing has the focus."""
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_function("[...document.images].every((one) => one.complete)")
    page.wait_for_timeout(500)  # drawings of the pickers are backgrounds, of which nobody tells
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def save(picture: Image.Image, name: str) -> None:
    """As WebP, small enough for a page."""
    path = IMAGES / f"studio-{name}.webp"
    picture.save(path, quality=88, method=6)
    size = path.stat().st_size
    print(f"{path.name}: {picture.width}x{picture.height}, {size:,} bytes")
    if size >= MOST_BYTES:
        raise SystemExit(f"{path.name} has more than {MOST_BYTES:,} bytes")


def create(browser: Browser, url: str) -> None:
    """By day, in English."""
    save(shot(page_of(browser, url, (1280, 900), "en-GB", "light")), "create")


def refine(browser: Browser, url: str) -> None:
    """By night, in Japanese: half as it was, half as it is."""
    page = page_of(browser, url, (1280, 900), "ja-JP", "dark")
    page.click("#nj-grid li:nth-child(3) .nj-face")
    hair = '#nj-own-pickers [data-attribute="hair_color"] input[value="{}"]'
    page.wait_for_selector(hair.format("blue"), state="attached")
    page.check(hair.format("pink" if page.is_checked(hair.format("blue")) else "blue"), force=True)
    page.wait_for_selector("#nj-stage .nj-curtain")
    page.evaluate(
        """() => {
            const curtain = document.querySelector("#nj-stage .nj-curtain");
            curtain.value = 50;
            curtain.dispatchEvent(new Event("input"));
            scrollTo(0, 0);
        }"""
    )
    save(shot(page), "refine")


def mix(browser: Browser, url: str) -> None:
    """By night, in Japanese: two, the middle, and a loop."""
    page = page_of(browser, url, (1280, 900), "ja-JP", "dark")
    for place, slot in ((2, "first"), (6, "last")):
        page.click(f'#nj-grid li:nth-child({place}) [data-key^="mix "]', force=True)
        page.wait_for_selector(f"#nj-blend .nj-slot:{slot}-child .nj-parent")
        if slot == "first":
            page.get_by_role("tab", name="つくる", exact=True).click()
    page.click("#nj-loop:not([disabled])")
    page.wait_for_selector("#nj-loops .nj-loop")
    page.evaluate("scrollTo(0, 0)")
    save(shot(page), "mix")


def illustrator(browser: Browser, url: str) -> None:
    """By day, in English."""
    page = page_of(browser, url, (1280, 860), "en-GB", "light")
    page.get_by_role("tab", name="Illustrator", exact=True).click()
    page.wait_for_selector("#nj-drawing .nj-now")
    for control, text in (("seed", SEED), ("sentence", SENTENCE)):
        before = page.eval_on_selector("#nj-drawing .nj-now", "(one) => one.src")
        typed = f"#nj-illustrator-{control} input, #nj-illustrator-{control} textarea"
        page.fill(typed, text)
        page.press(typed, "Enter")
        page.wait_for_function("(before) => document.querySelector('#nj-drawing .nj-now').src !== before", arg=before)
    page.evaluate("scrollTo(0, 0)")
    save(shot(page), "illustrator")


def phone(browser: Browser, url: str) -> None:
    """In Chinese: the top, and the avatars below it."""
    page = page_of(browser, url, (390, 844), "zh-CN", "light", sharp=1.5)
    both = Image.new("RGB", (2 * PHONE[0] + 30, PHONE[1]), PAPER)
    both.paste(shot(page), (0, 0))
    page.evaluate("scrollTo(0, document.querySelector('#nj-grid').getBoundingClientRect().top + scrollY - 40)")
    both.paste(shot(page), (PHONE[0] + 30, 0))
    save(both, "phone")


def main() -> None:
    """All of them, or those that are named."""
    known = {draw.__name__: draw for draw in (create, refine, mix, illustrator, phone)}
    with opened() as (browser, url):
        for name in sys.argv[1:] or known:
            known[name](browser, url)


if __name__ == "__main__":
    main()
