"""Edit, vary, breed, mix: what comes back is recreated, and strangers' certificates break nothing."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROUTES = {
    "edit": {"attributes": {"expression": "sad"}},
    "vary": {"count": 2, "strength": 0.3, "seed": "x"},
    "breed": {"count": 2, "mutation": 0.2},
    "mix": {"layers": "all", "share": 0.5},
}


def body(route: str, one: Any, other: Any) -> dict[str, Any]:
    return {"avatar": one, **({"other": other} if route in ("breed", "mix") else {}), **ROUTES[route]}


@pytest.mark.parametrize("route", ROUTES)
def test_a_certificate_is_enough_and_what_comes_is_made_again(
    served: Any, avatars: list[dict[str, Any]], route: str
) -> None:
    by_file, by_certificate = {"file": avatars[0]["file"]}, {"certificate": avatars[0]["certificate"]}
    answers = [
        served.post(route, body(route, one, {"file": avatars[1]["file"]})) for one in (by_file, by_certificate)
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert answers[0].json() == answers[1].json()
    made = answers[0].json()["avatars"]
    assert len(made) == ROUTES[route].get("count", 1)
    for one in made:
        assert one["certificate"]["edits"]
        assert served.post("recreate", {"avatar": {"file": one["file"]}}).json()["same"]


def test_an_edit_changes_what_it_says_and_keeps_the_rest(served: Any, avatars: list[dict[str, Any]]) -> None:
    one = {"certificate": avatars[0]["certificate"]}
    sad = served.post("edit", {"avatar": one, "text": "sad, blue hair"}).json()["avatars"][0]
    assert sad["attributes"] == {**avatars[0]["attributes"], "expression": "sad", "hair_color": "blue"}
    assert sad["seed"] == avatars[0]["seed"]
    picture = served.post("edit", {"avatar": one, "attributes": {"hair_color": "blue"}, "format": "webp"})
    assert picture.headers["content-type"] == "image/webp"


def test_mistakes(served: Any, avatars: list[dict[str, Any]], problem: Callable[..., None]) -> None:
    one = {"certificate": avatars[0]["certificate"]}

    def changed(**facts: Any) -> dict[str, Any]:
        return {"certificate": {**avatars[0]["certificate"], **facts}}

    deep: Any = {"other": {}}
    for _ in range(60):
        deep = {"other": {"edits": [deep]}}
    table: list[tuple[str, dict[str, Any], int, str]] = [
        ("edit", {"avatar": one}, 422, "nothing to change"),
        ("edit", {"avatar": one, "attributes": {"expression": "furious"}}, 422, "furious"),
        ("edit", {"avatar": one, "moves": {"blush": 1}}, 422, "blush"),
        ("edit", {"avatar": one, "moves": {"hair_color": 1}}, 422, "word"),
        ("edit", {"avatar": one, "moves": {"hair_color": 1e9}}, 422, "100"),
        ("edit", {"avatar": changed(digest="0" * 64), "attributes": {}}, 404, "not served here"),
        ("edit", {"avatar": changed(kind="illustration"), "attributes": {}}, 422, "illustrator"),
        ("edit", {"avatar": changed(format_version=99)}, 422, "unknown"),
        ("edit", {"avatar": changed(batch=4_096)}, 422, "batch"),
        ("edit", {"avatar": changed(batch="many")}, 422, "batch"),
        ("edit", {"avatar": changed(edits=[{"kind": "vary", "seed": 1, "strength": 1}] * 500)}, 413, "steps"),
        ("edit", {"avatar": changed(edits=[deep])}, 422, "nested"),
        ("edit", {"avatar": changed(note="x" * 1_100_000)}, 413, "characters"),
        ("edit", {"avatar": {"file": "no base64!"}}, 422, "base64"),
        ("edit", {"avatar": {"file": "aGVsbG8="}}, 422, "file"),
        ("edit", {"avatar": {"path": "/etc/passwd"}}, 422, "avatar"),
        ("vary", {"avatar": one, "count": 1_000}, 422, "count"),
        ("vary", {"avatar": one, "strength": 2}, 422, "strength"),
        ("breed", {"avatar": one}, 422, "other"),
        ("mix", {"avatar": one, "other": one, "layers": "0-3"}, 422, "layers"),
    ]
    for route, asked, status, word in table:
        problem(served.post(route, asked), status, word)


def test_no_certificate_makes_anybody_wait_for_a_compiler(served: Any, avatars: list[dict[str, Any]]) -> None:
    slow = {**avatars[0]["certificate"], "engine": "torch 2.13.0 compiled"}
    answer = served.post("recreate", {"avatar": {"certificate": slow}})
    assert answer.status_code == 200
    assert answer.json()["avatar"]["certificate"]["engine"].endswith(" eager")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
STEPS = [
    {"kind": "vary", "seed": 1, "strength": 0.5},
    {"kind": "set", "attributes": {"expression": "sad"}},
    {"kind": "truncate", "strength": 0.5},
    {"kind": "move", "attribute": "blush", "by": 1},
]


@settings(max_examples=120, derandomize=True)
@given(data=st.data())
def test_damaged_certificates_are_problems(served: Any, avatars: list[dict[str, Any]], data: st.DataObject) -> None:
    """Whatever a stranger puts into a certificate: an answer, and never a broken server."""
    certificate = copy.deepcopy(avatars[0]["certificate"])
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            keys = sorted({*certificate, "z", "born", "noise", "noise_seed", "enlarged"} - {"kind", "digest"})
            certificate[data.draw(st.sampled_from(keys))] = data.draw(JSON)
        else:
            step = dict(data.draw(st.sampled_from(STEPS)))
            step[data.draw(st.sampled_from([*step, "other"]))] = data.draw(JSON)
            certificate["edits"] = [step]
    certificate = data.draw(st.sampled_from([certificate, {**certificate, "kind": "illustration", "size": 32}]))
    for route, more in (("recreate", {}), ("vary", {"count": 1})):
        answer = served.post(route, {"avatar": {"certificate": certificate}, **more})
        assert answer.status_code in (200, 404, 413, 422), (answer.text, certificate)
