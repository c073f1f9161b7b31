"""Undo, redo, and changes that go on."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nijigen.serve.studio.history import MOST, History, Moment, Tweaks
from nijigen.serve.studio.refining import Changes, tweaks_of


def moment(name: str, **more: Any) -> Moment:
    return Moment({"id": name}, **more)


def shown(history: History) -> str:
    assert history.now is not None
    return str(history.now.item["id"])


def test_nothing_to_undo_before_there_is_anything() -> None:
    empty = History()
    assert empty.now is None
    assert not empty.can_undo
    assert not empty.can_redo
    assert empty.undone() == empty.redone() == empty.restarted() == empty


def test_what_was_undone_comes_back_until_something_new_is_done() -> None:
    history = History().then(moment("a")).then(moment("b")).then(moment("c"))
    back = history.undone().undone()
    assert shown(back) == "a"
    assert not back.can_undo
    assert shown(back.redone()) == "b"
    assert back.redone().redone() == history
    other = back.redone().then(moment("d"))
    assert [one.item["id"] for one in other.moments] == ["a", "b", "d"]
    assert not other.can_redo
    assert other.before is not None
    assert other.before.item["id"] == "b"


def test_back_to_the_start_can_be_undone() -> None:
    history = History().then(moment("a")).then(moment("b"))
    again = history.restarted()
    assert shown(again) == "a"
    assert shown(again.undone()) == "b"
    assert History().then(moment("a")).restarted() == History().then(moment("a"))


def test_a_slider_pulled_again_is_one_change() -> None:
    base = {"id": "a"}
    start = History().then(moment("a"))
    pulled = start
    for number in range(5):
        pulled = pulled.tweaked(moment(f"p{number}", base=base, tweaks=Tweaks(moves={"s": number + 1}), pulled="s"))
    assert shown(pulled) == "p4"
    assert shown(pulled.undone()) == "a"
    other = pulled.tweaked(moment("q", base=base, tweaks=Tweaks(moves={"s": 5, "t": 1}), pulled="t"))
    assert shown(other.undone()) == "p4"
    words = other.tweaked(moment("w", base=base, tweaks=Tweaks({"hair_color": "pink"}))).tweaked(
        moment("x", base=base, tweaks=Tweaks({"hair_color": "blue"}))
    )
    assert shown(words.undone()) == "w"  # words are changes of their own


@given(st.lists(st.sampled_from(["then", "undone", "redone", "restarted"]), max_size=300))
def test_whatever_is_done_there_is_one_now_and_the_first_is_kept(actions: list[str]) -> None:
    history = History().then(moment("first"))
    for number, action in enumerate(actions):
        history = history.then(moment(str(number))) if action == "then" else getattr(history, action)()
        assert 0 <= history.at < len(history.moments) <= MOST
        assert history.moments[0].item["id"] == "first"
        assert history.can_undo == (history.at > 0)


def test_what_is_changed_of_an_avatar() -> None:
    now = moment("a")
    attributes = {"hair_color": "red", "tilt": 2.0}
    tweaks, pulled = tweaks_of(now, attributes, Changes({"hair_color": "red", "tilt": 2.0}))
    assert not tweaks
    assert pulled == ""
    tweaks, pulled = tweaks_of(now, attributes, Changes({"hair_color": "pink", "tilt": 2.0}))
    assert (tweaks.words, pulled) == ({"hair_color": "pink"}, "")
    tweaks, pulled = tweaks_of(now, attributes, Changes({"hair_color": "red", "tilt": 5.0}))
    assert (tweaks.words, pulled) == ({"tilt": 5.0}, "tilt")


def test_words_stay_while_a_direction_is_pulled_and_a_slider_in_the_middle_is_none() -> None:
    now = moment("b", base={"id": "a"}, tweaks=Tweaks({"hair_color": "pink"}, {"smile": 1.0}))
    tweaks, pulled = tweaks_of(now, {"hair_color": "pink"}, Changes({"hair_color": "pink"}, {"smile": 2.0, "age": 0.0}))
    assert tweaks == Tweaks({"hair_color": "pink"}, {"smile": 2.0})
    assert pulled == "smile"
    tweaks, _ = tweaks_of(now, {"hair_color": "pink"}, Changes({}, {"smile": 0.0}))
    assert tweaks.moves == {}
