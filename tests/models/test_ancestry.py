"""The line of ancestors in a card, which may be a stranger's."""

import pytest

from nijigen.models.ancestry import ancestors_of, line_of


def test_a_line_is_read_from_whatever_names_ancestors() -> None:
    card = {"packed_from": "b", "ancestors": ["c", "d"], "origin": {"digest": "c", "ancestors": ["e"]}}
    assert line_of(card, "a") == ["a", "b", "c", "d", "e"]
    assert ancestors_of(card, "a") == {"ancestors": ["b", "c", "d", "e"]}
    assert line_of({}, "a") == ["a"]
    assert ancestors_of({}, "a") == {}


@pytest.mark.parametrize(
    "card", [{"origin": "c"}, {"origin": None, "ancestors": 3}, {"ancestors": [{}, 4, None]}, {"packed_from": ["b"]}]
)
def test_a_card_of_other_contents_names_nobody(card: dict[str, object]) -> None:
    assert line_of(card, "a") == ["a"]
