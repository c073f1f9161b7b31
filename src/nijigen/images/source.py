"""What kind of source a picture has, in the terms of the press: the IPTC's vocabulary "Digital Source Type".

>>> source_of({"kind": "model"}).uri
'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'

The vocabulary (IPTC NewsCodes, scheme ``digitalsourcetype``, release of 2024-10-23) has about twenty terms; five are
true of something that nijigen makes. What is said of the others is for files of strangers, so that they can be named in
words.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

SCHEME = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class SourceType(StrEnum):
    """Terms that nijigen states, with the vocabulary's meaning of each."""

    TRAINED = "trainedAlgorithmicMedia"  # made by a model that was trained on sampled content
    ALGORITHMIC = "algorithmicMedia"  # made purely by an algorithm that was trained on nothing
    EDITED = "compositeWithTrainedAlgorithmicMedia"  # something that was there, changed by a trained model
    MIXED = "compositeSynthetic"  # several things side by side, at least one of which came from a trained model
    COMPOSITE = "composite"  # several things side by side, whatever they are

    @property
    def uri(self) -> str:
        """The term as metadata name it."""
        return SCHEME + self.value


# What the terms mean, shortly; those of cameras and people first.
MEANINGS = {
    "digitalCapture": "captured by a digital camera",
    "computationalCapture": "captured by a digital camera from several frames",
    "negativeFilm": "scanned from a negative",
    "positiveFilm": "scanned from a positive",
    "print": "scanned from a print",
    "minorHumanEdits": "a capture with small edits by people",
    "humanEdits": "edited by people, without generative AI",
    "digitalArt": "made by people with digital tools",
    "digitalCreation": "made by people, without generative AI",
    "softwareImage": "made by software",
    "dataDrivenMedia": "drawn from data",
    "screenCapture": "a picture of a screen",
    "virtualRecording": "a recording of a virtual event",
    "compositeCapture": "put together from captures of real life",
    "algorithmicallyEnhanced": "altered by an algorithm",
    SourceType.TRAINED: "made by a trained model (generative AI)",
    SourceType.ALGORITHMIC: "made purely by an algorithm, without training data",
    SourceType.EDITED: "something that was there, changed by a trained model (generative AI)",
    SourceType.COMPOSITE: "put together from several elements",
    SourceType.MIXED: "put together from several elements, some of them generative AI",
}


def source_of(facts: Mapping[str, Any] | None) -> SourceType | None:
    """The term that is true of an avatar with this birth certificate; None where its kind is unknown here.

    An avatar whose model was shown a photograph or a style picture is still wholly made by the model. A drawing of the
    illustrator is an algorithm's work alone, until a trained network enlarges or paints it.
    """
    kind = (facts or {}).get("kind")
    if facts is None or kind not in ("model", "illustration"):
        return None
    if kind == "model":
        return SourceType.TRAINED
    steps = facts.get("enlarged")
    by_network = isinstance(steps, list) and any(isinstance(step, dict) and step.get("weights") for step in steps)
    return SourceType.EDITED if by_network or "painted" in facts else SourceType.ALGORITHMIC


def source_of_all(certificates: Iterable[Mapping[str, Any]]) -> SourceType | None:
    """The term that is true of a sheet of avatars; None where one of them, or all, are of a kind unknown here."""
    sources = {source_of(certificate) for certificate in certificates}
    if None in sources or not sources:
        return None
    return sources.pop() if len(sources) == 1 else SourceType.MIXED


def meaning(uri: str) -> str | None:
    """What a term of the vocabulary means, shortly; None where it is none of it. Some tools write ``https``."""
    plain = uri.strip().replace("https://", "http://", 1)
    return MEANINGS.get(plain.removeprefix(SCHEME)) if plain.startswith(SCHEME) else None
