"""Kept avatars are found by words of three languages, by numbers, by notes and by what made them."""

from collections.abc import Callable

import pytest
from PIL import Image

from nijigen.collections import Collections
from nijigen.errors import NijigenError
from nijigen.images.png import encode_png

Draw = Callable[..., bytes]


@pytest.fixture
def full(collections: Collections, drawn: Draw) -> Collections:
    """Five avatars: two pink ones, a silver one, one of a model, one with words of a schema of its own."""
    collections.add(drawn(1, hair_color="pink", expression="smile"), note="For the FORUM, 50% done")
    collections.add(drawn(2, hair_color="pink", expression="sad"), "heroes", "für Straße_9")
    collections.add(drawn(3, hair_color="silver", expression="smile"), note="二次元")
    certificate = {"format_version": 1, "kind": "model", "model": "faces", "digest": "abcdef" + "0" * 58, "seed": 4}
    words = {"hair_color": "blue", "tilt": 5.0}
    collections.add(encode_png(Image.new("RGB", (4, 4)), {**certificate, "attributes": words}))
    words = {"mood": "Stormy Night", "hair_color": "plaid"}
    collections.add(encode_png(Image.new("RGB", (4, 4)), {"format_version": 1, "kind": "other", "attributes": words}))
    return collections


@pytest.mark.parametrize(
    ("attributes", "seeds"),
    [
        ({"hair_color": "pink"}, [2, 1]),
        ({"hair colour": "rose"}, [2, 1]),
        ({"发色": "粉色"}, [2, 1]),
        ({"髪色": "ピンク"}, [2, 1]),
        ({"发色": "粉色", "表情": "微笑"}, [1]),
        ({"hair_color": "gray"}, []),  # a colour of its own, although silver is called gray as well
        ({"hair_color": "银"}, [3]),
        ({"tilt": "4..6"}, [4]),
        ({"tilt": "4.5..4.9"}, []),
        ({"mood": "stormy night"}, [None]),
        ({"mood": "stormy night", "hair_color": "plaid"}, [None]),
    ],
)
def test_by_words(full: Collections, attributes: dict[str, str], seeds: list[int | None]) -> None:
    found = full.find(attributes=attributes)
    if "tilt" in attributes:
        found = [kept for kept in found if kept.model]  # drawings have tilts of their own
    assert [kept.seed for kept in found] == seeds


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"hiar": "pink"}, "no attribute 'hiar' (did you mean hair?)" ),
        ({"hair_color": "pnk"}, "hair_color has no value 'pnk' (did you mean pink?)"),
        ({"mood": "calm"}, "mood has no value 'calm'"),
        ({"tilt": "low..high"}, "tilt=low..high: give two numbers, like tilt=3..8"),
    ],
)  # fmt: skip
def test_wrong_words(full: Collections, attributes: dict[str, str], words: str) -> None:
    for call in (full.find, full.count):
        with pytest.raises(NijigenError) as caught:
            call(attributes=attributes)
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("forum", [1]), ("50%", [1]), ("%", [1]), ("STRASSE_9", [2]), ("二次", [3]), ("nothing", []),
        ("' OR 1=1", []), ("for  the", [1]), ("_", [2]),
    ],
)  # fmt: skip
def test_by_notes(full: Collections, text: str, seeds: list[int]) -> None:
    assert [kept.seed for kept in full.find(text=text)] == seeds
    assert full.count(text=text) == len(seeds)


@pytest.mark.parametrize(
    ("model", "seeds"),
    [("faces", [4]), ("abcdef00", [4]), ("ABCDEF00", [4]), ("abcde", []), ("illustrator", [3, 2, 1]), ("face", [])],
)
def test_by_model(full: Collections, model: str, seeds: list[int]) -> None:
    assert [kept.seed for kept in full.find(model=model)] == seeds
    assert full.count(model=model) == len(seeds)


def test_pages_show_the_newest_first(full: Collections) -> None:
    everything = [kept.ident for kept in full.find()]
    assert len(everything) == full.count() == 5
    pages = [full.find(limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [kept.ident for page in pages for kept in page] == everything
    assert full.count("favourites") == 4
    assert [kept.seed for kept in full.find("heroes", {"hair": "pink"})] == [2]
    assert full.find("nobody") == []


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (1_001, 0), (1, -1), (1, 2**31)])
def test_pages_that_cannot_be(full: Collections, limit: int, offset: int) -> None:
    with pytest.raises(NijigenError, match="a page of"):
        full.find(limit=limit, offset=offset)


def test_what_can_be_chosen(full: Collections) -> None:
    assert full.choices()["hair_color"] == {"blue": 1, "pink": 2, "plaid": 1, "silver": 1}
    assert full.choices("heroes")["hair_color"] == {"pink": 1}
    assert "tilt" not in full.choices()
    full.remove(full.find("heroes")[0].ident)
    assert full.choices()["hair_color"] == {"blue": 1, "pink": 1, "plaid": 1, "silver": 1}
