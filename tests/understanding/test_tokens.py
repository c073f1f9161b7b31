"""Pieces of text: what looks different and is the same, and what language a text is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.understanding.tokens import language_of, tokenise


def pieces(text: str) -> list[str]:
    return [token.text for token in tokenise(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Long, PINK hair", ["long", ",", "pink", "hair"]),
        ("pink-haired cat_girl", ["pink", "haired", "cat", "girl"]),
        ("she doesn't", ["she", "doesnt"]),
        ("Ｔシャツ", ["t", "し", "ゃ", "つ"]),
        ("頭髮", ["头", "发"]),
        ("girl w/ a hat, w/o glasses", ["girl", "with", "a", "hat", ",", "without", "glasses"]),
        ("hi :)", ["hi", "🙂"]),
        ("👩‍🦰", ["👩", "🦰"]),
        ("\x00\u200b\ufeff\ud800", []),
    ],
)
def test_pieces(text: str, parts: list[str]) -> None:
    assert pieces(text) == parts


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("pink hair", "en"),
        ("", "en"),
        ("粉色头发", "zh"),
        ("猫耳の女孩", "zh"),
        ("星柄の着物", "ja"),
        ("ピンク", "ja"),
        ("黒髪", "ja"),
        ("眼鏡", "zh"),
        ("pink hair 的女孩", "zh"),
        ("pink hairの女の子", "ja"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(tokenise(text)) == language


@given(st.text())
def test_any_text_has_pieces(text: str) -> None:
    for token in tokenise(text):
        assert token.text
        assert token.shown.isprintable()
