"""Beyond loopback a token is asked for: by programs in a header, by people once, in a form that leaves a cookie."""

import asyncio
import hashlib
import hmac
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from nijigen.serve.guard import is_public, refuse
from nijigen.serve.settings import API

COOKIE = "nijigen"
SCHEME = "token"  # its name in OpenAPI
LOGIN = "/login"
MOST_FORM = 4_096  # bytes
PAUSE = 0.5  # seconds before a wrong token is answered
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>nijigen</title><style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:20vh auto;padding:0 1rem}}
input,button{{font:inherit;padding:.5rem;width:100%;box-sizing:border-box;margin:.25rem 0}}</style>
<main><h1>nijigen</h1><p>{line}</p><form method="post" action="{login}">
<label for="token">Token · 令牌 · トークン</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
<button>OK</button></form></main></html>"""


class TokenNeeded:
    """ASGI middleware: 401 for everything that is not public and shows neither the token nor the cookie for it."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self._token = app, token.encode()
        # The cookie tells nothing of the token.
        self._cookie = hmac.new(self._token, b"nijigen cookie", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or is_public(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._shown(headers):
            await self.app(scope, receive, send)
            return
        page = scope["type"] == "http" and "text/html" in headers.get("accept", "")
        if page and scope["method"] == "POST" and scope["path"] == LOGIN:
            answer = await self._login(Request(scope, receive))
        elif page and scope["method"] in ("GET", "HEAD") and not scope["path"].startswith(API):
            answer = await self._link(scope)
        else:
            challenge = {"WWW-Authenticate": 'Bearer realm="nijigen"'}
            detail = "a token is needed: send the header Authorization: Bearer TOKEN"
            await refuse(401, detail, scope, receive, send, challenge)
            return
        await answer(scope, receive, send)

    def _shown(self, headers: Headers) -> bool:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._is(token.strip()):
            return True
        try:
            known = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return known is not None and hmac.compare_digest(known.value.encode(), self._cookie.encode())

    def _is(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "replace"), self._token)

    async def _link(self, scope: Scope) -> Response:
        """A page that is asked for: with the token in its address, as the line says that the server prints."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for key, value in query if key == "token"]
        if not tokens:
            return _form("This studio asks for a token.")
        if not self._is(tokens[0]):
            await asyncio.sleep(PAUSE)
            return _form("That is not the token.")
        rest = urlencode([(key, value) for key, value in query if key != "token"])
        place = "/" + scope["path"].lstrip("/\\")  # two slashes would lead to another site
        return self._welcome(RedirectResponse(place + (f"?{rest}" if rest else ""), 303), scope)

    async def _login(self, request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_FORM:
                return _form("That is not the token.")
        given = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]
        if not self._is(given.strip()):
            await asyncio.sleep(PAUSE)
            return _form("That is not the token.")
        return self._welcome(RedirectResponse("/", 303), request.scope)

    def _welcome(self, answer: Response, scope: Scope) -> Response:
        secure = scope.get("scheme") == "https"
        answer.set_cookie(COOKIE, self._cookie, httponly=True, samesite="lax", secure=secure)
        return answer


def declare_token(app: FastAPI) -> None:
    """Have an application's OpenAPI description say which of its operations ask for the token, and how it is sent."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        document = plain()  # FastAPI keeps it, and makes another when there are other routes
        document.setdefault("components", {})["securitySchemes"] = {SCHEME: {"type": "http", "scheme": "bearer"}}
        for path, operations in document["paths"].items():
            for operation in () if is_public(path) else operations.values():
                operation["security"] = [{SCHEME: []}]
        return document

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way of changing it


def _form(line: str) -> Response:
    return HTMLResponse(PAGE.format(line=escape(line), login=LOGIN), 401, {"Cache-Control": "no-store"})
