"""What a source says of a picture beyond its bytes."""

from dataclasses import dataclass, field

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one picture.

    Attributes:
        labels: attribute → word in any language, or number; as the source writes them.
        tags: free tags, which become labels by a mapping.
        boxes: faces, ``(x0, y0, x1, y1)`` in pixels of the picture as it is stored.
        licence, source: of this picture alone; empty: those of the data set.
        rating: ``safe``, ``questionable`` or ``explicit``; empty where the source knows none.
    """

    labels: dict[str, str | float] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    licence: str = ""
    source: str = ""
    rating: str = ""


NOTHING = Facts()
