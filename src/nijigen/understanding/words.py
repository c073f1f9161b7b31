"""What a word can mean, and the table of all words as a tree of their pieces."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from nijigen.understanding.tokens import Token

# What the words of an attribute are said of, where they name a thing: "pink twintails" are pink hair.
THINGS = {"hair_style": "hair", "hair_color": "hair", "eye_color": "eyes", "skin_tone": "skin", "gender": "person"}
TYPED, NEAR = 5, 0.82  # letters of a word that may be mistyped, and how near it has to be
COLOURS = frozenset({"hair_color", "eye_color"})
THINGS |= dict.fromkeys(("accessory", "outfit", "background"), "other")


@dataclass(frozen=True)
class Meaning:
    """A value of an attribute.

    Attributes:
        attribute: its canonical name.
        values: canonical values; the first that a model has counts, or any of them where ``either``.
        weak: it counts only where nothing else says the attribute.
    """

    attribute: str
    values: tuple[str, ...]
    weak: bool = False
    either: bool = False


@dataclass(frozen=True)
class Word:
    """All that a word or phrase can be.

    Attributes:
        says: what it means by itself.
        of: what it means when it is said of a thing: hair, eyes, skin ...
        alone: what it means when it stands alone between commas.
        anywhere: what it means wherever no other thing takes it.
        thing: the thing that it names; ``other`` for those nijigen does not draw.
        roles: the small words it is one of: ``not``, ``and``, ``is``, ``skip`` ...
    """

    says: tuple[Meaning, ...] = ()
    of: Mapping[str, tuple[Meaning, ...]] = field(default_factory=dict)
    alone: tuple[Meaning, ...] = ()
    anywhere: tuple[Meaning, ...] = ()
    thing: str | None = None
    roles: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> str | None:
        """The thing it is for other words: its own, or that of what it says."""
        if self.thing is not None or self.roles:
            return self.thing
        things = [THINGS[meaning.attribute] for meaning in self.says if meaning.attribute in THINGS]
        return "person" if "person" in things else things[0] if things else None

    @cached_property
    def small(self) -> bool:
        """Whether it is nothing but a small word."""
        return bool(self.roles) and not (self.of or self.thing)


class Node:
    """A place in the tree: the words that end here, by language, and where the next piece leads."""

    __slots__ = ("next", "words")

    def __init__(self) -> None:
        self.next: dict[str, Node] = {}
        self.words: dict[str, Word] = {}


def _tells(node: Node) -> bool:
    return any(word.says or word.of or word.names not in (None, "other") for word in node.words.values())


class Tree:
    """Words and phrases by their pieces. Articles and possessives within an English phrase are stepped over."""

    def __init__(self, articles: frozenset[str]) -> None:
        self.root = Node()
        self.articles = articles

    def node(self, pieces: tuple[str, ...]) -> Node:
        """The place of a phrase, made where it is new."""
        node = self.root
        for piece in pieces:
            node = node.next.setdefault(piece, Node())
        return node

    def has(self, pieces: tuple[str, ...]) -> bool:
        """Whether some language has the phrase."""
        node: Node | None = self.root
        for piece in pieces:
            node = node.next.get(piece) if node is not None else None
        return node is not None and bool(node.words)

    def nearest(self, word: str) -> str | None:
        """The known English word that a mistyped one is likely to be."""
        known = [
            piece for piece, node in self.root.next.items() if piece.isascii() and len(piece) >= TYPED and _tells(node)
        ]
        near = get_close_matches(word, known, n=1, cutoff=NEAR) if len(word) >= TYPED else []
        return near[0] if near else None

    def matches(self, tokens: list[Token], start: int, languages: tuple[str, ...]) -> Iterator[tuple[int, Word]]:
        """(end, word) of every phrase from ``start`` on, the longest first; of equal ones the first language's."""
        found: list[tuple[int, Word]] = []
        node, place = self.root, start
        while place < len(tokens):
            token = tokens[place]
            if place > start and token.gap and token.eastern and tokens[place - 1].eastern:
                break
            following = node.next.get(token.text)
            if following is None:
                if place == start or token.text not in self.articles:
                    break
                place += 1
                continue
            node, place = following, place + 1
            word = next((node.words[language] for language in languages if language in node.words), None)
            if word is not None:
                found.append((place, word))
        return reversed(found)
