"""What every tab of the studio has: whose turn it is, what to say, which pictures are shown, who gets which avatar."""

import functools
import html
import inspect
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import gradio as gr

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema
from nijigen.serve.api.asking import client_of
from nijigen.serve.studio.describing import describe
from nijigen.serve.studio.pieces import is_piece, speak
from nijigen.serve.studio.shelf import GoneError, Shelf, Shown
from nijigen.serve.studio.speech import Speech, known_language, word
from nijigen.serve.turns import BusyError
from nijigen.serve.workshop import LateError

LOG = logging.getLogger("nijigen.studio")
INBOXES = ("refine", "mix", "illustrator")  # tabs that take an avatar from another one

Item = dict[str, Any]
Handler = Callable[..., Any]
Wired = tuple[Handler, list[Any], list[Any]]


class ToldError(NijigenError):
    """A refusal in the page's own words and language."""


@dataclass(frozen=True)
class Maker:
    """How a tab makes its avatars.

    Attributes:
        controls: by name, what is chosen with.
        make: what runs when something was chosen, with its inputs and outputs.
    """

    controls: Mapping[str, Any]
    make: Handler
    inputs: Sequence[Any]
    outputs: Sequence[Any]


class Studio:
    """Handed to every ``build_X(studio)``.

    Attributes:
        workshop, collections, settings: of the server.
        shelf: pictures that are shown, by names nobody can guess.
        speech: everything on the page that says something.
        language: the control whose value is the page's language: the first input of every handler.
        tabs: which tab is in front: an output of whoever sends an avatar elsewhere.
        grids: by tab, a grid whose avatars other tabs offer too.
        opened: the tabs themselves; listen to their ``select``.
        makers: by tab, its controls and what makes its avatars of them: for settings that come from elsewhere.
        inbox: by tab, a state with an avatar's item that was sent there; listen to its ``change``.
    """

    def __init__(self, workshop: Any, collections: Any, settings: Any) -> None:
        self.workshop, self.collections, self.settings = workshop, collections, settings
        self.shelf, self.speech = Shelf(), Speech()
        self.language: gr.HTML
        self.tabs: gr.Tabs
        self.inbox: dict[str, gr.State] = {}
        self.opened: dict[str, gr.Tab] = {}
        self.makers: dict[str, Maker] = {}
        self.grids: dict[str, gr.HTML] = {}
        self.tab_names: list[str] = []
        self.listeners: list[Wired] = []
        self.starters: list[Wired] = []

    def say(self, component: Any, **keys: Any) -> Any:
        """Have a control speak the page's language: ``say(slider, label="create.count", info="create.count_hint")``.

        A property is a key of ``words/*.toml``; for a piece, ``words=("gallery",)`` are whole parts of them.

        Raises:
            KeyError: there is no such word.
        """
        if is_piece(component):
            speak(component, keys["words"])
        else:
            self.speech.add(component, keys)
        return component

    def on_language(self, handler: Handler, inputs: Sequence[Any], outputs: Sequence[Any], start: bool = True) -> None:
        """Have ``handler(language, *inputs)`` run whenever the page's language changes, and at the start."""
        self.listeners.append((handler, list(inputs), list(outputs)))
        if start:
            self.on_start(handler, inputs, outputs)

    def on_start(self, handler: Handler, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Have ``handler(language, *inputs)`` run once, when the page opens."""
        self.starters.append((handler, list(inputs), list(outputs)))

    def on(self, event: Any, handler: Handler, inputs: Sequence[Any], outputs: Sequence[Any], **how: Any) -> Any:
        """Have ``handler(language, *inputs)`` run at an event (``button.click``), its failures friendly."""
        usual: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        return event(self.friendly(handler), [self.language, *inputs], list(outputs), **{**usual, **how})

    def client(self, request: Any) -> str:
        """Who asks, for fair turns: the address of a request (Gradio's or FastAPI's), not the tab of a browser.

        It is the API's name for them too: who uses both has one turn.
        """
        return client_of(request)

    def item(self, avatar: Avatar, language: object, data: bytes | None = None) -> Item:
        """Put an avatar on the shelf, ``data`` its file if there is one; returns what the page's pieces show of it."""
        ident = self.shelf.put_avatar(avatar, data)
        height, width = avatar.pixels.shape[:2]
        return {
            "id": ident,
            "url": f"studio/pictures/{ident}",
            "file": self.shelf.get(ident).name,
            "alt": describe(avatar.certificate, language),
            "width": width,
            "height": height,
        }

    def retold(self, item: Item, language: object) -> Item:
        """An item with what a screen reader says of it in another language."""
        try:
            certificate = self.shelf.get(str(item.get("id"))).certificate
        except GoneError:
            return item
        return item if certificate is None else {**item, "alt": describe(certificate, language)}

    def file(self, data: bytes, media_type: str, name: str) -> str:
        """Put any file on the shelf (a loop, an SVG, an archive); returns the address to link to."""
        return f"studio/pictures/{self.shelf.put(Shown(data, media_type, name))}"

    def avatar(self, ident: object) -> Avatar:
        """The avatar of an item's ``id``, read from its own file.

        Raises:
            GoneError: it is kept no longer.
        """
        shown = self.shelf.get(ident) if isinstance(ident, str) else None
        if shown is None or shown.certificate is None:
            raise GoneError("this avatar is kept no longer: make it again")
        return Avatar.read(shown.data, shown.name)

    def bytes_of(self, ident: object) -> bytes:
        """The file of an item's ``id``, byte for byte.

        Raises:
            GoneError: it is kept no longer.
        """
        if not isinstance(ident, str):
            raise GoneError("this picture is kept no longer: make it again")
        return self.shelf.get(ident).data

    def note(self, language: object, key: str, **values: Any) -> None:
        """Tell the person something, in the page's language."""
        gr.Info(html.escape(word(language, key, **values)), duration=4)

    def sorry(self, language: object, error: Exception) -> None:
        """Tell the person that it did not work, in the page's language, without a traceback."""
        if isinstance(error, GoneError):
            said = word(language, "page.gone")
        elif isinstance(error, BusyError | LateError):
            said = word(language, "page.busy")
        elif isinstance(error, ToldError):
            said = str(error)
        elif isinstance(error, NijigenError):
            said = word(language, "page.refused", reason=str(error)[:300])
        else:
            LOG.exception("the studio failed", exc_info=error)
            said = word(language, "page.failed")
        gr.Warning(html.escape(said), duration=8)  # a file's name or certificate may be in it

    def friendly(self, handler: Handler) -> Handler:
        """A handler (coroutine or async generator, the language its first argument) whose failures are friendly."""

        @functools.wraps(handler)
        async def once(language: Any, *inputs: Any, **more: Any) -> Any:
            try:
                work: Awaitable[Any] = handler(known_language(language), *inputs, **more)
                return await work
            except Exception as error:
                self.sorry(language, error)
                return gr.skip()

        @functools.wraps(handler)
        async def each(language: Any, *inputs: Any, **more: Any) -> AsyncIterator[Any]:
            try:
                work: AsyncGenerator[Any, None] = handler(known_language(language), *inputs, **more)
                async with aclosing(work):  # who leaves ends it here and now
                    async for step in work:
                        yield step
            except Exception as error:
                self.sorry(language, error)
                yield gr.skip()

        return each if inspect.isasyncgenfunction(handler) else once


def same_words(schema: AttributeSchema, attributes: dict[str, Any]) -> dict[str, Any]:
    """What of some attributes another model's schema knows too: for when the model is changed."""
    kept: dict[str, Any] = {}
    for name, value in attributes.items():
        if name in schema:
            try:
                kept |= schema.normalize({name: value})
            except NijigenError:
                continue
    return kept
