"""The verb that holds files to what they say of themselves: verify."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nijigen.cli.app import AsJson, Device, Quiet, app
from nijigen.errors import NijigenError
from nijigen.terminal import plain_words, report


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Avatars, or folders of them.")],
    recreate: Annotated[bool, typer.Option("--recreate", help="Make each avatar again, and compare.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="A picture without a certificate counts as wrong.")] = False,
    model: Annotated[str | None, typer.Option(help="Their model, for --recreate; by default found by digest.")] = None,
    style_image: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="With --recreate: what painted ones were painted like. Repeatable."),
    ] = None,
    device: Device = "auto",
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Hold files to what they say of themselves: whose avatar it is, and whether its pixels are still those.

    `nijigen verify avatars/avatar-0003.png`

    `nijigen verify avatars --recreate` — every picture of a folder, each avatar made again

    The exit code is 0 if all are as they state, 1 if one is not, cannot be read, or none has a certificate. A
    certificate is no signature: anybody can write one (docs/provenance.md).
    """
    from nijigen.progress import track
    from nijigen.provenance.verifying import Verifier, files_of

    if (model is not None or style_image) and not recreate:
        raise NijigenError(f"{'--model' if model else '--style-image'} is for --recreate: say it too, or leave it out")
    named = files_of(files)
    look = Verifier(recreate, model, device, style_image or [])
    found = []
    with track(len(named), "verifying", unit="files", quiet=quiet or json) as bar:
        for file in named:
            found.append(look(file))
            bar.advance()
    wrong = sum(not verdict.stands for verdict in found)
    bare = sum(verdict.stands and verdict.said.avatar is None for verdict in found)
    right = len(found) - wrong - bare
    fine = not wrong and right > 0 and not (strict and bare)
    lines = [plain_words(verdict.line()) for verdict in found]
    if len(found) > 1:
        rest = f"; {bare:,} without a certificate" * bool(bare) + f"; {wrong:,} NOT" * bool(wrong)
        lines.append(f"{len(found):,} files: {right:,} avatars as they state{rest}")
    facts: dict[str, Any] = {"as_stated": right, "without_certificate": bare, "wrong": wrong, "fine": fine}
    report({**facts, "files": [verdict.as_dict() for verdict in found]}, lines, json, quiet)
    if not fine:
        raise typer.Exit(1)
