"""The verb that shows a folder written for browsers: preview."""

from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Quiet, app
from nijigen.terminal import report


@app.command()
def preview(
    folder: Annotated[Path, typer.Argument(help="A folder that export --to web wrote.")],
    port: Annotated[int, typer.Option(help="0 takes any that is free.")] = 8000,
    show: Annotated[bool, typer.Option("--open", help="Open it in this computer's browser.")] = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Show a page on this computer, to nobody else: a small web server on 127.0.0.1. Ctrl-C ends it.

    `nijigen preview web-chibi --open`

    It sends the headers that let the page use several threads; the README.md of the folder says how other servers do.
    """
    import webbrowser

    from nijigen.export.web.preview import Preview

    server = Preview(folder, port)
    # Whoever reads it through a pipe needs the address now.
    report({"folder": str(folder), "url": server.url}, [f"{folder} is at {server.url} (Ctrl-C ends it)"], json, quiet)
    print(end="", flush=True)
    if show:
        webbrowser.open(server.url)
    try:
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
