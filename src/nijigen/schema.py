"""Attribute schemas: words at every surface, vectors inside.

    >>> from nijigen.schema import Attribute, AttributeSchema
    >>> schema = AttributeSchema([Attribute("hair_color", ("black", "pink")), Attribute("tilt", range=(-10.0, 10.0))])
    >>> schema.parse("发色=粉色,tilt=5")
    {'hair_color': 'pink', 'tilt': 5.0}
    >>> schema.encode({"hair_color": "pink"}).tolist()
    [0.0, 1.0, 0.0, 0.0]

A label vector has one block per attribute, in order. A categorical block is one-hot. A continuous block has two
weights, ``(1 - t, t)``, of its low and its high end. An attribute that is unknown (not labelled, or not to be seen in
the picture) is a block of zeros, so it needs no column of its own and a picture may carry any subset.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nijigen.attribute import UNKNOWN, Attribute, Labels, SchemaError
from nijigen.errors import did_you_mean
from nijigen.vocabulary import fold, synonyms

if TYPE_CHECKING:
    import numpy as np

SCHEMA_VERSION = 1
FULL_WIDTH = str.maketrans("，、＝：", ",,==")

__all__ = ["FULL_WIDTH", "SCHEMA_VERSION", "UNKNOWN", "Attribute", "AttributeSchema", "Labels", "SchemaError"]


class AttributeSchema:
    """Ordered attributes; turns words in English, 中文 or 日本語 into label vectors and back.

    Raises:
        SchemaError: two attributes have one name.
    """

    def __init__(self, attributes: Iterable[Attribute] = ()) -> None:
        self.attributes = tuple(attributes)
        self.names = tuple(attribute.name for attribute in self.attributes)
        if len(set(self.names)) != len(self.names):
            raise SchemaError(f"an attribute occurs twice in the schema: {', '.join(self.names)}")
        self._by_name = {attribute.name: attribute for attribute in self.attributes}
        self._words = {word: name for name in self.names for word in synonyms(name)} | {n: n for n in self.names}
        self._blocks: dict[str, slice] = {}
        start = 0
        for attribute in self.attributes:
            self._blocks[attribute.name] = slice(start, start + attribute.width)
            start += attribute.width
        self.width = start

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AttributeSchema) and self.attributes == other.attributes

    def __hash__(self) -> int:
        return hash(self.attributes)

    def __repr__(self) -> str:
        return f"AttributeSchema({', '.join(self.names)}; width {self.width})"

    def __getitem__(self, name: str) -> Attribute:
        return self._by_name[self.attribute_name(name)]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def attribute_name(self, word: str) -> str:
        """The canonical name of an attribute given by any of its words.

        Raises:
            SchemaError: no attribute has that word; the nearest one is named.
        """
        name = self._words.get(fold(word))
        if name is None:
            if not self.names:
                raise SchemaError(f"no attribute {word!r}: this is an unlabelled (unconditional) schema")
            hint = did_you_mean(fold(word), self._words)
            raise SchemaError(f"no attribute {word!r}{hint}; there are {', '.join(self.names)}")
        return name

    def block(self, name: str) -> slice:
        """The columns of one attribute in a label vector."""
        return self._blocks[self.attribute_name(name)]

    def normalize(self, labels: Mapping[str, Any]) -> Labels:
        """Canonical labels in schema order for words in any language; unknown ones are left out.

        Raises:
            SchemaError: a wrong word (the nearest one is named), or one attribute given twice.
        """
        found: Labels = {}
        for word, value in labels.items():
            name = self.attribute_name(word)
            if name in found:
                raise SchemaError(f"{name} is given twice")
            canonical = self._by_name[name].normalize(value)
            if canonical is not None:
                found[name] = canonical
        return {name: found[name] for name in self.names if name in found}

    def parse(self, text: str) -> Labels:
        """Labels from ``key=value[,key=value]``, in any language; full-width ``，、＝：`` are accepted too.

        Raises:
            SchemaError: a part without ``=``, a key twice, or a wrong word.
        """
        labels: dict[str, str] = {}
        for part in text.translate(FULL_WIDTH).split(","):
            if not part.strip():
                continue
            word, equals, value = part.partition("=")
            if not equals or not word.strip() or not value.strip():
                raise SchemaError(f"{part.strip()!r} is not key=value, like hair_color=pink")
            name = self.attribute_name(word)
            if name in labels:
                raise SchemaError(f"{name} is given twice in {text!r}")
            labels[name] = value
        return self.normalize(labels)

    def encode(self, labels: Mapping[str, Any]) -> "np.ndarray[Any, np.dtype[np.float32]]":
        """The label vector, float32 ``[width]``; a block is zeros where the attribute is unknown."""
        import numpy as np

        vector = np.zeros(self.width, np.float32)
        for name, value in self.normalize(labels).items():
            attribute, start = self._by_name[name], self._blocks[name].start
            if attribute.range is not None:
                low, high = attribute.range
                share = (float(value) - low) / (high - low)
                vector[start : start + 2] = 1 - share, share
            else:
                vector[start + attribute.values.index(str(value))] = 1
        return vector

    def decode(self, vector: Any) -> Labels:
        """Labels of a vector ``[width]``: the largest weight of each block; blocks of zeros are left out.

        Raises:
            SchemaError: the vector has another width.
        """
        values = [float(value) for value in vector]
        if len(values) != self.width:
            raise SchemaError(f"a label vector of {len(values)} does not fit a schema of width {self.width}")
        labels: Labels = {}
        for attribute in self.attributes:
            block = values[self._blocks[attribute.name]]
            if not any(block):
                continue
            if attribute.range is not None:
                low, high = attribute.range
                value = low + (high - low) * block[1] / (block[0] + block[1])
                labels[attribute.name] = min(max(value, low), high)  # rounding must not lead out of the range
            else:
                labels[attribute.name] = attribute.values[block.index(max(block))]
        return labels

    def restrict(self, rows: Iterable[Mapping[str, Any]]) -> "AttributeSchema":
        """The part of this schema that occurs in ``rows``: what no picture shows cannot be learned or asked for."""
        seen: dict[str, set[Any]] = {}
        for row in rows:
            for name, value in row.items():
                seen.setdefault(name, set()).add(value)
        kept = [a for a in self.attributes if a.name in seen]
        return AttributeSchema(
            a if a.continuous else Attribute(a.name, tuple(value for value in a.values if value in seen[a.name]))
            for a in kept
        )

    @classmethod
    def infer(cls, rows: Iterable[Mapping[str, Any]]) -> "AttributeSchema":
        """A categorical schema from labelled pictures: attributes in order of appearance, values sorted."""
        seen: dict[str, set[str]] = {}
        for row in rows:
            for name, value in row.items():
                seen.setdefault(fold(name), set()).add(fold(str(value)))
        kept = {name: tuple(sorted(values - UNKNOWN)) for name, values in seen.items()}
        return cls(Attribute(name, values) for name, values in kept.items() if values)

    def to_json(self) -> dict[str, Any]:
        """A plain object for JSON files; :meth:`from_json` reads it back."""
        rows = [
            {"name": a.name, "range": list(a.range)} if a.range else {"name": a.name, "values": list(a.values)}
            for a in self.attributes
        ]
        return {"version": SCHEMA_VERSION, "attributes": rows}

    @classmethod
    def from_json(cls, value: Any) -> "AttributeSchema":
        """The schema written by :meth:`to_json`.

        Raises:
            SchemaError: the object is no schema, or comes from a newer version.
        """
        try:
            if value["version"] > SCHEMA_VERSION:
                raise SchemaError(f"schema version {value['version']} is newer than this nijigen: update nijigen")
            return cls(
                Attribute(row["name"], range=(float(row["range"][0]), float(row["range"][1])))
                if "range" in row
                else Attribute(row["name"], tuple(row["values"]))
                for row in value["attributes"]
            )
        except (KeyError, TypeError, IndexError, ValueError, OverflowError) as error:
            raise SchemaError(f"not an attribute schema ({type(error).__name__}: {error})") from None
