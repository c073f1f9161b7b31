"""Files held to what they say of themselves; on request each avatar is made again and compared."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nijigen.engine.model import Model
from nijigen.engine.recreate import open_model, recreate, threads_of
from nijigen.enlarge.certificate import enlargements
from nijigen.errors import NijigenError
from nijigen.files import printable
from nijigen.images.certified import read_file
from nijigen.provenance.statement import CHANGED, Statement, printed, read_statement, short, source_words
from nijigen.store import find_digest, read_card

SUFFIXES = (".png", ".webp", ".jpg", ".jpeg", ".gif")  # what is looked at in a folder
SHOWN_DIGITS = 12
MOST_TOLD = 4  # enlargements, in words


@dataclass(frozen=True)
class Verdict:
    """What was found of one file.

    Attributes:
        file: its name, as it can be printed.
        said: what it states, and what is not so.
        model: the name of its model here; None where none is known, or it is no model's.
        recreated: whether the avatar made again has the same pixels; None where it was not tried.
    """

    file: str
    said: Statement
    model: str | None = None
    recreated: bool | None = None

    @property
    def stands(self) -> bool:
        """Whether all is as the file states it."""
        return self.said.stands

    @property
    def pixels(self) -> str | None:
        """``unchanged``, ``enlarged`` or ``changed``; None without a certificate."""
        return self.said.pixels

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        certificate, said = self.said.certificate, self.said
        facts: dict[str, Any] = {
            "file": self.file,
            "stands": self.stands,
            "kind": certificate.get("kind"),
            "pixels": said.pixels,
            "source": said.source,
            "tool": said.tool,
            "recreated": self.recreated,
            "problem": said.problem,
            "differences": said.differences,
        }
        if said.avatar is not None:
            keys = ("model", "digest", "illustrator", "engine", "seed")
            facts["avatar"] = {key: certificate[key] for key in keys if key in certificate}
            facts["avatar"] |= {"attributes": said.avatar.attributes, "model_here": self.model}
        return facts

    def line(self) -> str:
        """All of it in one line of plain words."""
        return printed(self._told())

    def _told(self) -> str:
        said = self.said
        if said.problem is not None:
            return f"{self.file}: NOT READ: {said.problem}"
        source = source_words(said.source)
        if said.avatar is None:
            told = f"{self.file}: no birth certificate, so there is nothing to compare; {source}"
            return "; ".join([told, *said.differences])
        parts = [self._who(), source, *said.differences]
        if self.recreated:
            parts.append("made again it has the same pixels")
        verdict = str(said.pixels) if self.stands or said.pixels == CHANGED else "NOT AS STATED"
        return f"{self.file}: {verdict.upper() if said.pixels == CHANGED else verdict}; {'; '.join(parts)}"

    def _who(self) -> str:
        """Which avatar it is."""
        certificate, digest = self.said.certificate, str(self.said.certificate.get("digest"))
        kind, seed = certificate.get("kind"), certificate.get("seed")
        if kind == "model":
            here = f"here as {self.model}" if self.model else "not known here"
            who = f"an avatar of the model {short(certificate.get('model'))} ({digest[:SHOWN_DIGITS]}…, {here})"
        elif kind == "illustration":
            who = f"a drawing of the illustrator, version {short(certificate.get('illustrator'))}"
        else:
            who = f"of a kind unknown to this nijigen ({short(kind)})"
        done = [f"seed {seed}"] if isinstance(seed, int) else []
        edits = certificate.get("edits")
        if isinstance(edits, list) and edits:
            done.append(f"edited in {len(edits)} {'step' if len(edits) == 1 else 'steps'}")
        if "painted" in certificate:
            done.append("painted like a picture")
        steps = [(short(step.get("scale")), short(step.get("method"))) for step in enlargements(certificate)]
        done += [f"enlarged {scale} times by {method}" for scale, method in steps[:MOST_TOLD]]
        return ", ".join([who, *done])


class Verifier:
    """Looks at one file after the other; a model is looked for, and opened, once for avatars in a row.

    Args:
        again: make each avatar again and compare.
        model: where their model is; by default it is looked for by its digest.
        styles: the pictures that painted ones were painted like.
    """

    def __init__(
        self,
        again: bool = False,
        model: str | Path | None = None,
        device: str = "auto",
        styles: Sequence[str | Path] = (),
    ) -> None:
        self._again, self._given, self._device, self._styles = again, model, device, styles
        self._names: dict[str, str | None] = {}
        self._open: tuple[tuple[str, int | None], Model] | None = None

    def __call__(self, file: str | Path) -> Verdict:
        """What is found of one file; a file that cannot be read is a verdict as well."""
        name = printable(str(file))
        try:
            data = read_file(file)
        except NijigenError as error:
            return Verdict(name, Statement(problem=str(error)))
        said = read_statement(data, name)
        certificate = said.certificate
        here = self._name(str(certificate.get("digest"))) if certificate.get("kind") == "model" else None
        if not self._again or said.avatar is None:
            return Verdict(name, said, here)
        same, reasons = self._made_again(said)
        return Verdict(name, said.also(*reasons), here, same)

    def _name(self, digest: str) -> str | None:
        """The name here of the model with a digest."""
        if digest not in self._names:
            try:
                path = find_digest(digest)
                self._names[digest] = str(read_card(path).get("name") or path.stem)
            except NijigenError:
                self._names[digest] = None
        return self._names[digest]

    def _made_again(self, said: Statement) -> tuple[bool | None, list[str]]:
        """Whether the avatar made again is the same, and why not."""
        assert said.avatar is not None
        certificate = said.certificate
        try:
            model = self._model(said) if certificate.get("kind") == "model" else None
            styles = self._styles if "painted" in certificate else ()
            made = recreate(said.avatar, model, self._device, styles)
        except NijigenError as error:
            return None, [f"it cannot be made again: {error}"]
        except Exception as error:  # a stranger's certificate may ask for anything: what fails is a difference
            return None, [f"it cannot be made again: {type(error).__name__}: {error}"]
        if made.same:
            return True, []
        if made.avatar.certificate["pixels"] == certificate.get("pixels"):
            return False, ["made again it has the pixels that its certificate names, which are not the file's"]
        # That the file itself was changed, and enlarged, is said already.
        known = ("the avatar itself was changed", "the avatar was enlarged")
        reasons = "; ".join(reason for reason in made.differences if not reason.startswith(known))
        return False, [f"made again it has other pixels{f' ({reasons})' if reasons else ''}"]

    def _model(self, said: Statement) -> Model:
        key = str(said.certificate.get("digest")), threads_of(said.certificate)
        if self._open is None or self._open[0] != key:
            self._open = key, open_model(said.certificate, self._given, self._device)
        return self._open[1]


def verify(
    file: str | Path,
    again: bool = False,
    model: str | Path | None = None,
    device: str = "auto",
    style_image: Sequence[str | Path] = (),
) -> Verdict:
    """Hold a file to what it says of itself: certificate, pixels, digital source type.

    Args:
        again: make the avatar again and compare.
        model: its model; by default it is looked for by its digest.
        style_image: the pictures that it was painted like, if it was.
    """
    return Verifier(again, model, device, style_image)(file)


def files_of(names: Iterable[Path]) -> list[Path]:
    """Files as they were named, and of folders every picture in them and below, sorted.

    Raises:
        NijigenError: a name that is not there, or a folder without pictures.
    """
    found: list[Path] = []
    for name in names:
        if not os.path.lexists(name):
            raise NijigenError(f"{name} does not exist: give files, or folders of them")
        if not name.is_dir():
            found.append(name)
            continue
        inside = sorted(path for path in name.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        if not inside:
            raise NijigenError(f"{name} has no pictures ({', '.join(SUFFIXES)}): give another folder")
        found += inside
    return found
