"""What can be asked for, and whether it is ready."""

import time
from collections.abc import Callable
from typing import Any

from nijigen import __version__
from nijigen.store import read_card


def test_health_answers_at_once_and_readiness_when_the_model_is_open(
    serving: Callable[..., Any], problem: Callable[..., None]
) -> None:
    with serving() as one:
        assert one.get("health").json() == {"status": "ok", "version": __version__}
        for _ in range(600):
            answer = one.get("ready")
            if answer.status_code == 200:
                break
            problem(answer, 503, "opened")
            assert "retry-after" in answer.headers
            time.sleep(0.05)
        assert answer.json() == {"status": "ready", "model": "tiny-run", "waiting": 0}


def test_models_and_their_words(served: Any, tiny_run: Any, problem: Callable[..., None]) -> None:
    (model,) = served.get("models").json()["models"]
    card = read_card(tiny_run / "model")
    assert (model["name"], model["digest"], model["default"]) == ("tiny-run", card["digest"], True)
    assert (model["resolution"], model["transparent"]) == (16, False)
    schema = served.get("models/tiny-run/schema").json()
    assert [attribute["name"] for attribute in schema["attributes"]] == model["attributes"]
    hair = next(attribute for attribute in schema["attributes"] if attribute["name"] == "hair_color")
    assert {"value": "pink", "en": "pink", "zh": "粉色", "ja": "ピンク"} in hair["values"]
    problem(served.get("models/tiny-rum/schema"), 404, "did you mean tiny-run")
    problem(served.get("models/..%2f..%2fetc/schema"), 404)


def test_the_illustrators_words(served: Any) -> None:
    attributes = served.get("illustrator/schema").json()["attributes"]
    tilt = next(attribute for attribute in attributes if attribute["name"] == "tilt")
    assert tilt["range"][0] < 0 < tilt["range"][1]
    assert tilt["values"] == []
