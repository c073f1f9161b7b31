"""A web server for one folder and one visitor: this computer.

It sends the two headers that let a page use several threads (COOP and COEP: https://web.dev/articles/coop-coep), and
answers nobody else: it listens on 127.0.0.1, and to no other name than this computer's.
"""

import http.server
import os
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from nijigen.errors import NijigenError

HOST = "127.0.0.1"
OWN_NAMES = frozenset((HOST, "localhost"))
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # another export may be in the same place a minute later
}
# As the system's table says it may differ, and a browser runs no module of another type.
TYPES = {".js": "text/javascript", ".json": "application/json", ".css": "text/css", ".svg": "image/svg+xml"}


class Preview:
    """Serves a folder until it is closed; ``with Preview(folder) as preview: preview.url``.

    Args:
        port: 0 takes any that is free.
        headers: beside ``Content-…``; another set is for tests of what happens without.

    Raises:
        NijigenError: no page in the folder, or the port is taken.
    """

    def __init__(self, folder: str | Path, port: int = 0, headers: Mapping[str, str] | None = None) -> None:
        folder = Path(folder)
        if not (folder / "index.html").is_file():
            raise NijigenError(f"{folder} has no index.html: give a folder that nijigen export --to web wrote")
        if not 0 <= port < 2**16:
            raise NijigenError(f"--port {port}: use 1 to 65535, or 0 for any that is free")
        handler = partial(
            _Handler, directory=str(folder.resolve()), headers=dict(HEADERS if headers is None else headers)
        )
        try:
            self._server = http.server.ThreadingHTTPServer((HOST, port), handler)
        except OSError as error:
            reason = error.strerror or error
            raise NijigenError(f"--port {port} cannot be used ({reason}): give another, or 0 for any") from None
        self.url = f"http://{HOST}:{self._server.server_address[1]}/"

    def serve(self) -> None:
        """Answer until the process is interrupted."""
        self._server.serve_forever()

    def close(self) -> None:
        """Give the port back."""
        self._server.server_close()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self.close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | TYPES | {".gz": "application/gzip"}

    def __init__(self, *args: object, directory: str, headers: Mapping[str, str]) -> None:
        self._more = headers
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]  # as http.server calls it

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        # A page elsewhere whose name was pointed at this computer must not read what is here.
        name = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        if name not in OWN_NAMES:
            self.send_error(421, "this server answers to 127.0.0.1 and localhost only")
            return False
        return True

    def send_head(self) -> object:  # type: ignore[override]  # a file, or None after an error
        found, root = Path(self.translate_path(self.path)), Path(self.directory)
        inside = Path(os.path.realpath(found))
        if not inside.is_relative_to(root) or any(part.startswith(".") for part in inside.relative_to(root).parts):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: object) -> None:
        self.send_error(404)

    def end_headers(self) -> None:
        for name, value in self._more.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is the person's."""
