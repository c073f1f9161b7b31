"""A text as a row of items: known words, small words, marks, and the words that are not known."""

from dataclasses import dataclass, field

from nijigen.understanding.tokens import MARKS, Token
from nijigen.understanding.words import Tree, Word

PARTICLES = frozenset({"is", "too", "of", "and", "te", "or", "skip"})
AFTER_PARTICLES = frozenset("はもの")
SHORT = 2  # pieces; shorter words of kana are not looked for inside a word that is not known
REACH = 14  # items that are looked at around one: time must not grow with the square of the length
BREAKS = frozenset({"comma", "list", "space", "stop"})


@dataclass
class Item:
    """A stretch of the text, and what was found out about it.

    Attributes:
        word: what it can be; None where it is not known.
        start: its first token; ``end`` comes after its last.
        things: the places and names of the things it is said of.
        described: whether something is said of it in front of it.
        linked: whether the thing "is" it (hair is pink), rather than being called so (pink hair).
        swallowed: whether it only describes a thing that it cannot be said of, as the red of a red dress.
        shades: whether it is a part of the colour after it.
        negated: whether the text says that it is not so.
    """

    word: Word | None
    tokens: list[Token]
    start: int
    end: int
    things: list[tuple[int, str]] = field(default_factory=list)
    linked: bool = False
    described: bool = False
    swallowed: bool = False
    shades: bool = False
    negated: bool = False

    @property
    def text(self) -> str:
        """What was written."""
        parts = [(" " if token.gap else "") + token.shown for token in self.tokens[self.start : self.end]]
        return "".join(parts).strip()

    @property
    def eastern(self) -> bool:
        """Whether it is written in characters or kana."""
        return self.tokens[self.start].eastern

    def has(self, *roles: str) -> bool:
        """Whether it is nothing but a small word of one of these roles."""
        return self.word is not None and self.word.small and not self.word.roles.isdisjoint(roles)

    @property
    def said(self) -> bool:
        """Whether it is a word that is said of things."""
        return self.word is not None and bool(self.word.of)

    @property
    def says(self) -> bool:
        """Whether it says an attribute by itself."""
        return self.word is not None and bool(self.word.says)

    @property
    def names(self) -> str | None:
        """The thing that it is for other words."""
        return None if self.word is None else self.word.names

    @property
    def content(self) -> bool:
        """Whether it is more than a small word or a mark."""
        return self.word is None or bool(self.word.of or self.word.thing or (self.word.says and not self.word.roles))


def read(tokens: list[Token], tree: Tree, dictionaries: tuple[str, ...]) -> list[Item]:
    """The items of a text; at every place the longest phrase counts. Time grows with the length alone."""
    items: list[Item] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        last = items[-1] if items else None
        if token.gap and token.eastern and place and tokens[place - 1].eastern:
            items.append(Item(Word(roles=frozenset({"space"})), tokens, place, place))
            last = None
        if token.kind == "mark":
            items.append(Item(Word(roles=frozenset({MARKS[token.text]})), tokens, place, place + 1))
            place += 1
            continue
        for end, word in tree.matches(tokens, place, dictionaries):
            if _fits(word, tokens[place:end], last):
                end = _repeated(tokens, place, end)
                items.append(Item(word, tokens, place, end))
                break
        else:
            end = place + 1
            if last is not None and last.word is None and token.eastern and last.eastern:
                last.end = end
            else:
                items.append(Item(None, tokens, place, end))
        place = end
    return items


def _repeated(tokens: list[Token], start: int, end: int) -> int:
    """大大的 is 大的: a character that is doubled says nothing new."""
    while end - start == 1 and tokens[start].kind == "han" and end < len(tokens) and tokens[end] == tokens[start]:
        end, start = end + 1, start + 1
    return end


def _fits(word: Word, pieces: list[Token], last: Item | None) -> bool:
    """Whether a match is a word here, and not a part of a longer one that is not known."""
    first = pieces[0]
    if not first.eastern:
        return True
    before = None if last is None or first.gap or last.has(*BREAKS) else last
    if word.small:
        kinds = {piece.kind for piece in pieces}
        if kinds >= {"hiragana", "katakana"} or ("katakana" in kinds and len(pieces) <= SHORT):
            return False  # small words of a piece or two are hiragana, and none goes from one kana to the other
        if len(pieces) == 1 and first.kind != "han":
            if before is None:
                return False
            if before.has(*PARTICLES) and before.end - before.start == 1 and first.text not in AFTER_PARTICLES:
                return False
        elif word.roles == {"ending"} and before is None:
            return False
        unknown_kana = before is not None and before.word is None and before.tokens[before.end - 1].kind == "hiragana"
        return not (unknown_kana and all(piece.kind == "hiragana" for piece in pieces))
    if before is None or before.word is not None:
        return True
    kind = before.tokens[before.end - 1].kind
    if kind == first.kind and kind != "han":
        return len(pieces) > SHORT
    lonely = kind == "han" and len(pieces) == 1 and first.kind == "han"
    ends_words = word.names in ("person", "hair") or any(meaning.attribute == "outfit" for meaning in word.says)
    return not lonely or bool(word.of) or ends_words  # 理工男, 哥特裙
