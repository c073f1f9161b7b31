"""Verbs about the weights of others: what there is, what is here, and getting one."""

from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Quiet, app
from nijigen.terminal import report

weights_app = typer.Typer(rich_markup_mode="markdown")
app.add_typer(weights_app, name="weights")


@weights_app.callback(invoke_without_command=True)
def weights(context: typer.Context, json: AsJson = False) -> None:
    """List what nijigen can use that others made: name, licence, whether it is here, and where it comes from.

    `nijigen weights`

    `nijigen weights get animeface` — downloads one

    Files are looked for in the folders of NIJIGEN_WEIGHTS first; NIJIGEN_OFFLINE=1 forbids downloads.
    """
    if context.invoked_subcommand is not None:
        return
    from dataclasses import asdict

    from nijigen.weights import list_weights

    rows = list_weights()
    facts = [
        {**asdict(row.weights), "path": str(row.path) if row.path else None, "problem": row.problem} for row in rows
    ]
    lines = []
    for row in rows:
        one = row.weights
        state = f"not usable: {row.problem}" if row.problem else str(row.path) if row.path else "not here"
        lines += [
            f"{one.name}  ({_size(one.size, one.sha256)}, {one.licence}): {one.use}",
            f"    {state}",
            f"    from {one.url or one.page or 'an address that is not known'}"
            + (f'; needs pip install "nijigen[{one.extra}]"' if one.extra else "")
            + ("" if one.sha256 else "; no SHA-256 is known: downloaded with --trust alone"),
        ]
    report(facts, lines, json)


@weights_app.command("get")
def weights_get(
    name: Annotated[str, typer.Argument(help="A name that nijigen weights lists.")],
    trust: Annotated[bool, typer.Option("--trust", help="Download also what has no known SHA-256.")] = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Make sure that one file is here, and right: downloads it from its author where it is not.

    `nijigen weights get animeface`

    `nijigen weights get tadne --trust` — nobody here knows the SHA-256 of this one: it is printed, kept, and asked for
    from then on
    """
    import sys

    from nijigen.weights import find_weights

    path = find_weights(name, None if quiet or json else lambda line: print(line, file=sys.stderr), trust)
    report({"name": name, "path": str(path)}, [str(path)], json, quiet)


def _size(size: int, sha256: str) -> str:
    """Megabytes; about so many where nobody here has seen the file."""
    if not size:
        return "size unknown"
    return f"{'' if sha256 else 'about '}{size / 1e6:.1f} MB"
