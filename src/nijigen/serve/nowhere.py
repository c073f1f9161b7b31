"""Paths that begin like the API's and are none of them: a problem of the API's, not a page of the studio's."""

from collections.abc import Sequence

from starlette.datastructures import URLPath
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from nijigen.serve.settings import API


class Nowhere(BaseRoute):
    """A route after all others of the API: 405 where one of them has the path, else 404.

    Args:
        before: the routes of the API.
    """

    def __init__(self, before: Sequence[BaseRoute]) -> None:
        self._before = list(before)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Every path of the API."""
        mine = scope["type"] == "http" and scope["path"].startswith(API)
        return (Match.FULL if mine else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        for route in self._before:
            match, inner = route.matches(scope)
            if match is Match.PARTIAL:  # the path without the method, of which it tells itself
                scope.update(inner)
                await route.handle(scope, receive, send)
                return
        raise HTTPException(404)

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        raise NoMatchFound(name, path_params)
