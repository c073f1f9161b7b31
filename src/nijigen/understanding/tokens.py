"""Text in pieces that can be compared: words of letters, single characters of Chinese and Japanese, signs, marks.

Width, case, kana, apostrophes and the spellings in ``[same]`` of the data make no difference: 髮, 髪 and 发 are one
character, "Grey" and "gray" one word, メガネ and めがね one word.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple

from nijigen.understanding.tables import tables

Kind = Literal["word", "han", "hiragana", "katakana", "sign", "mark"]

HIRAGANA, KATAKANA = "\u3041-\u3096\u309d\u309e", "\u30a1-\u30fa\u30fc-\u30fe\u31f0-\u31ff"
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LETTERS = f"[^\\W_{HIRAGANA}{KATAKANA}{HAN}]"
PIECES = re.compile(
    f"(?P<word>{LETTERS}+(?:['’]{LETTERS}+)*)|(?P<han>[{HAN}])|(?P<hiragana>[{HIRAGANA}])|(?P<katakana>[{KATAKANA}])"
    r"|(?P<line>[\r\n\v\f\u2028\u2029])|(?P<space>\s)|(?P<other>.)",
    re.DOTALL,
)
SHORT_FORMS = re.compile(r"\bw/(o\b)?", re.IGNORECASE)
MARKS = {",": "comma", "、": "list", ".": "stop", "。": "stop", "!": "stop", "?": "stop", ";": "stop", "\n": "stop"}
MARKS |= {":": "is", "=": "is", "&": "and", "+": "and", "・": "and", "/": "comma", "|": "comma", "·": "comma"}
MARKS |= dict.fromkeys('()[]{}<>"“”「」『』《》【】〈〉〔〕*•—–', "comma")
SIGNS = {"So", "Sk"}  # emoji, and the colours of their skin
KANA_OFFSET = ord("ァ") - ord("ぁ")


class Token(NamedTuple):
    """A piece of text: as it is compared, as it was written, what it is, and whether a space stands before it."""

    text: str
    shown: str
    kind: Kind
    gap: bool

    @property
    def eastern(self) -> bool:
        """Whether it is a character of Chinese or Japanese, which are written without spaces."""
        return self.kind in ("han", "hiragana", "katakana")


def tokenise(text: str) -> list[Token]:
    """The pieces of any text; control characters and what no font shows are left out."""
    written = _faces().sub(lambda found: f" {_face_signs()[found[1]]} ", unicodedata.normalize("NFKC", text))
    written = SHORT_FORMS.sub(lambda found: "without " if found[1] else "with ", written)
    tokens: list[Token] = []
    gap = False
    for piece in PIECES.finditer(written):
        kind, shown = piece.lastgroup, piece[0]
        if kind == "space" or shown in "-_‐‑":
            gap = True
            continue
        if kind == "line":
            tokens.append(Token("\n", " ", "mark", gap))
        elif not shown.isprintable():
            continue
        elif kind == "word":
            tokens.append(Token(_spelling(shown), shown, "word", gap))
        elif kind in ("han", "hiragana", "katakana"):
            tokens.append(Token(_character(shown), shown, kind, gap))  # type: ignore[arg-type]  # one of the three
        elif shown in MARKS:
            tokens.append(Token(shown, shown, "mark", gap))
        elif unicodedata.category(shown) in SIGNS:
            tokens.append(Token(shown, shown, "sign", gap))
        else:
            continue
        gap = False
    return tokens


def language_of(tokens: list[Token]) -> str:
    """``ja`` where there are kana or characters of Japan alone, else ``zh`` where there are characters, else ``en``."""
    if any(token.kind in ("hiragana", "katakana") and token.shown not in "のー" for token in tokens):
        return "ja"
    if has_characters(tokens, "japanese"):
        return "ja"
    if not any(token.kind == "han" for token in tokens):
        return "en"
    return "ja" if any(token.shown == "の" for token in tokens) and not has_characters(tokens, "chinese") else "zh"


def has_characters(tokens: list[Token], country: str) -> bool:
    """Whether there are characters that only Japanese, or only Chinese, is written with."""
    only = tables()[country]["characters"]
    return any(token.shown in only for token in tokens if token.kind == "han")


def _spelling(word: str) -> str:
    plain = word.replace("'", "").replace("’", "").casefold()
    return _same_words().get(plain, plain)


def _character(character: str) -> str:
    if "ァ" <= character <= "ヶ":
        return chr(ord(character) - KANA_OFFSET)
    return _same_characters().get(character, character)


@cache
def _face_signs() -> Mapping[str, str]:
    return {face: sign for sign, faces in tables()["same"]["faces"].items() for face in faces}


@cache
def _faces() -> re.Pattern[str]:
    """Faces of letters, which stand by themselves: ":3" is one, "a ratio of 1:3" has none."""
    faces = "|".join(re.escape(face) for face in sorted(_face_signs(), key=len, reverse=True))
    return re.compile(f"(?<![\\w.:;=])({faces})(?!\\w)")


@cache
def _same_words() -> Mapping[str, str]:
    return {other: word for word, others in tables()["same"]["words"].items() for other in others}


@cache
def _same_characters() -> Mapping[str, str]:
    return {other: group[0] for group in tables()["same"]["characters"] for other in group[1:]}
