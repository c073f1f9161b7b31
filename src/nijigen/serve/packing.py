"""Kept avatars packed in the working thread, a picture a step: nobody waits for a whole pack of somebody else."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from nijigen.collections import Collections
from nijigen.collections.packs import Kind, packing
from nijigen.serve.workshop import Workshop


async def packed(
    workshop: Workshop, client: str, kept: Collections, idents: Sequence[str], kind: Kind
) -> AsyncGenerator[tuple[str, bytes] | None, None]:
    """None for every picture that is done, and at last the archive's name and bytes.

    Raises:
        NijigenError: see :func:`nijigen.collections.packs.pack`, and :meth:`Workshop.stream`.
    """

    def steps() -> Iterator[tuple[str, bytes] | None]:
        pictures = [kept.get(ident) for ident in dict.fromkeys(idents)]
        made = yield from packing(pictures, kept.file, kind)
        yield made.name, made.data

    async with aclosing(workshop.stream(client, steps)) as each:
        async for step in each:
            yield step
