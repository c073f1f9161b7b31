"""Fixtures of kept avatars: a few drawn files, and collections in a folder of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed: the extra [serve]")

from nijigen.collections import Collections
from nijigen.illustrator import compose
from nijigen.illustrator.drawing import to_avatar


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """``drawn(seed, hair_color="pink")``: an avatar's PNG of 16 px."""

    def draw(seed: int = 1, size: int = 16, channels: int = 3, **words: str) -> bytes:
        character = compose(seed, words)
        return to_avatar(character, character.render(size, channels)).png()

    return draw


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a database that is not there yet."""
    return f"sqlite:///{tmp_path / 'kept.db'}"


@pytest.fixture
def collections(url: str) -> Iterator[Collections]:
    """Empty collections."""
    with Collections(url) as opened:
        yield opened
