"""Labels that a layout keeps as numbers, put into words.

NVIDIA's ``dataset.json`` and the ``.labels`` file of the StyleGAN TFRecords hold class numbers or vectors and do not
say what they mean. Data sets that nijigen wrote have ``nijigen.json`` beside them, with the schema of the columns.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nijigen.data.facts import Facts
from nijigen.data.layouts.words import text
from nijigen.data.rights import MIXED, NOTED, own
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema, SchemaError

if TYPE_CHECKING:
    import numpy as np

COLUMNS_FILE, COLUMNS_FORMAT, COLUMNS_VERSION = "nijigen.json", "nijigen-columns", 1
# Longer vectors are embeddings, not attributes.
MOST_COLUMNS = 64
CHUNK = 4096

Words = dict[str, str | float]


@dataclass(frozen=True)
class Columns:
    """What the columns mean (None: unknown), and whose the pictures are.

    Attributes:
        licence, source: of every picture; a summary of several is none.
        pictures: ``licence`` and ``source`` of single pictures, by the name or number they have in their layout.
    """

    schema: AttributeSchema | None = None
    licence: str = ""
    source: str = ""
    pictures: dict[str, dict[str, str]] = field(default_factory=dict)

    def facts(self, key: str, labels: Words) -> Facts:
        """What is known of one picture."""
        said = self.pictures.get(key, {})
        return Facts(labels, licence=said.get("licence", self.licence), source=said.get("source", self.source))

    def of_class(self, number: int) -> Words:
        """The label of a class number: a value of the one attribute, or ``class`` where the numbers have no names."""
        if self.schema is not None and len(self.schema.attributes) == 1:
            attribute = self.schema.attributes[0]
            if 0 <= number < len(attribute.values):
                return {attribute.name: attribute.values[number]}
        return {"class": str(number)}

    def of_vectors(self, vectors: "np.ndarray[Any, Any]") -> Iterator[Words]:
        """Labels of each row of ``[N, width]``. Without names, one-hot rows become ``class``, others a column each."""
        import numpy as np

        width = vectors.shape[1]
        named = self.schema if self.schema is not None and self.schema.width == width else None
        binary = bool(np.isin(vectors, (0, 1)).all())
        classes = binary and width > 1 and bool((vectors.sum(1) <= 1).all())
        names = [f"label_{number:02d}" for number in range(width)]
        for start in range(0, len(vectors), CHUNK):
            for row in vectors[start : start + CHUNK].tolist():
                if named is not None:
                    yield _rounded(named.decode(max(cell, 0.0) for cell in row))
                elif classes:
                    yield {"class": str(row.index(1))} if any(row) else {}
                elif width > MOST_COLUMNS:
                    yield {}
                else:
                    yield dict(zip(names, (str(int(cell)) for cell in row) if binary else row, strict=True))


def _rounded(labels: Words) -> Words:
    """Six digits are what 32-bit floats can tell: 0.3, not 0.30000001192092896."""
    return {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in labels.items()}


def read_columns(name: str, data: bytes | None) -> Columns:
    """The contents of ``nijigen.json``; unknown columns where there is none.

    Raises:
        NijigenError: the file is broken or of a newer version.
    """
    if data is None:
        return Columns()
    try:
        found = json.loads(data)
        if found["format"] != COLUMNS_FORMAT:
            return Columns()
        if found["version"] > COLUMNS_VERSION:
            raise NijigenError(f"{name} has version {found['version']}, newer than this nijigen: update nijigen")
        licence, source = (_whole(text(found[name])) for name in NOTED)
        pictures = _pictures(found.get("pictures", {}))
        return Columns(AttributeSchema.from_json(found["schema"]), licence, source, pictures)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SchemaError) as error:
        raise NijigenError(f"{name} is broken ({type(error).__name__}: {error}): remove it or copy it again") from None


def _whole(line: str) -> str:
    return "" if line.startswith(MIXED) else own(line)


def _pictures(found: Any) -> dict[str, dict[str, str]]:
    """``{"licence": {"CC0-1.0": ["a.png"]}}`` by picture."""
    pictures: dict[str, dict[str, str]] = {}
    for name in NOTED:
        for line, keys in found.get(name, {}).items():
            for key in keys:
                pictures.setdefault(str(key), {})[name] = own(text(line))
    return pictures


def check_vector(where: str, row: Any, width: int | None) -> Sequence[float]:
    """One label vector of a JSON file.

    Raises:
        NijigenError: it is no list of numbers, or of another length than those before.
    """
    if not isinstance(row, list) or not row or not all(type(cell) in (int, float) for cell in row):
        raise NijigenError(f"{where} is no class number and no list of numbers")
    if width is not None and len(row) != width:
        raise NijigenError(f"{where} has {len(row)} numbers, those before have {width}")
    if not all(abs(cell) <= 1e30 and math.isfinite(cell) for cell in row):
        raise NijigenError(f"{where} holds a number that is no number or too large")
    return row
