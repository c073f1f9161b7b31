"""What a writer says of the pictures as a whole: attributes, licence, source."""

import json
from dataclasses import dataclass

from nijigen.data.layouts.columns import COLUMNS_FORMAT, COLUMNS_VERSION
from nijigen.schema import AttributeSchema

LICENCE_FILE = "LICENCE.txt"


@dataclass(frozen=True, slots=True)
class About:
    """Of all samples of one stream.

    Attributes:
        complete: every sample has a value for every attribute of the schema.
    """

    schema: AttributeSchema
    licence: str = "unknown"
    source: str = ""
    complete: bool = False

    @property
    def classes(self) -> bool:
        """Whether class numbers can say everything: one categorical attribute that is known of every picture."""
        return self.complete and len(self.schema.attributes) == 1 and not self.schema.attributes[0].continuous

    def columns(self) -> bytes:
        """``nijigen.json``: what the numbers of the labels mean, in words."""
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
        return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")

    def licence_text(self) -> bytes:
        """``LICENCE.txt`` for layouts without a place of their own."""
        return f"licence: {self.licence}\nsource: {self.source}\n".encode("utf-8", "backslashreplace")
