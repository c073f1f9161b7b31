"""POST /morph: a job, its events, its file."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image


def events(served: Any, place: str) -> list[dict[str, Any]]:
    with served.client.stream("GET", place) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line.startswith("data:")]


@pytest.mark.parametrize(("kind", "format_"), [("webp", "WEBP"), ("gif", "GIF"), ("png", "PNG")])
def test_a_job_is_watched_and_its_file_fetched(
    served: Any, avatars: list[dict[str, Any]], kind: str, format_: str
) -> None:
    stops = [{"certificate": avatars[0]["certificate"]}, {"file": avatars[1]["file"]}]
    begun = served.post("morph", {"avatars": stops, "frames": 3, "format": kind, "scale": 2})
    assert begun.status_code == 202
    job = begun.json()
    assert job["steps"] == 6
    seen = events(served, job["events"])
    assert (seen[-1]["state"], seen[-1]["done"]) == ("finished", 6)
    assert [one["done"] for one in seen] == sorted(one["done"] for one in seen)
    now = served.client.get(begun.headers["location"]).json()
    assert now["state"] == "finished"
    answer = served.client.get(now["file"])
    assert answer.headers["content-type"] in ("image/webp", "image/gif", "image/apng")
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size) == (format_, (32, 32))
        assert image.n_frames > 1
    assert events(served, job["events"])[-1]["state"] == "finished"  # also later


def test_mistakes(served: Any, avatars: list[dict[str, Any]], problem: Callable[..., None]) -> None:
    one = {"certificate": avatars[0]["certificate"]}
    for body, word in (
        ({"avatars": [one]}, "avatars"),
        ({"avatars": [one] * 9}, "avatars"),
        ({"avatars": [one, one], "frames": 10**6}, "frames"),
        ({"avatars": [one] * 8, "frames": 120}, "too many"),
        ({"avatars": [one, one], "format": "exe"}, "format"),
        ({"avatars": [one, one], "fps": 0}, "fps"),
        ({"avatars": [one, one], "scale": 64}, "scale"),
    ):
        problem(served.post("morph", body), 422, word)
    for place in ("jobs/unknown", "jobs/unknown/events", "jobs/unknown/file"):
        problem(served.get(place), 404, "no such job")
    problem(served.get("jobs/..%2f..%2fetc"), 404)


def test_a_job_that_fails_says_why(served: Any, avatars: list[dict[str, Any]], problem: Callable[..., None]) -> None:
    for facts in ({"edits": [{"kind": "nothing"}]}, {"truncation": []}, {"noise": "much"}, {"noise_seed": {}}):
        damaged = {"certificate": {**avatars[0]["certificate"], **facts}}
        job = served.post("morph", {"avatars": [damaged, damaged], "frames": 2}).json()
        last = events(served, job["events"])[-1]
        assert last["state"] == "failed"
        assert last["problem"]["status"] == 422
        assert "went wrong" not in last["problem"]["detail"]
        problem(served.client.get(f"/api/v1/jobs/{job['id']}/file"), 422)
