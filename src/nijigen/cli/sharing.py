"""The verbs of sharing: push, pull."""

from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Quiet, app
from nijigen.terminal import report


@app.command()
def push(
    target: Annotated[
        str,
        typer.Argument(metavar="MODEL|DATASET", help="A model by name, run, folder or file; or a data set's folder."),
    ],
    repo: Annotated[str, typer.Argument(help="Where to: OWNER/NAME on the Hugging Face Hub; made if it is not there.")],
    private: Annotated[bool, typer.Option("--private", help="Make it for its owner's eyes only.")] = False,
    revision: Annotated[
        str | None, typer.Option("--revision", "--branch", help="A branch; made if it is not there. By default main.")
    ] = None,
    message: Annotated[str | None, typer.Option("--message", "-m", help="Of the commit.")] = None,
    licence: Annotated[str | None, typer.Option(help="Where what is pushed does not say its own.")] = None,
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Of a data set: where its pictures are from, if it does not say.")
    ] = None,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Push it though nobody knows licence or source; its card says so.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List files and sizes; ask nobody, send nothing.")] = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Share a model or a data set on the Hugging Face Hub: weights, card and samples; never checkpoints.

    `nijigen push runs/faces someone/faces --dry-run` — what would be sent

    `nijigen push runs/faces someone/faces --private`

    `nijigen push datasets/faces someone/faces --licence CC-BY-4.0 --source https://example.org/faces`

    Log in once with `hf auth login`, or set HF_TOKEN.
    """
    from nijigen.sharing.pushing import push as push_files

    pushed = push_files(
        target,
        repo,
        private=private,
        revision=revision,
        message=message,
        licence=licence,
        source=source,
        allow_unknown=allow_unknown,
        dry_run=dry_run,
        quiet=quiet or json,
    )
    report(pushed.as_dict(), pushed.lines(), json, quiet)


@app.command()
def pull(
    repo: Annotated[str, typer.Argument(help="OWNER/NAME on the Hugging Face Hub, or datasets/OWNER/NAME.")],
    out: Annotated[
        Path | None,
        typer.Argument(help="A new folder. By default a model is then found by its name, a data set is in NAME here."),
    ] = None,
    revision: Annotated[str | None, typer.Option(help="A branch, tag or commit. By default main.")] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Fetch a model or a data set from the Hugging Face Hub; checked before it is used, and nothing that holds code.

    `nijigen pull someone/faces`, then `nijigen generate --model someone/faces`

    `nijigen pull datasets/someone/faces`, then `nijigen train faces`
    """
    from nijigen.sharing.pulling import pull as pull_files

    pulled = pull_files(repo, out, revision=revision, quiet=quiet or json)
    report(pulled.as_dict(), pulled.lines(), json, quiet)
