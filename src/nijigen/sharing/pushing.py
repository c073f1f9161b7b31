"""A model or a data set → a repository of the Hub, in one commit: it is there whole, or not at all."""

import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nijigen.cards.readme import README_FILE, is_ours_at
from nijigen.data.dataset import DATASET_FILE
from nijigen.errors import NijigenError
from nijigen.sharing.contents import Contents, Terms, contents_of, wrong_kind
from nijigen.sharing.hub import LOG_IN, endpoint, has_token, in_words, open_hub, repo_info
from nijigen.sharing.repository import Repository
from nijigen.store import GENERATOR_FILE

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MAIN = "main"
MARKS = {"model": GENERATOR_FILE, "dataset": DATASET_FILE}  # by which a repository of ours is known
ANYBODYS = frozenset({".gitattributes", ".gitignore", README_FILE, "LICENSE", "LICENSE.md", "LICENSE.txt"})
STALE = {"model": (".safetensors", ".onnx", "samples.png"), "dataset": (".tar",)}  # of ours, where it is not sent again


@dataclass(frozen=True)
class Pushed:
    """What was sent, or of a dry run what would be.

    Attributes:
        files: bytes of each, by name.
        removed: files of an earlier push that are no part of it any more.
        left: what lies beside here and is never sent.
        url: of the commit; "" of a dry run.
    """

    repo: str
    what: str
    digest: str
    files: dict[str, int]
    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    url: str = ""
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        width = max(map(len, self.files))
        found = [f"{name:{width}} {_size(size):>10}" for name, size in self.files.items()]
        total = f"{len(self.files):,} files, {_size(sum(self.files.values()))}"
        kind = "a data set" if self.what == "dataset" else "a model"
        found.append(f"{total}: {kind}, for {self.repo}; nothing was sent" if self.dry_run else f"{total}: {self.url}")
        found += [f"removed there: {', '.join(self.removed)}"] if self.removed else []
        found += [f"not sent: {', '.join(self.left)}"] if self.left else []
        return [*found, *self.remarks]


def push(
    target: str | Path,
    repo: str,
    *,
    private: bool = False,
    revision: str | None = None,
    message: str | None = None,
    licence: str | None = None,
    source: str | None = None,
    allow_unknown: bool = False,
    dry_run: bool = False,
    quiet: bool = False,
) -> Pushed:
    """Send a model or a data set to the Hugging Face Hub.

    Args:
        target: a model by name, run, folder or file; or the folder of a data set.
        repo: ``owner/name``; made if it is not there.
        private: make it so that only its owner sees it.
        revision: a branch, by default ``main``; made if it is not there.
        message: of the commit.
        licence, source: where what is pushed does not say them.
        allow_unknown: push it though nobody knows them; its card says so.
        dry_run: look only, at what is here; nothing is asked or sent.
        quiet: no progress bars.

    Raises:
        NijigenError: nothing to push, a licence that nobody knows, a name that holds something else, or the Hub
            refuses or cannot be reached.
    """
    wanted = Repository.parse(repo)
    with contents_of(target, wanted, Terms(licence, source, allow_unknown)) as found:
        if wrong := wrong_kind(found, wanted):
            raise NijigenError(f"{wrong}: leave the beginning out, or give another name")
        if dry_run:
            return _told(found, wanted, dry_run=True)
        hub = open_hub(quiet)
        with in_words(wanted.id, revision):
            return _send(hub, found, wanted, private, revision, message)


def _send(
    hub: "HfApi", found: Contents, repo: Repository, private: bool, revision: str | None, message: str | None
) -> Pushed:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, constants

    if not has_token() and not constants.HF_HUB_OFFLINE:
        raise NijigenError(f"no token of the Hugging Face Hub is here, and nothing is pushed without one: {LOG_IN}")
    there = _look(hub, repo, found, private)
    if there is None:
        hub.create_repo(repo.id, repo_type=found.what, private=private)
    branch = revision or MAIN
    if branch != MAIN:
        hub.create_branch(repo.id, branch=branch, repo_type=found.what, exist_ok=True)
        there = repo_info(hub, repo.id, found.what, branch)
    names = [] if there is None else [one.rfilename for one in there.siblings or []]
    if not found.own_card and README_FILE in names and not _card_is_ours(hub, repo, found, branch):
        del found.files[README_FILE]
        found.remarks.append(f"{README_FILE} there was written or changed by a person: it stays as it is")
    gone = [name for name in names if name not in found.files and name.endswith(STALE[found.what])]
    additions = [CommitOperationAdd(name, file) for name, file in sorted(found.files.items())]
    commit = hub.create_commit(
        repo.id,
        [*additions, *(CommitOperationDelete(name) for name in gone)],
        commit_message=message or f"{found.name} ({found.digest[:12]}), by nijigen push",
        repo_type=found.what,
        revision=branch,
    )
    return _told(found, repo, removed=gone, url=str(commit.commit_url))


def _look(hub: "HfApi", repo: Repository, found: Contents, private: bool) -> Any:
    """What is in the repository; None where there is none yet.

    Raises:
        NijigenError: it holds something else, or is public where a private one is wanted.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        there = repo_info(hub, repo.id, found.what)
    except RepositoryNotFoundError as error:
        if type(error) is not RepositoryNotFoundError:  # a gated one is there
            raise
        return None
    names = {one.rfilename for one in there.siblings or []}
    if MARKS[found.what] not in names and (others := _foreign(names)):
        raise NijigenError(f"{repo.id} is taken: it holds {', '.join(others)}, nothing of nijigen; choose another name")
    if private and there.private is False:
        raise NijigenError(
            f"{repo.id} is public already, and --private makes only new ones private: "
            f"change it at {endpoint()}/{repo.id}/settings, or choose another name"
        )
    return there


def _foreign(names: Iterable[str]) -> list[str]:
    others = sorted(name for name in names if name not in ANYBODYS)
    return [*others[:3], f"{len(others) - 3:,} more"] if len(others) > 3 else others


def _card_is_ours(hub: "HfApi", repo: Repository, found: Contents, branch: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = hub.hf_hub_download(repo.id, README_FILE, repo_type=found.what, revision=branch, local_dir=folder)
        return is_ours_at(Path(path))


def _told(found: Contents, repo: Repository, **more: Any) -> Pushed:
    name = f"datasets/{repo.id}" if found.what == "dataset" else repo.id
    return Pushed(name, found.what, found.digest, found.sizes(), left=found.left, remarks=found.remarks, **more)


def _size(count: int) -> str:
    for unit, below in (("B", 1_000), ("kB", 10**6), ("MB", 10**9)):
        if count < below:
            return f"{count} B" if unit == "B" else f"{count / (below / 1_000):.1f} {unit}"
    return f"{count / 10**9:.2f} GB"
