"""The words of ``words.toml`` and of a schema, ready to be looked up."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from nijigen.schema import AttributeSchema
from nijigen.understanding.tables import tables
from nijigen.understanding.tokens import Token, has_characters, tokenise
from nijigen.understanding.words import COLOURS, Meaning, Node, Tree, Word
from nijigen.vocabulary import synonyms

ARTICLES = frozenset({"a", "an", "the", "her", "his", "its", "their", "my", "your", "any", "some"})
VOWELS = "aeiou"


def dictionaries(tokens: list[Token], language: str) -> tuple[str, ...]:
    """The languages to look a text's words up in, the nearest first. Signs and names of a schema are in all of them."""
    if language == "ja":
        return ("ja", "kana", "zh", "en", "sign", "any")
    chinese = ("zh", "en", "sign", "any", "kana")
    return (
        ("en", "sign", "any")
        if language == "en"
        else chinese
        if has_characters(tokens, "chinese")
        else (*chinese, "ja")
    )


@lru_cache(maxsize=8)
def lexicon(schema: AttributeSchema) -> Tree:
    """All words: those of the data, and what the data does not know of a schema's attributes and values."""
    tree = Tree(ARTICLES)
    derived: list[tuple[str, str, Word]] = []
    for language, phrase, word, inflected in _entries():
        pieces, signs = _pieces(phrase)
        _add(tree, language, pieces, word)
        if inflected and language == "en":
            derived += [(language, form, word) for form in _forms(pieces, signs)]
    _share_colours(tree.root)
    for language, form, word in derived:
        pieces = tuple(form.split())
        if not tree.has(pieces):
            _add(tree, language, pieces, word)
    _add_schema(tree, schema)
    return tree


def _share_colours(node: Node) -> None:
    """What is a colour of hair is one of eyes and of a fringe too, and the other way round."""
    coloured = [(language, word) for language, word in node.words.items() if word.of.keys() & {"hair", "eyes"}]
    for language, word in coloured:
        of = dict(word.of)
        for thing, other, attribute in (("eyes", "hair", "eye_color"), ("hair", "eyes", "hair_color")):
            meanings = word.of.get(other, ())
            equal = tables()["colours"][thing].get(meanings[0].values[0]) if meanings and thing not in word.of else None
            if equal is not None and meanings[0].attribute in COLOURS:
                of[thing] = (_meaning(attribute, equal),)
        if any(meaning.attribute == "hair_color" for meaning in of.get("hair", ())):
            of.setdefault("fringe", of["hair"])
        node.words[language] = replace(word, of=of)
    for below in node.next.values():
        _share_colours(below)


def _entries() -> Iterator[tuple[str, str, Word, bool]]:
    """(language, phrase, word, whether it is inflected) for every entry of the data."""
    data = tables()
    for attribute, values in data["says"].items():
        for value, languages in values.items():
            meaning = _meaning(attribute, value)
            for language, phrase in _each(languages):
                yield language, phrase, Word(says=(replace(meaning, weak="?" in phrase[-1]),)), True
    for several, languages in data["several"].items():
        says = tuple(_meaning(*part.strip().split("=")) for part in several.split(","))
        for language, phrase in _each(languages):
            yield language, phrase, Word(says=says), True
    for thing, attributes in data["of"].items():
        for attribute, values in attributes.items():
            for value, languages in values.items():
                one = (_meaning(attribute, value),)
                for language, phrase in _each(languages):
                    alone, anywhere = one if phrase.endswith("!") else (), one if phrase.endswith("*") else ()
                    yield language, phrase, Word(of={thing: one}, alone=alone, anywhere=anywhere), False
    for thing, languages in {**data["things"], "other": data["other"]}.items():
        for language, phrase in _each(languages):
            yield language, phrase, Word(thing=thing), True
    for role, languages in data["roles"].items():
        for language, phrase in _each(languages):
            yield language, phrase, Word(roles=frozenset({role})), False


def _each(languages: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for language, phrases in languages.items():
        for phrase in phrases:
            yield language, phrase


def _meaning(attribute: str, value: str) -> Meaning:
    if " & " in value:
        return Meaning(attribute, tuple(value.split(" & ")), either=True)
    return Meaning(attribute, tuple(value.split("|")))


def _pieces(phrase: str) -> tuple[tuple[str, ...], str]:
    plain = phrase.rstrip("?!*+")
    pieces = tuple(token.text for token in tokenise(plain))
    if len(pieces) > 1:
        pieces = pieces[:1] + tuple(piece for piece in pieces[1:] if piece not in ARTICLES)
    return pieces, phrase[len(plain) :]


def _add(tree: Tree, language: str, pieces: tuple[str, ...], word: Word) -> None:
    words = tree.node(pieces).words
    if language == "ja" and any("ぁ" <= character <= "ゖ" for piece in pieces for character in piece):
        language = "kana"  # it cannot be meant in a Chinese text unless it stands there
    words[language] = _merge(words[language], word) if language in words else word


def _merge(first: Word, second: Word) -> Word:
    of = dict(first.of)
    for thing, meanings in second.of.items():
        of[thing] = tuple(dict.fromkeys((*of.get(thing, ()), *meanings)))
    return Word(
        says=tuple(dict.fromkeys((*first.says, *second.says))),
        of=of,
        alone=first.alone or second.alone,
        anywhere=first.anywhere or second.anywhere,
        thing=first.thing or second.thing,
        roles=first.roles | second.roles,
    )


def _forms(pieces: tuple[str, ...], signs: str) -> Iterator[str]:
    """Other forms of an English word or phrase: plural, verb forms, and a phrase of two written as one word."""
    if not pieces or not pieces[-1].isascii():
        return
    *before, last = pieces
    start = " ".join([*before, ""])
    yield start + _with_s(last)
    if "+" in signs:
        stem = last + last[-1] if "++" in signs else last
        yield from (start + _with_s(last), start + _ending(stem, "ing"), start + _ending(stem, "ed"))
    if len(pieces) == 2:
        yield "".join(pieces)
        yield pieces[0] + _with_s(last)


def _with_s(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _ending(word: str, ending: str) -> str:
    if word.endswith("e"):
        word = word[:-1]
    elif word.endswith("y") and word[-2:-1] not in VOWELS and ending == "ed":
        word = word[:-1] + "i"
    return word + ending


def _add_schema(tree: Tree, schema: AttributeSchema) -> None:
    """The words of a schema that the data does not have: of values, and the names of attributes."""
    known = _attributes()
    for attribute in schema.attributes:
        for value in attribute.values:
            meaning = (Meaning(attribute.name, (value,)),)
            for pieces in _phrases(synonyms(attribute.name, value)):
                words = tree.node(pieces).words
                if all(word.thing == "other" and not (word.says or word.of) for word in words.values()):
                    words.clear()  # for this model it is a value
                    _add(tree, "any", pieces, Word(says=meaning))
                elif attribute.name not in known and "any" not in words:
                    for language, word in list(words.items()):
                        _add(tree, language, pieces, Word(of={attribute.name: meaning}, alone=word.alone or meaning))
        for pieces in _phrases(synonyms(attribute.name)):
            if not tree.has(pieces):
                _add(tree, "any", pieces, Word(thing=attribute.name))


def _phrases(words: Iterable[str]) -> Iterator[tuple[str, ...]]:
    for word in sorted(words):
        pieces, _ = _pieces(word)
        if pieces:
            yield pieces


@cache
def _attributes() -> frozenset[str]:
    """The attributes that the data speaks of."""
    data: Mapping[str, Any] = tables()
    return frozenset(data["says"]) | {name for attributes in data["of"].values() for name in attributes}
