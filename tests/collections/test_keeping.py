"""Kept avatars come back byte for byte, once, and go when they are removed."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nijigen.collections import Collections
from nijigen.errors import NijigenError

Draw = Callable[..., bytes]


def files(tmp_path: Path) -> list[Path]:
    """The pictures on the disk, whole or not."""
    return [path for path in (tmp_path / "kept.pictures").rglob("*") if path.is_file() and path.name != ".lock"]


def test_a_file_is_kept_byte_for_byte(collections: Collections, drawn: Draw, tmp_path: Path) -> None:
    file = drawn(7, hair_color="pink")
    before = datetime.now(UTC)
    kept = collections.add(file, "heroes", "first\r\nof many ")
    assert collections.file(kept) == file
    digest = hashlib.sha256(file).hexdigest()
    assert files(tmp_path) == [tmp_path / "kept.pictures" / digest[:2] / f"{digest[2:]}.png"]
    assert (kept.digest, kept.collection, kept.note, kept.seed) == (digest, "heroes", "first\nof many", 7)
    assert (kept.model, kept.media_type, kept.width, kept.height) == (None, "image/png", 16, 16)
    assert kept.bytes == len(file)
    assert kept.attributes["hair_color"] == "pink"
    assert kept.certificate["kind"] == "illustration"
    assert before - timedelta(seconds=1) <= kept.added <= datetime.now(UTC)
    assert not kept.missing


def test_webp_is_kept_as_webp(collections: Collections) -> None:
    from nijigen.illustrator import compose
    from nijigen.illustrator.drawing import to_avatar

    character = compose(3)
    file = to_avatar(character, character.render(16)).webp()
    kept = collections.add(file)
    assert kept.media_type == "image/webp"
    assert collections.file(kept) == file


def test_it_survives_a_restart(url: str, drawn: Draw) -> None:
    with Collections(url) as first:
        ident = first.add(drawn(), note="a").ident
    with Collections(url) as second:
        assert second.get(ident).note == "a"
        assert second.file(second.get(ident)) == drawn()


def test_twice_is_once_and_the_note_is_replaced(collections: Collections, drawn: Draw) -> None:
    first = collections.add(drawn(), note="one")
    assert collections.add(drawn()) == first
    again = collections.add(drawn(), note="two")
    assert (again.ident, again.note, again.added) == (first.ident, "two", first.added)
    assert collections.count() == 1


def test_one_file_in_two_collections(collections: Collections, drawn: Draw, tmp_path: Path) -> None:
    one, two = collections.add(drawn(), "one"), collections.add(drawn(), "two")
    assert one.ident != two.ident
    assert collections.names() == [("one", 1), ("two", 1)]
    assert len(files(tmp_path)) == 1
    collections.remove(one.ident)
    assert collections.file(two) == drawn()
    collections.remove(two.ident)
    assert files(tmp_path) == []
    assert collections.names() == []


def test_what_was_removed_can_be_added_again(collections: Collections, drawn: Draw) -> None:
    kept = collections.add(drawn())
    collections.remove(kept.ident)
    assert collections.add(drawn()).ident == kept.ident


def test_what_is_not_there(collections: Collections) -> None:
    for call in (collections.get, collections.remove, lambda ident: collections.annotate(ident, "x")):
        with pytest.raises(NijigenError, match="nothing is kept under '0123456789abcdef'"):
            call("0123456789abcdef")


def test_notes_change(collections: Collections, drawn: Draw) -> None:
    ident = collections.add(drawn()).ident
    assert collections.annotate(ident, "for the Forum").note == "for the Forum"
    assert collections.count(text="FORUM") == 1
    collections.annotate(ident, "")
    assert collections.count(text="forum") == 0


def test_a_missing_file_is_told_and_put_back(collections: Collections, drawn: Draw, tmp_path: Path) -> None:
    kept = collections.add(drawn())
    (file,) = files(tmp_path)
    file.unlink()
    assert collections.get(kept.ident).missing
    assert [row.missing for row in collections.find()] == [True]
    with pytest.raises(NijigenError, match=r"\.png is missing: add the picture again"):
        collections.file(kept)
    assert not collections.add(drawn()).missing
    assert collections.file(kept) == drawn()


def test_a_damaged_file_is_told_and_mended(collections: Collections, drawn: Draw, tmp_path: Path) -> None:
    kept = collections.add(drawn())
    (file,) = files(tmp_path)
    file.write_bytes(bytes(len(drawn())))
    with pytest.raises(NijigenError, match="is damaged"):
        collections.file(kept)
    collections.add(drawn())
    assert collections.file(kept) == drawn()


def test_a_lost_database_loses_no_picture(url: str, drawn: Draw, tmp_path: Path) -> None:
    """What no row knows is left alone unless it was announced: a lost database must not take the pictures with it."""
    with Collections(url) as collections:
        collections.add(drawn())
    for path in tmp_path.glob("kept.db*"):
        path.unlink()
    with Collections(url) as collections:
        assert collections.count() == 0
        assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("name", ["", "   ", "a" * 81, "a\nb", "a\0b"])
def test_names_that_cannot_be(collections: Collections, drawn: Draw, name: str) -> None:
    with pytest.raises(NijigenError, match="a collection's name has 1 to 80 characters"):
        collections.add(drawn(), name)


@pytest.mark.parametrize("note", ["a" * 2_001, "a\0b", "a\x1b[31m"])
def test_notes_that_cannot_be(collections: Collections, drawn: Draw, note: str, tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match="a note has at most 2,000 characters"):
        collections.add(drawn(), note=note)
    assert files(tmp_path) == []


def test_one_spelling_of_a_name(collections: Collections, drawn: Draw) -> None:
    collections.add(drawn(), "cafe\u0301 ")
    assert collections.count("caf\u00e9") == 1


def test_many_threads_share_it(collections: Collections, drawn: Draw, tmp_path: Path) -> None:
    mistakes: list[BaseException] = []
    pictures = [drawn(seed) for seed in range(6)]

    def work(number: int) -> None:
        try:
            for file in pictures:
                kept = collections.add(file, f"of {number % 2}")
                collections.find()
                if number == 3:
                    collections.remove(collections.add(file, "for a moment").ident)
                assert collections.file(kept) == file
        except BaseException as error:
            mistakes.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mistakes == []
    assert collections.names() == [("of 0", 6), ("of 1", 6)]
    assert len(files(tmp_path)) == 6
