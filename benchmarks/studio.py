"""How long a person waits for the studio's first avatars.

    python benchmarks/studio.py

A server and Chromium on the same machine; five visits, each with an empty cache. Seconds from the browser's ``load``
event of the page, and from the first request, until a picture is seen, and until all twelve are.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

VISITS = 5
SEEN = """() => [...document.querySelectorAll("#nj-grid .nj-face img")].filter((one) => one.naturalWidth).length"""


def visit(browser: Browser, url: str) -> tuple[float, float, float]:
    """Seconds from navigation to the ``load`` event, to the first picture, to the twelfth."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    times = []
    for count in (1, 12):
        page.wait_for_function(f"({SEEN})() >= {count}", polling="raf")
        times.append(float(page.evaluate("performance.now()")) / 1_000)
    loaded = float(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")) / 1_000
    context.close()
    return loaded, times[0], times[1]


@contextmanager
def opened() -> Iterator[tuple[Browser, str]]:
    """A browser, and the address of a server of its own that is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        environment = {**os.environ, "NIJIGEN_HOME": home}
        environment.pop("NIJIGEN_DATABASE_URL", None)  # collections of its own
        line = [sys.executable, "-m", "nijigen", "serve", "--port", str(port), "--quiet"]
        server = subprocess.Popen(line, env=environment)
        try:
            while server.poll() is None:
                try:
                    urllib.request.urlopen(f"{url}api/v1/ready", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.5)
            program = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            yield browser, url
            browser.close()
        finally:
            server.terminate()
            server.wait(60)


def main() -> None:
    """Serve, visit, print."""
    with opened() as (browser, url):
        visit(browser, url)  # the browser's own first time
        rows = [visit(browser, url) for _ in range(VISITS)]
    load = "  ".join(f"{os.getloadavg()[place]:.1f}" for place in range(2))
    print(f"{os.cpu_count()} processors, load average {load}; medians of {VISITS} visits, slowest in brackets")
    for name, place in (("first picture", 1), ("all twelve", 2)):
        whole = [row[place] for row in rows]
        after = [row[place] - row[0] for row in rows]
        print(f"{name:14} {statistics.median(after):.2f} s after load ({max(after):.2f}),"
              f" {statistics.median(whole):.2f} s after the request ({max(whole):.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
