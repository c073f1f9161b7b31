"""Which models are relatives: a card names the digests of all models that its own came from.

Fine-tuned networks stay near the network they began from, so that their weights can be exchanged layer by layer; two
networks that were trained each from nothing share no meaning of a single weight (Pinkney & Adler 2020, 2010.05334).
"""

from collections.abc import Mapping
from typing import Any

MOST = 1_024  # digests that are read of a card


def line_of(card: Mapping[str, Any], digest: str) -> list[str]:
    """The digest of a model, and those of all that it was packed from, trained from or blended of, nearest first."""
    origin = card.get("origin")
    begun = origin if isinstance(origin, Mapping) else {}
    named = [digest, card.get("packed_from"), *_listed(card), begun.get("digest"), *_listed(begun)]
    return list(dict.fromkeys(one for one in named[:MOST] if isinstance(one, str)))


def ancestors_of(card: Mapping[str, Any], digest: str) -> dict[str, list[str]]:
    """``ancestors`` for the card of a model that comes from this one: those of this one; nothing where it has none."""
    line = line_of(card, digest)[1:]
    return {"ancestors": line} if line else {}


def _listed(facts: Mapping[str, Any]) -> list[Any]:
    """A card is a file of anybody's: what is no list holds no digests."""
    found = facts.get("ancestors")
    return found if isinstance(found, list) else []
