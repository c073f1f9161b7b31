"""The Hub's own client, and every mistake of it as one line that says what to do.

Where the Hub is comes from ``HF_ENDPOINT``, who asks from ``hf auth login`` or ``HF_TOKEN``: the client reads the token
itself, so that nothing here ever holds it.
"""

import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nijigen.errors import NijigenError

if TYPE_CHECKING:
    from huggingface_hub import DatasetInfo, HfApi, ModelInfo

PUBLIC = "https://huggingface.co"
CLIENTS = ("httpx2", "httpx", "requests", "urllib3")  # that the versions of huggingface_hub stand on
LONGEST = 200  # characters of what a server says
NO_SPACE = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"


def open_hub(quiet: bool = False) -> "HfApi":
    """The client.

    Args:
        quiet: no progress bars; without a terminal there are none either.

    Raises:
        NijigenError: huggingface_hub is not installed.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.utils.logging import set_verbosity
        from huggingface_hub.utils.tqdm import disable_progress_bars, enable_progress_bars
    except ImportError:
        raise NijigenError(
            'sharing needs huggingface_hub, which is not installed: pip install "nijigen[hub]"'
        ) from None
    set_verbosity(logging.ERROR)  # what matters is said here, in a line
    if quiet or not sys.stderr.isatty():
        disable_progress_bars()
    elif os.environ.get("HF_HUB_DISABLE_PROGRESS_BARS") is None:
        enable_progress_bars()
    return HfApi(endpoint=endpoint(), library_name="nijigen")


def endpoint() -> str:
    """Where the Hub is."""
    return (os.environ.get("HF_ENDPOINT") or PUBLIC).rstrip("/")


def has_token() -> bool:
    """Whether the client knows who asks."""
    from huggingface_hub import get_token

    return get_token() is not None


def repo_info(hub: "HfApi", repo: str, what: str, revision: str | None = None) -> "ModelInfo | DatasetInfo":
    """What the Hub knows of a repository: its commit, whether it is private, its files with their sizes."""
    if what == "dataset":
        return hub.dataset_info(repo, revision=revision, files_metadata=True)
    return hub.model_info(repo, revision=revision, files_metadata=True)


@contextmanager
def in_words(repo: str, revision: str | None = None) -> Iterator[None]:
    """Turns what the client raises into a :class:`NijigenError`; a full disk, and mistakes of our own, pass."""
    try:
        yield
    except NijigenError:
        raise
    except Exception as error:
        line = _explain(error, repo, revision)
        if line is None:
            raise
        raise NijigenError(line) from None


def _explain(error: Exception, repo: str, revision: str | None) -> str | None:
    from huggingface_hub import errors

    host = urlsplit(endpoint()).netloc or endpoint()
    cause = error.__cause__
    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(cause, errors.HfHubHTTPError):
        error = cause  # the client found no copy of the file after the server had refused it, which is what counts
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set, so nothing is sent or fetched: unset it, or copy the folder yourself"
    if isinstance(error, errors.LocalTokenNotFoundError):
        return f"{host} does not know who you are: {LOG_IN}"
    if isinstance(error, errors.GatedRepoError):
        return f"{repo} is gated: accept its terms at {endpoint()}/{repo}, and {LOG_IN}"
    if isinstance(error, errors.DisabledRepoError):
        return f"{repo} has been disabled on {host}"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"--revision {revision or 'main'}: {repo} has no such branch, tag or commit"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"{host} has no {repo}, or it is private and not yours: check the name, and {LOG_IN}"
    if isinstance(error, errors.HFValidationError):
        return f"{repo!r} is no name that the Hub takes: {_line(error)}"
    if isinstance(error, errors.HfHubHTTPError):
        return _answered(error, repo, host)
    if isinstance(error, errors.LocalEntryNotFoundError) or _of_client(error):
        return (
            f"{host} cannot be reached ({_reason(error)}): check the network, and run the same again; "
            "everything but push and pull works without it"
        )
    if isinstance(error, OSError) and error.errno is not None:
        return None  # of this machine's disk
    if isinstance(error, OSError | ValueError | RuntimeError):
        return f"{repo}: {_line(error)}"
    return None


def _answered(error: Any, repo: str, host: str) -> str:
    """What an answer of the server means."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    said = getattr(error, "server_message", None)
    told = f" ({_line(said)})" if said else ""
    if status == 401:
        return f"{host} refuses the token{told}: make a new one, and {LOG_IN}"
    if status in (402, 403):
        return f"you may not do this to {repo}{told}: use a token that may write, or a name of your own"
    if status == 404:
        return f"{host} has no such thing in {repo}{told}: check the name"
    if status == 409:
        return f"{repo} is taken, or somebody changes it at this moment{told}: choose another name, or try again"
    if status in (413, 507):
        return f"{repo}: too large for {host}{told}: share less, or ask for more room"
    if status == 429:
        return f"{host} was asked too often{told}: wait a little, and run the same again"
    if isinstance(status, int) and status >= 500:
        return f"{host} has trouble of its own ({status}){told}: try again later"
    return f"{host} answered {status} to {repo}{told}"


def _of_client(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in CLIENTS or isinstance(error, ConnectionError | TimeoutError)


def _reason(error: Exception) -> str:
    """The innermost cause, which names what happened rather than who noticed."""
    inner: BaseException = error
    while (inner.__cause__ or inner.__context__) is not None:
        inner = inner.__cause__ or inner.__context__ or inner
    strerror = getattr(inner, "strerror", None)
    return _line(strerror or inner or type(inner).__name__)


def _line(text: object) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
