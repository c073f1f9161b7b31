"""The application as a whole: mistakes, methods, and what it says of itself."""

from collections.abc import Callable
from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.serve.app import build_app
from nijigen.serve.settings import Settings

METHODS = {"get", "post", "put", "delete", "patch"}


def test_wrong_paths_and_methods_are_problems(served: Any, problem: Callable[..., None]) -> None:
    for path in ("nothing", "models/", "../v2/models", ""):
        problem(served.get(path), 404, "/openapi.json")
    assert served.client.get("/docs").status_code == 404  # its pages would come from elsewhere
    answer = served.get("generate")
    problem(answer, 405, "POST")
    assert answer.headers["allow"] == "POST"


def test_the_studio_is_beside_the_api_and_not_in_its_way(
    serving: Callable[..., Any], problem: Callable[..., None]
) -> None:
    pytest.importorskip("gradio", reason="gradio is not installed: the extra [serve]")
    with serving(studio=True) as one:
        page = one.client.get("/")
        assert page.status_code == 200
        assert "<html" in page.text
        problem(one.get("nothing"), 404, "/openapi.json")
        problem(one.get("generate"), 405, "POST")
        assert one.get("health").status_code == 200


def test_what_breaks_is_a_problem_without_a_traceback(
    serving: Callable[..., Any], problem: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    with serving() as one:

        @one.app.get("/api/v1/broken")
        async def broken() -> None:
            raise RuntimeError("inside information")

        one.app.router.routes.insert(0, one.app.router.routes.pop())
        answer = one.get("broken")
        problem(answer, 500, "log")
        assert "inside" not in answer.text
    assert "inside information" in capfd.readouterr().err  # whoever runs it is told


def test_openapi_describes_every_route_with_examples(served: Any) -> None:
    document = served.client.get("/openapi.json").json()
    assert document["info"]["title"] == "nijigen"
    routes = [(path, method, route) for path, found in document["paths"].items() for method, route in found.items()]
    assert len(routes) >= 18
    text = str(document)
    assert "HTTPValidationError" not in text  # mistakes are problems, and are described as such
    for path, method, route in routes:
        assert method in METHODS
        assert route["summary"], path
        assert "500" in route["responses"], path
        for status, answer in route["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)
        if "application/json" in route.get("requestBody", {}).get("content", {}):
            name = route["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert document["components"]["schemas"][name].get("examples"), name
    assert {"Problem", "Place"} <= set(document["components"]["schemas"])


def test_two_models_of_one_name_are_refused(tiny_run: Any, plain_run: Any, tmp_path: Any) -> None:
    with pytest.raises(NijigenError, match="no model"):
        build_app(Settings(models=("no-such-model",)))
    app = build_app(Settings(models=(str(tiny_run), str(tiny_run), str(plain_run)), quiet=True, studio=False))
    assert app.state.workshop.names == ["tiny-run", "plain-run"]


def test_without_models_those_that_come_with_nijigen_are_served() -> None:
    names = build_app(Settings(quiet=True, studio=False)).state.workshop.names
    assert names[0] == "chibi"
    assert "labeler" not in names
