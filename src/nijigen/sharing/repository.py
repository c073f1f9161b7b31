"""A repository of the Hub as people name it."""

import re
from dataclasses import dataclass
from typing import Literal

from nijigen.errors import NijigenError

What = Literal["model", "dataset"]
PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
NAMED = re.compile(rf"(?P<kind>models/|datasets/|spaces/)?(?P<owner>{PART})/(?P<name>{PART})")
BEGINNINGS = ("https://huggingface.co/", "https://hf.co/", "hf://", "hf:")


@dataclass(frozen=True)
class Repository:
    """One of them.

    Attributes:
        id: ``owner/name``.
        what: a model or a data set, as far as the name says.
    """

    id: str
    what: What | None = None

    @property
    def owner(self) -> str:
        """Whose it is."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.id.partition("/")[2]

    @classmethod
    def parse(cls, text: str) -> "Repository":
        """From ``owner/name``, ``datasets/owner/name``, ``hf:owner/name`` or an address of the Hub.

        Raises:
            NijigenError: it is none of these.
        """
        shown = text.strip().rstrip("/")
        for beginning in BEGINNINGS:
            shown = shown.removeprefix(beginning)
        found = NAMED.fullmatch(shown)
        if found is None or ".." in shown or "--" in shown:
            raise NijigenError(
                f"{text!r} is no repository of the Hugging Face Hub: write owner/name, or datasets/owner/name"
            )
        if found["kind"] == "spaces/":
            raise NijigenError(f"{text} is a space, which holds a program: give a model or a data set")
        kinds: dict[str | None, What] = {"models/": "model", "datasets/": "dataset"}
        return cls(f"{found['owner']}/{found['name']}", kinds.get(found["kind"]))
