"""Verbs about the weights of others: what there is, what is here, and getting one."""

from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Quiet, app
from nijigen.terminal import report

weights_app = typer.Typer(help="Files of other people that nijigen can use: what they are, and where they are.")
app.add_typer(weights_app, name="weights")


@weights_app.callback(invoke_without_command=True)
def weights(context: typer.Context, json: AsJson = False) -> None:
    """What nijigen can use that others made: name, licence, whether it is here, and where it comes from.

    `nijigen weights get animeface` downloads one. Files are looked for in the folders of NIJIGEN_WEIGHTS first;
    NIJIGEN_OFFLINE=1 forbids downloads.
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
            f"{one.name}  ({one.size / 1e6:.1f} MB, {one.licence}): {one.use}",
            f"    {state}",
            f"    from {one.url or one.page or 'an address that is not known'}"
            + (f'; needs pip install "nijigen[{one.extra}]"' if one.extra else ""),
        ]
    report(facts, lines, json)


@weights_app.command("get")
def weights_get(
    name: Annotated[str, typer.Argument(help="A name that nijigen weights lists.")],
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Make sure that one file is here, and right: downloads it from its author where it is not.

    `nijigen weights get animeface`
    """
    import sys

    from nijigen.weights import find_weights

    path = find_weights(name, None if quiet or json else lambda line: print(line, file=sys.stderr))
    report({"name": name, "path": str(path)}, [str(path)], json, quiet)
