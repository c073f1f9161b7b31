"""What ``nijigen serve`` is told, in one place; nothing in it changes while it runs."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from nijigen.errors import NijigenError

API = "/api/"
PREFIX = f"{API}v1"
MIB = 2**20
SHORTEST_TOKEN = 16
MOST_COUNT = 64  # avatars of one request: what may be asked for at all
LARGEST_SIDE = 1_024  # pixels
MOST_PIXELS = 32_000_000  # of all avatars of one request together
MOST_ADDED = 2  # files at a time that are looked through to be kept


class Limits(BaseModel):
    """How much one request may ask for, and all of them together.

    Attributes:
        count: avatars of one request.
        body: bytes of a request's body.
        pixels: of an uploaded picture.
        side: pixels a side of what is made.
        frames: of an animation.
        seconds: that a request may take, waiting for its turn included.
        waiting, waiting_each: works in the queue, of everybody and of one client.
        burst, refill: drawings of the public avatars that one client may ask for at once, and more of them a second.
    """

    model_config = ConfigDict(frozen=True)

    count: int = Field(MOST_COUNT, ge=1, le=MOST_COUNT)
    body: int = Field(16 * MIB, ge=1_024)
    pixels: int = Field(16_000_000, ge=1)
    side: int = Field(LARGEST_SIDE, ge=8, le=LARGEST_SIDE)
    frames: int = Field(240, ge=2, le=10_000)
    seconds: float = Field(120.0, gt=0)
    waiting: int = Field(256, ge=1)
    waiting_each: int = Field(16, ge=1)
    burst: int = Field(120, ge=1)
    refill: float = Field(10.0, gt=0)


class Settings(BaseModel):
    """Everything that the server is told.

    Attributes:
        models: names, runs, folders or files; the first is the default; none: those that come with nijigen.
        token: what a client has to show beyond loopback; None: nothing.
        hosts: names besides loopback's and plain addresses under which the server may be asked for.
        origins: web sites whose pages may use the API (CORS).
        studio: whether there is a page at ``/``, or the API alone.
        database: of the collections (SQLAlchemy's URL); None: SQLite in nijigen's own folder.
        folder: of the collections' pictures; None: beside the database.
    """

    model_config = ConfigDict(frozen=True)

    models: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = Field(7860, ge=0, le=65_535)
    token: SecretStr | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    device: str = "auto"
    threads: int | None = None
    engine: str = "auto"
    quiet: bool = False
    studio: bool = True
    database: str | None = None
    folder: Path | None = None
    limits: Limits = Limits()

    @property
    def beyond_loopback(self) -> bool:
        """Whether anybody but this machine can ask: by the address it listens on, or by a name it answers to."""
        return not all(is_loopback(host) for host in (self.host, *self.hosts))


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def check_origin(origin: str) -> str:
    """An origin as browsers name it: scheme and host, and a port where it is another than usual.

    Raises:
        NijigenError: it is none.
    """
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise NijigenError(f"--cors {origin}: use a scheme and a host, like https://example.com")
    return origin.rstrip("/").lower()


def secret_of(token: str | None) -> SecretStr | None:
    """A token as a person gives it; an empty one is none.

    Raises:
        NijigenError: it cannot be sent in a header, or is soon guessed.
    """
    if not token:
        return None
    if not token.isascii() or not token.isprintable() or " " in token or len(token) < SHORTEST_TOKEN:
        raise NijigenError(
            f"--token: use {SHORTEST_TOKEN} or more letters, digits and signs without spaces; without one, one is made"
        )
    return SecretStr(token)
