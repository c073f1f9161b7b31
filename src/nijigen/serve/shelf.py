"""The models that may be asked for: by name, never by a path that comes from a client."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError, did_you_mean
from nijigen.store import DEFAULT_MODEL, bundled_models, find_model, named_models, read_card


class UnknownModelError(NijigenError):
    """A name or digest that is none of the models here."""


class Shelf:
    """Names, paths and cards; no weights are read.

    Args:
        wanted: names, runs, folders or files, as the person says who starts the server; the first is the default.
            Empty: those that come with nijigen.

    Raises:
        NijigenError: there is no such model, or two of them have one name.
    """

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self._paths: dict[str, Path] = {}
        self._cards: dict[str, dict[str, Any]] = {}
        known = dict(named_models())
        for text in wanted or _bundled(known):
            path = find_model(text)
            card = read_card(path)
            name = text if text in known else str(card.get("name") or path.stem)
            if name in self._paths and self._paths[name] != path:
                raise NijigenError(
                    f"--model {text}: {self._paths[name]} is called {name} as well: give one of them another name"
                )
            self._paths[name], self._cards[name] = path, card
        self.names = list(self._paths)

    def name(self, asked: str | None) -> str:
        """The name of the model that is asked for, by default the first.

        Raises:
            UnknownModelError: there is none; the nearest one is told.
        """
        if asked is None:
            return self.names[0]
        if asked not in self._paths:
            hint = did_you_mean(asked, self.names)
            raise UnknownModelError(f"no model {asked[:100]!r}{hint}: there is {', '.join(self.names)}")
        return asked

    def of_digest(self, digest: object) -> str:
        """The name of the model with that digest.

        Raises:
            UnknownModelError: there is none.
        """
        for name, card in self._cards.items():
            if card.get("digest") == digest:
                return name
        raise UnknownModelError(
            f"the avatar is of a model that is not served here ({str(digest)[:12]}…): there is {', '.join(self.names)}"
        )

    def path(self, name: str) -> Path:
        """Where a model is."""
        return self._paths[name]

    def card(self, name: str) -> dict[str, Any]:
        """What is known about a model, from its file's header."""
        return self._cards[name]


def _bundled(known: Mapping[str, Path]) -> list[str]:
    others = [name for name, path in known.items() if path.parent == bundled_models() and name != DEFAULT_MODEL]
    return [DEFAULT_MODEL, *others]
