"""Who asks: an address, or the network of a household."""

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed: the extra [serve]")

from fastapi import Request

from nijigen.serve.api.asking import client_of


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"), ("testclient", "testclient"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.8", "192.0.2.8"),
    ],
)  # fmt: skip
def test_clients_are_told_apart(host: str, client: str) -> None:
    assert client_of(Request({"type": "http", "client": (host, 1)})) == client


def test_nobody_is_somebody() -> None:
    assert client_of(Request({"type": "http", "client": None})) == "somebody"
