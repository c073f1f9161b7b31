"""The studio: a page where avatars are made, refined and kept, in three languages, by day and by night.

Gradio's Blocks with a look of their own, mounted in the server's app; it speaks to the same workshop as the API and
never goes through HTTP. No request of the page leaves the server: no fonts, no analytics, no links in a footer.
"""

import os
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

LARGEST_UPLOAD = "20mb"  # by Gradio's own ways, which are shut: files come by uploads.py
WAITING = 200  # events in line before the page says that it is busy


def mount_studio(app: "FastAPI", workshop: Any, collections: Any, settings: Any) -> None:
    """Put the studio at ``/``, below everything that the app has already.

    Args:
        workshop: whose turn it is (:class:`nijigen.serve.workshop.Workshop`).
        collections: what is kept (:class:`nijigen.collections.Collections`).
        settings: what the server was told.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported
    import gradio as gr

    from nijigen.serve.studio.keeping import kept_routes
    from nijigen.serve.studio.page import HEAD, build_page
    from nijigen.serve.studio.routes import fetch_nothing, shut_doors, static_files, studio_routes
    from nijigen.serve.studio.strips import draw_ahead
    from nijigen.serve.studio.studio import Studio
    from nijigen.serve.studio.theme import studio_theme
    from nijigen.serve.studio.uploads import upload_routes

    fetch_nothing()
    studio = Studio(workshop, collections, settings)
    page = build_page(studio)
    page.queue(default_concurrency_limit=None, max_size=WAITING, api_open=False)
    app.include_router(studio_routes(studio))
    app.include_router(shut_doors())
    app.include_router(kept_routes(collections))
    app.include_router(upload_routes(studio.shelf, settings.limits.body))
    css = "\n".join(static_files()[name].decode() for name in sorted(static_files()) if name.endswith(".css"))
    gr.mount_gradio_app(
        app, page, path="/", theme=studio_theme(), css=css, head=HEAD, footer_links=[], run_history=False,
        show_error=False, max_file_size=LARGEST_UPLOAD, ssr_mode=False, enable_monitoring=False, pwa=False,
        mcp_server=False,
    )  # fmt: skip
    threading.Thread(target=draw_ahead, name="thumbnails", daemon=True).start()
