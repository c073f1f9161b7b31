"""A small Hugging Face Hub on loopback: the few endpoints that the real client uses to push and to pull.

Repositories live in memory as commits of files. Large files go the way of Git LFS, as on the Hub: the client asks where
to, uploads there, and the commit names them by their SHA-256.
"""

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

WRITER, READER = "hf_writer_of_tests", "hf_reader_of_tests"
LARGE = (".safetensors", ".tar", ".png", ".onnx")
REPO = r"(?P<kind>models|datasets)/(?P<repo>[^/]+/[^/]+)"


@dataclass
class Repo:
    """One repository: commits of files, and branches that name commits."""

    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def commit(self, files: dict[str, bytes], branch: str = "main", message: str = "") -> str:
        digest = hashlib.sha1(f"{len(self.commits)} {sorted(files)}".encode()).hexdigest()
        self.commits[digest] = files
        self.branches[branch] = digest
        self.messages.append(message)
        return digest

    def at(self, revision: str) -> str | None:
        return self.branches.get(revision) or (revision if revision in self.commits else None)

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[self.branches["main"]]


class Hub:
    """The server, and what it holds.

    Attributes:
        asked: the requests, in order; ``sent`` their bodies.
        fail: part of a request → the status, headers and text it is answered with.
        cut: path of a file → bytes after which the connection breaks, once.
    """

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.blobs: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.sent: list[bytes] = []
        self.fail: dict[str, tuple[int, dict[str, str], str]] = {}
        self.cut: dict[str, int] = {}
        hub = self

        class Handler(_Handler):
            held = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, repo: str, files: dict[str, bytes], kind: str = "models", **facts: Any) -> Repo:
        """A repository that is there already."""
        made = self.repos.setdefault((kind, repo), Repo(**facts))
        made.commit(files)
        return made

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    held: Hub

    def log_message(self, *words: Any) -> None:
        """Silence."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_HEAD(self) -> None:
        self._serve("HEAD")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def _serve(self, method: str) -> None:
        path = unquote(urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.held.asked.append(f"{method} {path}")
        self.held.sent.append(body)
        for part, (status, headers, text) in self.held.fail.items():
            if part in f"{method} {path}":
                return self._answer(status, {"error": text}, headers)
        for verb, pattern, serve in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and verb == ("GET" if method == "HEAD" else method):
                return serve(self, body=body, **found.groupdict())
        return self._answer(404, {"error": f"no such endpoint: {method} {path}"})

    def _answer(self, status: int, value: Any = None, headers: dict[str, str] | None = None, raw: bytes = b"") -> None:
        data = raw or json.dumps(value).encode()
        self.send_response(status)
        sent = {"Content-Length": str(len(data)), "Content-Type": "application/json", **(headers or {})}
        for name, text in sent.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    @property
    def _token(self) -> str:
        return str(self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def _find(self, kind: str, repo: str) -> Repo | None:
        found = self.held.repos.get((kind, repo))
        if self._token not in ("", WRITER, READER):
            message = "Invalid credentials in Authorization header"
            self._answer(401, {"error": message}, {"X-Error-Message": message})
        elif found is None or (found.private and self._token != WRITER):
            self._answer(
                404 if self._token else 401, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
            )
            found = None
        elif found.gated and not self._token:
            self._answer(401, {"error": "gated"}, {"X-Error-Code": "GatedRepo"})
        else:
            return found
        return None

    def _may_write(self) -> bool:
        if self._token == WRITER:
            return True
        self._answer(403, {"error": "You don't have the rights to do this"}, {"X-Error-Message": "no write rights"})
        return False

    def info(self, body: bytes, kind: str, repo: str, revision: str | None = None) -> None:
        found = self._find(kind, repo)
        if found is None:
            return None
        commit = found.at(revision or "main")
        if revision and commit is None:
            return self._answer(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
        files = found.commits.get(commit or "", {})
        siblings = [{"rfilename": name, "size": len(data)} for name, data in files.items()]
        facts = {"id": repo, "sha": commit, "private": found.private, "gated": found.gated, "siblings": siblings}
        return self._answer(200, {**facts, "tags": [], "downloads": 0})

    def create(self, body: bytes) -> None:
        if not self._may_write():
            return None
        told = json.loads(body)
        kind, repo = f"{told.get('type', 'model')}s", f"{told['organization']}/{told['name']}"
        if (kind, repo) in self.held.repos:
            return self._answer(409, {"error": "You already created this model repo"})
        private = told.get("visibility") == "private" or told.get("private") is True
        self.held.repos[kind, repo] = made = Repo(private=private)
        made.commit({".gitattributes": b"*.safetensors filter=lfs\n"}, message="initial commit")
        return self._answer(200, {"url": f"{self.held.url}/{'datasets/' if kind == 'datasets' else ''}{repo}"})

    def branch(self, body: bytes, kind: str, repo: str, revision: str) -> None:
        found = self._find(kind, repo)
        if found is None or not self._may_write():
            return None
        if revision in found.branches:
            return self._answer(409, {"error": "Reference already exists"})
        found.branches[revision] = found.branches["main"]
        return self._answer(200, {})

    def validate(self, body: bytes) -> None:
        import yaml

        text = json.loads(body)["content"]
        try:
            front = yaml.safe_load(text.split("---\n")[1]) if text.startswith("---\n") else {}
        except yaml.YAMLError as error:
            return self._answer(400, {"errors": [{"message": str(error)}], "warnings": []})
        errors = [] if isinstance(front, dict) else [{"message": "the front matter is no mapping"}]
        return self._answer(400 if errors else 200, {"errors": errors, "warnings": []})

    def preupload(self, body: bytes, kind: str, repo: str, revision: str) -> None:
        if self._find(kind, repo) is None or not self._may_write():
            return None
        files = [
            {
                "path": one["path"],
                "uploadMode": "lfs" if one["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
                "oid": None,
            }
            for one in json.loads(body)["files"]
        ]
        return self._answer(200, {"files": files})

    def batch(self, body: bytes, repo: str) -> None:
        if not self._may_write():
            return None
        objects = []
        for one in json.loads(body)["objects"]:
            known = one["oid"] in self.held.blobs
            where = {"upload": {"href": f"{self.held.url}/lfs/{one['oid']}"}}
            objects.append({**one, **({} if known else {"actions": where})})
        return self._answer(200, {"transfer": "basic", "objects": objects})

    def upload(self, body: bytes, oid: str) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            return self._answer(400, {"error": "these bytes do not have that digest"})
        self.held.blobs[oid] = body
        return self._answer(200, {})

    def commit(self, body: bytes, kind: str, repo: str, revision: str) -> None:
        found = self._find(kind, repo)
        if found is None or not self._may_write():
            return None
        if revision not in found.branches:
            return self._answer(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
        files, message = dict(found.commits[found.branches[revision]]), ""
        for row in map(json.loads, body.splitlines()):
            value = row["value"]
            if row["key"] == "header":
                message = value["summary"]
            elif row["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif row["key"] == "lfsFile":
                files[value["path"]] = self.held.blobs[value["oid"]]
            elif row["key"] == "deletedFile":
                del files[value["path"]]
        oid = found.commit(files, revision, message)
        url = f"{self.held.url}/{'datasets/' if kind == 'datasets' else ''}{repo}/commit/{oid}"
        return self._answer(200, {"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""})

    def resolve(self, body: bytes, repo: str, revision: str, file: str, prefix: str | None = None) -> None:
        found = self._find("datasets" if prefix else "models", repo)
        if found is None:
            return None
        commit = found.at(revision)
        if commit is None:
            return self._answer(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
        if file not in found.commits[commit]:
            return self._answer(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
        data = found.commits[commit][file]
        etag = hashlib.sha256(data).hexdigest() if file.endswith(LARGE) else hashlib.sha1(data).hexdigest()
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        start = re.match(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if start and self.command == "GET":
            first = int(start[1])
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
            return self._answer(206, headers=headers, raw=data[first:])
        if self.command == "GET" and file in self.held.cut:
            return self._break(data, headers, self.held.cut.pop(file))
        return self._answer(200, headers=headers, raw=data)

    def _break(self, data: bytes, headers: dict[str, str], after: int) -> None:
        """Promise all, send a part, and go."""
        self.send_response(200)
        for name, text in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data[:after])
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()


ROUTES = [
    ("GET", rf"/api/{REPO}", _Handler.info),
    ("GET", rf"/api/{REPO}/revision/(?P<revision>.+)", _Handler.info),
    ("POST", r"/api/repos/create", _Handler.create),
    ("POST", rf"/api/{REPO}/branch/(?P<revision>.+)", _Handler.branch),
    ("POST", r"/api/validate-yaml", _Handler.validate),
    ("POST", rf"/api/{REPO}/preupload/(?P<revision>.+)", _Handler.preupload),
    ("POST", r"/(?:datasets/)?(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch", _Handler.batch),
    ("PUT", r"/lfs/(?P<oid>[0-9a-f]{64})", _Handler.upload),
    ("POST", rf"/api/{REPO}/commit/(?P<revision>.+)", _Handler.commit),
    ("GET", r"/(?P<prefix>datasets/)?(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)", _Handler.resolve),
]
