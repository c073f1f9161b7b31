"""Pictures by names nobody can guess, not more of them than there is room for."""

import numpy as np
import pytest

from nijigen.avatar import Avatar
from nijigen.serve.studio.shelf import GoneError, Shelf, Shown, file_name


def picture(size: int = 100) -> Shown:
    return Shown(bytes(size), "image/png", "a.png")


def test_names_cannot_be_guessed_and_are_never_the_same() -> None:
    shelf = Shelf()
    names = {shelf.put(picture()) for _ in range(50)}
    assert len(names) == 50
    assert min(map(len, names)) >= 22  # 128 bits in base64
    for name in names:
        assert shelf.get(name) == picture()
    for wrong in ("", "..", "a" * 22, "../../etc/passwd"):
        with pytest.raises(GoneError):
            shelf.get(wrong)


def test_the_one_that_was_asked_for_longest_ago_goes_first() -> None:
    shelf = Shelf(most_bytes=350)
    first, second, third = (shelf.put(picture()) for _ in range(3))
    shelf.mark(second)
    shelf.get(first)
    fourth = shelf.put(picture())
    with pytest.raises(GoneError):
        shelf.get(second)
    assert not shelf.marked(second)  # nothing is remembered of what is gone
    assert all(shelf.get(name) for name in (first, third, fourth))
    huge = shelf.put(picture(1_000))
    assert shelf.get(huge)
    assert len(shelf) == 1


def test_files_of_a_byte_are_bounded_too() -> None:
    shelf = Shelf(most=2)
    first, second, third = (shelf.put(picture(1)) for _ in range(3))
    assert len(shelf) == 2
    assert shelf.get(second)
    assert shelf.get(third)
    with pytest.raises(GoneError):
        shelf.get(first)


def test_what_is_dropped_is_gone_and_makes_room() -> None:
    shelf = Shelf(most_bytes=200)
    first, second = shelf.put(picture()), shelf.put(picture())
    shelf.drop(first)
    shelf.drop(first)
    shelf.drop("never here")
    with pytest.raises(GoneError):
        shelf.get(first)
    third = shelf.put(picture())
    assert shelf.get(second)
    assert shelf.get(third)


def test_only_what_is_here_can_be_a_favourite() -> None:
    shelf = Shelf()
    shelf.mark("never here")
    assert not shelf.marked("never here")


def test_an_avatar_is_shown_as_its_file_with_its_certificate() -> None:
    avatar = Avatar(np.zeros((8, 8, 4), np.uint8), {"kind": "model", "model": "chi bi/…", "seed": 7})
    shelf = Shelf()
    shown = shelf.get(shelf.put_avatar(avatar))
    assert shown.data == avatar.png()
    assert shown.certificate == avatar.certificate
    assert (shown.name, shown.media_type) == ("chi-bi---7.png", "image/png")
    kept = shelf.get(shelf.put_avatar(avatar, avatar.webp()))
    assert (kept.data, kept.name, kept.media_type) == (avatar.webp(), "chi-bi---7.webp", "image/webp")
    edited = Avatar(avatar.pixels, {**avatar.certificate, "edits": [{}]})
    assert file_name(edited, "image/webp") == "chi-bi---7-edited.webp"
