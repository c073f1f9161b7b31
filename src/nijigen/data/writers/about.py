"""What a writer says of the pictures as a whole: attributes, and whose they are."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from nijigen.data.layouts.columns import COLUMNS_FORMAT, COLUMNS_VERSION
from nijigen.data.rights import LICENCE_START, MIXED, NOTED, Rights
from nijigen.schema import AttributeSchema


@dataclass(frozen=True, slots=True)
class About:
    """Of all samples of one stream.

    Attributes:
        complete: every sample has a value for every attribute of the schema.
        noted: which of ``licence`` and ``source`` some picture says; their own stand in ``Sample.notes``.
        rights: those of the samples that the stream has given so far; all of them only when it has ended.
    """

    schema: AttributeSchema
    complete: bool = False
    noted: tuple[str, ...] = ()
    rights: Rights = field(default_factory=Rights)

    @property
    def licence(self) -> str:
        """The licence of all pictures, or a summary, which is that of none."""
        return self.rights.lines()["licence"]

    @property
    def source(self) -> str:
        """The source of all pictures, or a summary, which is that of none."""
        return self.rights.lines()["provenance"]

    @property
    def classes(self) -> bool:
        """Whether class numbers can say everything: one categorical attribute that is known of every picture."""
        return self.complete and len(self.schema.attributes) == 1 and not self.schema.attributes[0].continuous

    def columns(self, notes: Mapping[str, Mapping[str, str]]) -> bytes:
        """``nijigen.json``: what the numbers of the labels mean, in words; licences and sources.

        Args:
            notes: those of each picture, by the name or number it has in this layout; written where they differ.
        """
        names = []
        for attribute in self.schema.attributes:
            ends = attribute.values if attribute.range is None else [f"{end:g}" for end in attribute.range]
            names += [f"{attribute.name}={value}" for value in ends]
        found = {
            "format": COLUMNS_FORMAT,
            "version": COLUMNS_VERSION,
            "columns": names,
            "schema": self.schema.to_json(),
            "licence": self.licence,
            "source": self.source,
        }
        pictures = {name: _by_text(name, notes) for name in NOTED if self._differ(name)}
        if any(pictures.values()):
            found["pictures"] = pictures
        return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")

    def licence_text(self) -> bytes:
        """``LICENCE.txt`` for layouts without a place of their own."""
        return LICENCE_START + f"{self.licence}\nsource: {self.source}\n".encode("utf-8", "backslashreplace")

    def _differ(self, name: str) -> bool:
        """Whether one line cannot say it of every picture, or would be taken for a summary."""
        counts = getattr(self.rights, name)
        return len(counts) > 1 or any(text.startswith(MIXED) for text in counts)


def _by_text(name: str, notes: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """What is said → the pictures that say it."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, said in notes.items():
        if name in said:
            found[said[name]].append(key)
    return dict(found)
