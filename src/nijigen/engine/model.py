"""A model to use: ``load`` one, ``generate`` avatars, ``train`` it further.

model = load("runs/faces")
avatars = model.generate(8, seed=7, hair_color="pink")
avatars.save("avatars")
"""

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nijigen.avatar import Avatar, Avatars
from nijigen.edit.steps import Step, edits_of
from nijigen.engine.birth import draw_edited, read_birth
from nijigen.engine.choosing import Engines
from nijigen.engine.engines import AUTO, Engine
from nijigen.engine.filling import draw_labels
from nijigen.engine.look import Look, check_count
from nijigen.engine.rows import Row, Rows
from nijigen.enlarge.certificate import KEY as ENLARGED
from nijigen.errors import NijigenError
from nijigen.images.sheet import Pixels
from nijigen.machine import choose_device, place, prepare_machine
from nijigen.models.contract import Generator
from nijigen.models.package import load_package
from nijigen.remaining import Remaining, remaining
from nijigen.schema import AttributeSchema, Labels
from nijigen.seeds import SEED_LIMIT, seed_number
from nijigen.store import DEFAULT_MODEL, find_model, remember
from nijigen.style.record import KEY as PAINTED

AS_TRAINED = Look()
DEFAULT_BATCH = 16
NOTHING_AVOIDED: Remaining = {}


class Model:
    """A generator ready to make avatars.

    Attributes:
        schema: the attributes it understands.
        card: everything known about it.
        digest: names its weights, architecture and schema.
        path: where it was read from.
    """

    def __init__(self, path: str | Path, device: str = "auto", threads: int | None = None, engine: str = AUTO) -> None:
        self.device = choose_device(device)
        # Before the first tensor: flushing denormal numbers holds for threads that are started later.
        prepare_machine(threads, self.device)
        package = load_package(find_model(path))
        package.generator = self._generator = place(package.generator, self.device)
        self._package, self.engines = package, Engines(package, self.device, engine)
        self._label_rows = package.label_rows
        self.schema: AttributeSchema = package.schema
        self.card, self.digest, self.path = package.card, package.digest, package.path
        self.name = str(self.card.get("name") or self.path.stem)
        self._rows = Rows(self._generator, self.schema, self.device, {"model": self.name, "digest": self.digest})
        remember(self.path)

    def __repr__(self) -> str:
        shape = self._generator.shape
        return f"Model({self.name}: {self.card['family']}, {shape.resolution} px, {self.digest[:12]})"

    @property
    def generator(self) -> Generator:
        """The network itself, for looking inside."""
        return self._generator

    def on(self, engine: str) -> "Model":
        """The same model, computed with by that engine alone.

        Raises:
            NijigenError: there is no such engine.
        """
        other = copy.copy(self)
        other.engines = Engines(self._package, self.device, engine)
        return other

    def generate(
        self,
        count: int | None = None,
        seed: int | str = 0,
        *,
        z: Tensor | None = None,
        batch: int = DEFAULT_BATCH,
        attributes: Mapping[str, Any] | None = None,
        avoid: Mapping[str, Any] | None = None,
        truncation: float | None = None,
        noise: float = 1.0,
        noise_seed: int = 0,
        **words: Any,
    ) -> Avatars:
        """Make avatars.

        Avatar number ``i`` has the seed ``seed + i``, so each can be made again alone. Attributes that are not given
        are drawn from the seed as they occurred together in the training data.

        Args:
            count: how many; by default 1, or as many as ``z`` has rows.
            seed: an integer, or any text.
            z: normal noise ``[count, z_dim]`` instead of the seed's; the seed still draws the attributes.
            batch: avatars made at once. The last digits of a result depend on it; the certificate keeps it.
            attributes: words of the schema, in English, 中文 or 日本語: ``{"hair_color": "pink"}``; the same as keyword
                arguments: ``hair_color="pink"``.
            avoid: values that must not be drawn for attributes that are not given: ``{"accessory": ["glasses"]}``.
            truncation: 1 or None leaves latents as they are, toward 0 they come nearer the mean: safer, plainer.
            noise: strength of the per-pixel noise of the StyleGAN families; 0 removes it.
            noise_seed: another number gives the same avatars other fine noise.

        Raises:
            NijigenError: a word the model does not know, a ``z`` of another shape, or a count out of range.
        """
        count = (1 if z is None else len(z)) if count is None else count
        wanted, look = {**(attributes or {}), **words}, Look(truncation, noise, noise_seed)
        return Avatars(
            list(self.generate_each(count, seed, z=z, batch=batch, attributes=wanted, avoid=avoid, look=look))
        )

    def generate_each(
        self,
        count: int,
        seed: int | str = 0,
        *,
        z: Tensor | None = None,
        batch: int = DEFAULT_BATCH,
        attributes: Mapping[str, Any] | None = None,
        avoid: Mapping[str, Any] | None = None,
        look: Look = AS_TRAINED,
    ) -> Iterator[Avatar]:
        """The avatars of :meth:`generate` one by one as they are made: any number fits in memory.

        Raises:
            NijigenError: as :meth:`generate`, before the first one is made.
        """
        check_count(count, batch)
        rows = self.rows(count, seed, attributes=attributes, avoid=avoid, z=z)
        look.check(self._generator)
        engine = self.engines.pick(count, batch)
        chunks = (itertools.islice(rows, batch) for _ in range(0, count, batch))
        return itertools.chain.from_iterable(self.make(list(chunk), look, engine) for chunk in chunks)

    def rows(
        self,
        count: int,
        seed: int | str = 0,
        *,
        attributes: Mapping[str, Any] | None = None,
        avoid: Mapping[str, Any] | None = None,
        z: Tensor | None = None,
    ) -> Iterator[Row]:
        """What the avatars of :meth:`generate` are made of, one by one; :meth:`make` makes them, also with others'.

        Raises:
            NijigenError: as :meth:`generate`, before the first one comes.
        """
        if z is not None and tuple(z.shape) != (needed := (count, self._generator.z_dim)):
            raise NijigenError(f"z has shape {tuple(z.shape)}, this model needs {needed}")
        wanted = self.schema.normalize(attributes or {})
        left, first = remaining(self.schema, avoid or {}, wanted), seed_number(seed)
        given = None if z is None else z.detach().to("cpu", torch.float32)
        numbers = ((first + index) % SEED_LIMIT for index in range(count))
        return (
            Row(number, self.draw_labels(number, wanted, left), None if given is None else given[index])
            for index, number in enumerate(numbers)
        )

    def make(self, rows: Sequence[Row], look: Look = AS_TRAINED, engine: Engine | None = None) -> list[Avatar]:
        """The avatars of rows, all in one forward; each can be made again without the others.

        Args:
            engine: by default the fastest for so many, as far as is known.
        """
        return self._rows.make(rows, look, engine or self.engines.pick(len(rows), len(rows)))

    def draw_labels(self, seed: int, wanted: Labels, left: Remaining = NOTHING_AVOIDED) -> Labels:
        """All attributes of an avatar, those not wanted as they occurred (see :mod:`nijigen.engine.filling`)."""
        return draw_labels(self.schema, self._label_rows, seed, wanted, left)

    def redraw(self, certificate: Mapping[str, Any]) -> Pixels:
        """The pixels ``[H, W, C]`` that a certificate of this model describes, made at the same place of a same batch.

        Raises:
            NijigenError: the certificate is incomplete or holds values that fit no model.
        """
        engine = self.engines.of_certificate(certificate)
        if certificate.get("edits"):
            return draw_edited(certificate, engine.generator, self.schema)[0]
        born = read_birth(certificate, self._generator, self.schema)
        return self._rows.again(born, engine)

    def edit(self, certificate: Mapping[str, Any], steps: Sequence[Step]) -> Avatar:
        """The avatar of a certificate of this model after further steps; they are written into its own.

        It has the model's own size and no paint, also where the avatar was enlarged or painted since.

        Raises:
            NijigenError: a damaged certificate, or a step that this model cannot take.
        """
        edits = [*edits_of(certificate), *(step.model_dump(mode="json") for step in steps)]
        born = certificate.get("born", certificate.get("attributes"))
        engine = self.engines.of_certificate(certificate)
        changed = {**certificate, **engine.facts(self.device), "batch": 1, "index": 0, "born": born, "edits": edits}
        for told in ("pixels", ENLARGED, PAINTED):  # of the file that it was, not of the avatar it becomes
            changed.pop(told, None)
        pixels, labels = draw_edited(changed, engine.generator, self.schema)
        return Avatar(pixels, {**changed, "attributes": labels})

    def train(
        self, dataset: str | Path, epochs: float | None = None, out: str | Path | None = None, **options: Any
    ) -> "Model":
        """Train further on a data set, with the model's own recipe; returns the new model.

        A thin wrapper of :func:`nijigen.training.start.train`, whose arguments are accepted as ``options``
        (``recipe="few-shot"``, say). Without ``epochs`` or ``images`` it is one epoch. Of a data set with other
        attributes, what fits is taken over.

        Raises:
            NijigenError: the model names no recipe, or the data set does not fit it.
        """
        from nijigen.engine.furthering import train_further

        here = {"device": str(self.device), "threads": torch.get_num_threads(), "epochs": epochs}
        return Model(
            *train_further(dataset, self.path, out or Path("runs") / f"{self.name}-further", {**here, **options})
        )

    def certificate(self, size: int, index: int, row: Row, look: Look, engine: Engine) -> dict[str, Any]:
        """What redraws the avatar of a row at place ``index`` of a batch of ``size``."""
        return self._rows.certificate(size, index, row, look, engine)


def load(
    model: str | Path = DEFAULT_MODEL, device: str = "auto", threads: int | None = None, engine: str = AUTO
) -> Model:
    """A model by name, run folder, model folder or file; by default the one that comes with nijigen.

    Args:
        engine: torch, compiled, onnx, or auto: the fastest as far as was measured (:mod:`nijigen.engine.choosing`).

    Raises:
        NijigenError: there is none, or its file is damaged or from a newer nijigen; or there is no such engine.
    """
    return Model(model, device, threads, engine)
