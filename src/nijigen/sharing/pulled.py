"""What a folder that was pulled notes of itself: from where, and which files, so that a later pull harms nothing."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from nijigen.errors import NijigenError
from nijigen.files import sha256_file, write_json

NOTE_FILE = "pulled.json"


@dataclass(frozen=True)
class Note:
    """The contents of ``pulled.json``.

    Attributes:
        files: SHA-256 of each file, by name, as it was pulled.
    """

    repo: str
    what: str
    commit: str
    files: dict[str, str]

    @classmethod
    def of(cls, folder: Path, repo: str, what: str, commit: str, names: Iterable[str]) -> "Note":
        """The note of files that lie in a folder."""
        return cls(repo, what, commit, {name: sha256_file(folder / name) for name in sorted(names)})

    @classmethod
    def read(cls, folder: Path) -> "Note | None":
        """The note in a folder; None where it has none that can be read."""
        try:
            told = json.loads((folder / NOTE_FILE).read_text(encoding="utf-8"))
            files = {str(name): str(digest) for name, digest in told["files"].items()}
            return cls(str(told["repo"]), str(told["what"]), str(told["commit"]), files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def write(self, folder: Path) -> None:
        """Write it into a folder."""
        write_json(folder / NOTE_FILE, asdict(self))

    def changed(self, folder: Path) -> list[str]:
        """Files in a folder that are not as they were pulled, or were not pulled at all."""
        here = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        here.pop(NOTE_FILE, None)
        own = [name for name, path in here.items() if name not in self.files or sha256_file(path) != self.files[name]]
        return sorted(own)


def check_place(out: Path, repo: str) -> Note | None:
    """See that a folder may be written or replaced; returns its note where it was pulled from the same repository.

    Raises:
        NijigenError: it holds something else, or a person changed something in it.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    note = Note.read(out) if out.is_dir() else None
    if note is None or note.repo != repo:
        held = "is there already" if note is None else f"holds {note.repo}"
        raise NijigenError(f"{out} {held}: pull to another place (nijigen pull {repo} OUT)")
    if own := note.changed(out):
        named = ", ".join(own[:3]) + (f" and {len(own) - 3:,} more" if len(own) > 3 else "")
        raise NijigenError(
            f"{out} has files of your own or changed ({named}): move them away, or pull to another place"
        )
    return note
