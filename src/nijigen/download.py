"""One file over HTTPS, bounded in size and time."""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import IO

WAIT = 30.0  # seconds without a byte
LONGEST = 600.0  # seconds for the whole file: a server that sends a byte now and then must not hold us for ever
CHUNK = 2**16
OWN_MACHINE = frozenset(("localhost", "127.0.0.1", "::1"))


class DownloadError(Exception):
    """The file could not be had; the text says why, in a few words."""


def fetch(url: str, size: int, longest: float = LONGEST, wait: float = WAIT) -> bytes:
    """The ``size`` bytes at ``url``.

    Only ``https:`` is followed, also when the server points elsewhere; ``http:`` only to this machine.

    Args:
        size: of the file in bytes; not one more is read.
        longest, wait: seconds for all of it, and without any byte.

    Raises:
        DownloadError: another kind of address, no network, an answer that is no file, another size, or too slow.
    """
    parts: list[bytes] = []
    got = fetch_into(parts.append, url, size, longest, wait)
    if got < size:
        raise DownloadError(f"{_host(url)} sent {got} of {size} bytes")
    return b"".join(parts)


def fetch_into(
    keep: Callable[[bytes], object], url: str, most: int, longest: float = LONGEST, wait: float = WAIT
) -> int:
    """Hand what is at ``url`` over piece by piece, ``most`` bytes at most; returns how many there were.

    Raises:
        DownloadError: as :func:`fetch`.
    """
    _check(url)
    opener = urllib.request.build_opener(_SafeRedirects)
    request = urllib.request.Request(url, headers={"User-Agent": "nijigen", "Accept-Encoding": "identity"})
    end = time.monotonic() + longest
    got = 0
    try:
        with opener.open(request, timeout=wait) as answer:
            while got <= most and (part := answer.read1(min(CHUNK, most + 1 - got))):
                keep(part)
                got += len(part)
                if time.monotonic() > end:
                    raise DownloadError(f"{_host(url)} took longer than {longest:g} s")
    except urllib.error.HTTPError as error:
        raise DownloadError(f"{_host(url)} answered {error.code} {_line(error.reason)}") from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise DownloadError(f"{_host(url)} cannot be reached: {_line(reason)}") from None
    if got > most:
        raise DownloadError(f"{_host(url)} sent more than {most} of {most} bytes")
    return got


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in OWN_MACHINE):
        return
    raise DownloadError(f"{parts.scheme or 'no'}: addresses are not followed, only https:")


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).hostname or url


def _line(reason: object) -> str:
    """One line of what may be several."""
    return " ".join(str(reason).split())
