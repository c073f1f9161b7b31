"""Weights of others: found, downloaded from a server of our own, refused where they are not what they should be."""

import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nijigen import weights
from nijigen.download import DownloadError, fetch
from nijigen.errors import NijigenError
from nijigen.weights import Weights, find_weights, list_weights, registry

DATA = bytes(range(256)) * 40
FOLDER = {"a.npy": b"abc", "b.npy": b"def"}


class Server:
    """Answers by path; counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.drip: float | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                code, headers, body = outer.answers.get(self.path, (404, {}, b""))
                self.send_response(code)
                for key, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                if outer.drip is None:
                    self.wfile.write(body)
                    return
                for byte in body:
                    try:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                    except OSError:
                        return
                    time.sleep(outer.drip)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A machine on which nothing was ever downloaded."""
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NIJIGEN_WEIGHTS", raising=False)
    monkeypatch.delenv("NIJIGEN_OFFLINE", raising=False)
    return tmp_path / "home" / "weights"


@pytest.fixture
def known(monkeypatch, server, home):
    """A registry of one file, which the server has, and one folder, which nobody has."""
    lines = "".join(f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in FOLDER.items())
    rows = {
        "face": row("face", "face.xml", f"{server.url}/f", hashlib.sha256(DATA).hexdigest(), len(DATA)),
        "net": row("net", "net", "", hashlib.sha256(lines.encode()).hexdigest(), 6),
    }
    server.answers["/f"] = (200, {}, DATA)
    monkeypatch.setattr(weights, "registry", lambda: rows)
    return rows


def row(name, file, url, digest, size):
    facts = {"page": "", "licence": "MIT", "author": "ada", "extra": "", "use": "tests"}
    return Weights(name=name, file=file, url=url, sha256=digest, size=size, **facts)


def put(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def test_every_row_of_the_registry_is_complete():
    for name, row in registry().items():
        assert row.name == name
        assert len(bytes.fromhex(row.sha256)) == (32 if row.sha256 else 0)
        assert (0 if row.sha256 else -1) < row.size < 2**30
        assert row.sha256 or "not tried" in row.use
        assert row.licence
        assert row.use
        assert row.extra in ("", "detect", "onnx")
        assert row.file == Path(row.file).name
        assert all(address == "" or address.startswith("https://") for address in (row.url, row.page))


def test_what_lies_beside_the_checkout_is_what_the_registry_names(shared_data, monkeypatch, home):
    folder = shared_data.parent / "weights"
    if not folder.is_dir():
        pytest.skip("no weights: weights/ is not beside the checkout")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(folder))
    rows = list_weights()
    absent = {row.weights.name for row in rows if row.path is None or row.problem}
    assert absent <= {"inception-fid", "tadne", "skylion-portraits"}  # everybody's, and too large to lie here
    assert len(rows) == len(registry()) >= 7
    assert find_weights("waifu2x-vgg7").parent.name == "waifu2x"  # one folder further down


def test_it_is_downloaded_once_and_kept(known, server, home):
    said: list[str] = []
    path = find_weights("face", said.append)
    assert path == home / "face.xml"
    assert path.read_bytes() == DATA
    assert [server.url in line and "MIT" in line for line in said] == [True]
    assert find_weights("face", said.append) == path
    assert server.asked == ["/f"]
    assert sorted(entry.name for entry in home.iterdir()) == ["face.xml"]  # and nothing half-written beside it
    assert [(row.path, row.problem) for row in list_weights()] == [(path, ""), (None, "")]


def test_the_persons_own_folders_come_first_and_are_enough_offline(known, server, home, tmp_path, monkeypatch):
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    put(home, "face.xml", b"another")  # would be refused if it were asked
    mine = put(tmp_path / "mine" / "cascades", "face.xml", DATA)
    monkeypatch.setenv("NIJIGEN_WEIGHTS", f"{tmp_path / 'nowhere'}:{tmp_path / 'mine'}")
    assert find_weights("face") == mine
    assert server.asked == []


def test_a_folder_of_files_is_known_by_all_of_them(known, home, tmp_path, monkeypatch):
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    for name, data in FOLDER.items():
        put(tmp_path / "net", name, data)
    put(tmp_path / "net", ".DS_Store", b"left behind")
    assert find_weights("net") == tmp_path / "net"
    put(tmp_path / "net", "b.npy", b"dEf")
    with pytest.raises(NijigenError, match=r"net is not the net that nijigen knows \(SHA-256 expected .*found"):
        find_weights("net")
    (tmp_path / "net" / "a.npy").rename(tmp_path / "net" / "c.npy")
    with pytest.raises(NijigenError, match="SHA-256"):
        find_weights("net")
    (tmp_path / "net" / "c.npy").unlink()
    with pytest.raises(NijigenError, match="expected 6 bytes, found 3"):
        find_weights("net")


def test_offline_the_line_says_what_to_put_where(known, server, home, monkeypatch):
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    with pytest.raises(NijigenError) as error:
        find_weights("face")
    assert all(part in str(error.value) for part in (f"{server.url}/f", "face.xml", str(home), "NIJIGEN_WEIGHTS"))
    assert "\n" not in str(error.value)
    assert server.asked == []
    monkeypatch.setenv("NIJIGEN_OFFLINE", "0")
    assert find_weights("face").is_file()


def test_weights_without_an_address_say_so(known, home):
    with pytest.raises(NijigenError, match=r"net is not here: put net into .* no address to download it from is known"):
        find_weights("net")


def test_no_network_is_one_line_that_says_what_to_do(known, server, home, monkeypatch):
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(NijigenError, match=r"cannot be reached: .*download .* and put it as face.xml into"):
        find_weights("face")
    assert not home.exists()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, {}, DATA[:-1] + b"?"), r"SHA-256 expected [0-9a-f]{16}…, found [0-9a-f]{16}…\): not kept"),
        ((200, {}, DATA[:-1]), f"sent {len(DATA) - 1} of {len(DATA)} bytes"),
        ((200, {}, DATA + b"more"), f"sent more than {len(DATA)} of {len(DATA)} bytes"),
        ((200, {"Content-Length": "9999999"}, DATA[:9]), "sent 9 of|cannot be reached"),
        ((404, {}, b"not here"), "answered 404"),
        ((302, {"Location": "file:///etc/hostname"}, b""), "not followed|answered 302"),
        ((302, {"Location": "http://example.org/face.xml"}, b""), "http: addresses are not followed"),
        ((302, {"Location": "/f"}, b""), "answered 302|cannot be reached"),
    ],
)
def test_a_wrong_answer_leaves_nothing_behind(known, server, home, answer, says):
    server.answers["/f"] = answer
    with pytest.raises(NijigenError, match=says) as error:
        find_weights("face")
    assert "\n" not in str(error.value)
    assert not home.exists() or not list(home.iterdir())


def test_a_redirect_on_the_way_is_followed(known, server, home):
    server.answers["/g"], server.answers["/f"] = server.answers["/f"], (302, {"Location": "/g"}, b"")
    assert find_weights("face").read_bytes() == DATA
    assert server.asked == ["/f", "/g"]


def test_a_server_that_drips_is_left_after_a_while(server):
    server.answers["/slow"] = (200, {}, bytes(1000))
    server.drip = 0.02
    start = time.monotonic()
    with pytest.raises(DownloadError, match=r"took longer than 0.2 s"):
        fetch(f"{server.url}/slow", 1000, longest=0.2)
    assert time.monotonic() - start < 5


def test_a_server_that_says_nothing_is_left_too(server):
    server.answers["/silent"] = (200, {"Content-Length": "1000"}, bytes(2))
    server.drip = 3.0
    with pytest.raises(DownloadError, match=r"cannot be reached: .*timed out"):
        fetch(f"{server.url}/silent", 1000, wait=0.2)


@pytest.mark.parametrize("url", ["http://example.org/x", "ftp://127.0.0.1/x", "file:///etc/hostname", "x", ""])
def test_only_https_is_asked(url):
    with pytest.raises(DownloadError, match="only https:"):
        fetch(url, 10)


def test_a_wrong_file_is_refused_with_what_was_expected_and_found(known, home):
    put(home, "face.xml", DATA[:-1] + b"?")
    with pytest.raises(NijigenError) as error:
        find_weights("face")
    found = hashlib.sha256(DATA[:-1] + b"?").hexdigest()[:16]
    assert all(part in str(error.value) for part in ("face.xml", "face", known["face"].sha256[:16], found))
    [row, _] = list_weights()
    assert (row.path, found in row.problem) == (home / "face.xml", True)
    put(home, "face.xml", DATA)  # it is looked at again, not remembered as wrong
    assert find_weights("face") == home / "face.xml"


def test_a_folder_that_cannot_be_written_is_one_line(known, tmp_path, monkeypatch):
    put(tmp_path, "home", b"a file where a folder should be")
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    with pytest.raises(NijigenError, match=r"cannot write .*face.xml: .*set NIJIGEN_HOME"):
        find_weights("face")


def test_a_wrong_name_is_told_the_right_one():
    with pytest.raises(NijigenError, match=r"no weights 'animface' \(did you mean animeface\?\)"):
        find_weights("animface")


@pytest.fixture
def unseen(monkeypatch, server, home):
    """A registry of a file whose digest nobody knows, and whose size is rounded."""
    rows = {"net": row("net", "net.pt", f"{server.url}/net", "", 10_000)}
    server.answers["/net"] = (200, {}, DATA)
    monkeypatch.setattr(weights, "registry", lambda: rows)
    return rows


def test_what_has_no_known_digest_is_fetched_only_on_trust(unseen, server, home):
    with pytest.raises(NijigenError, match="nijigen weights get net --trust"):
        find_weights("net")
    assert server.asked == []
    said: list[str] = []
    path = find_weights("net", said.append, trust=True)
    digest = hashlib.sha256(DATA).hexdigest()
    assert path.read_bytes() == DATA
    assert digest in said[-1]
    assert (home / "net.pt.sha256").read_text() == f"{digest}  net.pt\n"
    assert find_weights("net") == path  # once is enough


def test_what_was_fetched_on_trust_must_stay_what_it_was(unseen, server, home):
    path = find_weights("net", trust=True)
    path.write_bytes(DATA[::-1])
    with pytest.raises(NijigenError, match="SHA-256 expected"):
        find_weights("net")
    assert [bool(row.problem) for row in list_weights()] == [True]


@pytest.mark.parametrize(("body", "word"), [(DATA * 2, "sent more than"), (b"", "nothing was sent")])
def test_what_is_much_larger_or_nothing_is_not_kept(unseen, server, home, body, word):
    server.answers["/net"] = (200, {}, body)
    with pytest.raises(NijigenError, match=word):
        find_weights("net", trust=True)
    assert not home.exists() or not list(home.iterdir())


def test_a_file_that_somebody_put_there_is_theirs_to_trust(unseen, server, home):
    mine = put(home, "net.pt", b"my own")
    assert find_weights("net") == mine
    assert [(row.path, row.problem) for row in list_weights()] == [(mine, "")]
    assert server.asked == []


def test_the_command_line_asks_for_trust(unseen, server, home, command):
    command("weights", "get", "net").refused("--trust")
    done = command("weights", "get", "net", "--trust")
    assert done.code == 0
    assert done.out.strip() == str(home / "net.pt")
    assert hashlib.sha256(DATA).hexdigest() in done.err
    assert "no SHA-256 is known" in command("weights").out
