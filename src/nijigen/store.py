"""Where models are found: by name, by path, by digest.

Names are looked for in ``NIJIGEN_MODELS`` (folders, separated as in PATH), among the models that come with nijigen, in
``runs/`` here, and among those pulled from the Hugging Face Hub (``owner/name``). A digest is looked for in all of
these and in the list of models used before on this machine, which is kept in ``NIJIGEN_HOME`` (by default the user's
data folder). Reading and writing that list never stops the work.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError, did_you_mean
from nijigen.files import write_json

GENERATOR_FILE = "generator.safetensors"
DEFAULT_MODEL = "chibi"  # comes with nijigen
MAX_HEADER_BYTES = 64 * 2**20
MAX_REMEMBERED = 500
HUB = "hf:"  # what a name of the Hub may begin with


def home() -> Path:
    """The folder for what nijigen remembers between runs."""
    if given := os.environ.get("NIJIGEN_HOME"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "nijigen"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "nijigen"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "nijigen"


def bundled_models() -> Path:
    """The folder of the models that come with nijigen."""
    return Path(str(files("nijigen") / "pretrained"))


def pulled_models() -> Path:
    """The folder of the models that were pulled from the Hub: ``owner/name`` in it."""
    return home() / "models"


def is_model(path: Path) -> bool:
    """Whether a path looks like a model: a folder with a generator, or a ``.safetensors`` file."""
    # os.path, unlike Path, takes any text a person types, and says no to what is too long for the system.
    return os.path.isfile(path / GENERATOR_FILE) or (os.path.isfile(path) and path.suffix == ".safetensors")


def find_model(name: str | Path) -> Path:
    """The model folder or file for a path, a run folder or a name.

    Raises:
        NijigenError: there is no such model; the nearest name is given, or what the path lacks.
    """
    path = Path(name)
    for candidate in (path, path / "model"):
        if is_model(candidate):
            return candidate
    known = dict(named_models())
    if (wanted := str(name).removeprefix(HUB)) in known:
        return known[wanted]
    if str(name).startswith(HUB):
        raise NijigenError(
            f"{name} is not here: fetch it once with `nijigen pull {wanted}`, and it is found by that name"
        )
    if os.path.isdir(path):
        raise NijigenError(f"{path} holds no model: give a run folder, a model folder or a .safetensors file")
    if os.path.exists(path):
        raise NijigenError(f"{path} is no model: give a run folder, a model folder or a .safetensors file")
    raise NijigenError(f"no model {str(name)!r}{did_you_mean(str(name), known)}: see nijigen models, or give a path")


def named_models() -> Iterator[tuple[str, Path]]:
    """Every model with a name: (name, path); the first of a name counts."""
    seen: set[str] = set()
    folders = [Path(part) for part in os.environ.get("NIJIGEN_MODELS", "").split(os.pathsep) if part]
    folders.append(bundled_models())
    for folder, inner in [*((folder, "") for folder in folders), (Path("runs"), "model")]:
        with contextlib.suppress(OSError):
            for entry in sorted(folder.iterdir()):
                path = entry / inner if inner else entry
                name = entry.stem if entry.suffix == ".safetensors" else entry.name
                if is_model(path) and name not in seen and not _other_kind(path):
                    seen.add(name)
                    yield name, path
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: there is no home folder to be found
        for path in sorted(pulled_models().glob("*/*")):
            if is_model(path) and not path.name.startswith("."):
                yield f"{path.parent.name}/{path.name}", path


def _other_kind(path: Path) -> bool:
    """Whether a file says that it is no generator: labelers lie beside the models. A damaged one says nothing."""
    with contextlib.suppress(NijigenError):
        return "family" not in read_card(path)
    return False


def read_card(path: Path) -> dict[str, Any]:
    """The card of a model, from the header of its file alone (no weights are read).

    Raises:
        NijigenError: the file is damaged or is no model of nijigen.
    """
    file = path / GENERATOR_FILE if path.is_dir() else path
    try:
        with open(file, "rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            if size > MAX_HEADER_BYTES:
                raise ValueError("header too large")
            card = json.loads(json.loads(stream.read(size))["__metadata__"]["nijigen"])
        if not isinstance(card, dict):
            raise ValueError("no card")
        return card
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NijigenError(f"{file} is damaged or no nijigen model: {error}") from None


def find_digest(digest: str) -> Path:
    """The model with that digest.

    Raises:
        NijigenError: none is known here; says how to name it.
    """
    for path in [*(path for _, path in named_models()), *_remembered()]:
        with contextlib.suppress(NijigenError):
            if is_model(path) and read_card(path).get("digest") == digest:
                return path
    raise NijigenError(f"no model with digest {digest[:12]}… is known here: give it with --model PATH")


def remember(path: Path) -> None:
    """Put a model on the list of those used on this machine, so that its avatars can be redrawn by digest."""
    path = path.resolve()
    if not is_model(path):
        return
    known = _remembered()
    if known[:1] == [path]:
        return
    others = [other for other in known if other != path and other.exists()]
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: there is no home folder to be found
        write_json(home() / "models.json", [str(path), *(str(other) for other in others)][:MAX_REMEMBERED])


def _remembered() -> list[Path]:
    try:
        listed = json.loads((home() / "models.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        return []
    return [Path(entry) for entry in listed if isinstance(entry, str)] if isinstance(listed, list) else []
