"""Files that visitors open: bounded, in memory alone, and from the studio's own page."""

import pytest

fastapi = pytest.importorskip("fastapi", reason="fastapi is not installed: the extra [serve]")
from fastapi.testclient import TestClient  # noqa: E402

from nijigen.serve.studio.shelf import Shelf  # noqa: E402
from nijigen.serve.studio.uploads import HEADER, upload_routes  # noqa: E402

OWN = {HEADER: "1"}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def client(shelf: Shelf) -> TestClient:
    app = fastapi.FastAPI()
    app.include_router(upload_routes(shelf, 1_000))
    return TestClient(app)


def test_a_file_is_kept_as_it_is(client: TestClient, shelf: Shelf) -> None:
    answer = client.post("/studio/uploads", content=b"\x89PNG and so on", headers=OWN)
    shown = shelf.get(answer.json()["id"])
    assert (shown.data, shown.media_type) == (b"\x89PNG and so on", "application/octet-stream")
    assert shown.certificate is None


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [(b"x" * 1_001, OWN, 413), (b"", OWN, 400), (b"abc", {}, 403)],
)
def test_others_are_refused(
    client: TestClient, shelf: Shelf, content: bytes, headers: dict[str, str], status: int
) -> None:
    assert client.post("/studio/uploads", content=content, headers=headers).status_code == status
    assert len(shelf) == 0


def test_a_stream_without_a_length_ends_at_the_limit(client: TestClient, shelf: Shelf) -> None:
    sent = []

    def endless():  # type: ignore[no-untyped-def]
        for number in range(1_000):
            sent.append(number)
            yield b"y" * 100

    assert client.post("/studio/uploads", content=endless(), headers=OWN).status_code == 413
    assert len(shelf) == 0
