"""push and pull, with the Hub's own client against a server on loopback."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.cards.readme import is_ours
from nijigen.data import Dataset
from nijigen.engine.model import load
from nijigen.models.package import load_package
from nijigen.sharing.pulling import pull
from nijigen.sharing.pushing import push
from nijigen.store import find_model, named_models


@pytest.fixture
def licensed_run(tiny_run: Path, tmp_path: Path) -> Path:
    """A finished run that its folder can be changed of."""
    import shutil

    return Path(shutil.copytree(tiny_run, tmp_path / "runs" / "tiny-run"))


def test_a_model_goes_and_comes_back_and_makes_the_same_avatars(
    hub: Any, licensed_run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pushed = push(licensed_run, "someone/faces", licence="CC-BY-4.0", message="first", quiet=True)
    repo = hub.repos["models", "someone/faces"]
    sent = {"README.md", "card.json", "generator.safetensors", "discriminator.safetensors", "samples.png"}
    assert set(pushed.files) == sent
    assert set(repo.files) == sent | {".gitattributes"}
    assert repo.messages[-1] == "first"
    assert pushed.url.startswith(f"{hub.url}/someone/faces/commit/")
    readme = repo.files["README.md"].decode()
    assert "license: cc-by-4.0" in readme
    assert "nijigen pull someone/faces" in readme
    assert is_ours(readme)

    pulled = pull("someone/faces", quiet=True)
    assert pulled.out == tmp_path / "nijigen-home" / "models" / "someone" / "faces"
    assert pulled.digest == pushed.digest
    monkeypatch.chdir(tmp_path)
    assert find_model("someone/faces") == find_model("hf:someone/faces") == pulled.out
    assert "someone/faces" in dict(named_models())
    before, after = load(licensed_run), load("hf:someone/faces")
    assert after.card["licence"] == "CC-BY-4.0"
    assert before.card["licence"] == "unknown"  # nothing here was changed
    assert (before.generate(3, seed=5)[1].pixels == after.generate(3, seed=5)[1].pixels).all()
    assert torch.equal(load_package(pulled.out).label_rows, load_package(licensed_run / "model").label_rows)


def test_nothing_but_what_is_known_by_name_is_sent(hub: Any, licensed_run: Path, tmp_path: Path) -> None:
    model = licensed_run / "model"
    (model / "my-token.txt").write_text("hf_secret_of_mine")
    (model / "notes").mkdir()
    (model / "notes" / "diary.md").write_text("private words")
    (model / ".env").write_text("HF_TOKEN=hf_secret_of_mine")
    pushed = push(licensed_run, "someone/faces", licence="CC0-1.0", quiet=True)
    assert pushed.left == ["my-token.txt", "notes/diary.md"]
    assert not any("checkpoint" in name or "token" in name or ".env" in name for name in pushed.files)
    for body in hub.sent:
        assert b"hf_secret_of_mine" not in body
        assert b"private words" not in body


def test_a_dry_run_asks_nobody(
    hub: Any, tiny_run: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    done = command("push", tiny_run, "someone/faces", "--dry-run", "--licence", "MIT", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["dry_run"] is True
    assert told["url"] == ""
    model = tiny_run / "model"
    for name in ("discriminator.safetensors", "samples.png"):
        assert told["files"][name] == (model / name).stat().st_size
    assert hub.asked == []


def test_pushed_again_it_replaces_what_is_no_longer_there(hub: Any, licensed_run: Path) -> None:
    push(licensed_run, "someone/faces", licence="MIT", quiet=True)
    (licensed_run / "model" / "discriminator.safetensors").unlink()
    again = push(licensed_run, "someone/faces", licence="MIT", quiet=True)
    assert again.removed == ["discriminator.safetensors"]
    assert "discriminator.safetensors" not in hub.repos["models", "someone/faces"].files


def test_a_readme_that_a_person_changed_on_the_hub_stays(hub: Any, licensed_run: Path) -> None:
    push(licensed_run, "someone/faces", licence="MIT", quiet=True)
    repo = hub.repos["models", "someone/faces"]
    changed = repo.files["README.md"].replace(b"# ", b"# My own ", 1)
    repo.commit({**repo.files, "README.md": changed})
    again = push(licensed_run, "someone/faces", licence="MIT", quiet=True)
    assert any("changed by a person" in line for line in again.lines())
    assert repo.files["README.md"] == changed
    (licensed_run / "model" / "README.md").write_text("---\nlicense: mit\n---\n# Mine from here\n")
    push(licensed_run, "someone/faces", licence="MIT", quiet=True)
    assert repo.files["README.md"] == b"---\nlicense: mit\n---\n# Mine from here\n"


def test_a_branch_is_made_and_can_be_pulled(hub: Any, licensed_run: Path, tmp_path: Path) -> None:
    push(licensed_run, "someone/faces", revision="wide", licence="MIT", quiet=True)
    repo = hub.repos["models", "someone/faces"]
    assert "generator.safetensors" not in repo.files
    assert "generator.safetensors" in repo.commits[repo.branches["wide"]]
    pulled = pull("someone/faces", tmp_path / "out", revision="wide", quiet=True)
    assert pulled.commit == repo.branches["wide"]


def test_private_is_private(hub: Any, licensed_run: Path, command: Callable[..., Any]) -> None:
    push(licensed_run, "someone/faces", private=True, licence="MIT", quiet=True)
    assert hub.repos["models", "someone/faces"].private
    hub.put("someone/open", {"generator.safetensors": b""})
    command("push", licensed_run, "someone/open", "--private", "--licence", "MIT").refused(
        "public already", "--private"
    )


def test_a_data_set_goes_without_what_was_left_out(hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    from nijigen.data import prepare

    source = tmp_path / "source"
    source.mkdir()
    for index in range(12):
        pixels = bytes((index * 37 + place * 7) % 256 for place in range(32 * 32 * 3))
        Image.frombytes("RGB", (32, 32), pixels).save(source / f"{index}.png")
    Image.new("RGB", (32, 32), (3, 3, 3)).save(source / "dark.png")
    prepare(
        source, tmp_path / "faces", size=16, quiet=True, licence="CC0-1.0", provenance="made here", smooth_edges=True
    )
    attic = [path.name for path in (tmp_path / "faces").glob("attic-*")]
    assert attic
    pushed = push(tmp_path / "faces", "someone/faces", quiet=True)
    assert pushed.repo == "datasets/someone/faces"
    repo = hub.repos["datasets", "someone/faces"]
    assert not set(attic) & set(repo.files)
    assert "report.html" not in repo.files
    assert any("left out stay here" in line for line in pushed.lines())

    monkeypatch.chdir(tmp_path)
    pulled = pull("someone/faces", "again", quiet=True)  # there is no model of that name
    assert pulled.what == "dataset"
    one, other = Dataset.open("faces"), Dataset.open("again")
    assert one.digest == other.digest == pulled.digest
    assert [sample.data for sample in one.samples()] == [sample.data for sample in other.samples()]
    assert sorted(path.name for path in Path("again").glob("smoothed-*")) == sorted(
        path.name for path in Path("faces").glob("smoothed-*")
    )


def test_what_is_said_while_pushing_is_said_of_every_picture(hub: Any, tiny_dataset: Path, tmp_path: Path) -> None:
    push(tiny_dataset, "someone/tiny", licence="CC-BY-4.0", source="me", quiet=True)
    pulled = pull("datasets/someone/tiny", tmp_path / "tiny", quiet=True)
    info = Dataset.open(pulled.out).info
    assert (info["licence"], info["provenance"]) == ("CC-BY-4.0", "me")
    assert info["arguments"]["licence"] == "CC-BY-4.0"
    assert Dataset.open(tiny_dataset).info["licence"] == "unknown"


def test_pickles_are_not_fetched_and_it_is_said(hub: Any, tiny_run: Path, tmp_path: Path) -> None:
    model = tiny_run / "model"
    files = {"generator.safetensors": (model / "generator.safetensors").read_bytes()}
    hub.put("someone/faces", {**files, "pytorch_model.bin": b"\x80\x04", "old/run.PT": b"x", "train.py": b"print()"})
    pulled = pull("someone/faces", tmp_path / "out", quiet=True)
    assert pulled.pickles == ["old/run.PT", "pytorch_model.bin"]
    assert pulled.left == ["train.py"]
    assert any("can hold code" in line for line in pulled.lines())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["generator.safetensors", "pulled.json"]
    assert not any("resolve" in line and ("bin" in line or ".PT" in line or ".py" in line) for line in hub.asked)


def test_pulled_again_nothing_is_fetched_and_what_changed_is(hub: Any, licensed_run: Path) -> None:
    push(licensed_run, "someone/faces", licence="MIT", quiet=True)
    first = pull("someone/faces", quiet=True)
    hub.asked.clear()
    assert not pull("someone/faces", quiet=True).fresh
    assert not any("resolve" in line for line in hub.asked)
    push(licensed_run, "someone/faces", licence="CC0-1.0", quiet=True)
    again = pull("someone/faces", quiet=True)
    assert again.fresh
    assert again.commit != first.commit
    assert load("someone/faces").card["licence"] == "CC0-1.0"


def test_a_pull_that_stops_leaves_nothing_half_and_the_next_one_goes_on(
    hub: Any, licensed_run: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    push(licensed_run, "someone/faces", licence="MIT", quiet=True)
    out = tmp_path / "out"
    hub.fail["GET /someone/faces/resolve"] = hub.fail["samples.png"] = (403, {"X-Error-Message": "not now"}, "not now")
    command("pull", "someone/faces", out).refused("someone/faces", "not now")
    assert not out.exists()
    del hub.fail["GET /someone/faces/resolve"]
    command("pull", "someone/faces", out).refused("not now")  # the generator came, the samples did not
    assert not out.exists()
    hub.fail.clear()
    hub.asked.clear()
    pulled = pull("someone/faces", out, quiet=True)
    assert not any("generator" in line for line in hub.asked)
    assert not list(tmp_path.glob(".out*"))
    expected = ["README.md", "card.json", "discriminator.safetensors", "generator.safetensors", "samples.png"]
    assert pulled.files == expected
    assert sorted(path.name for path in out.iterdir()) == sorted([*expected, "pulled.json"])


def test_a_connection_that_breaks_within_a_file_goes_on_in_it(hub: Any, licensed_run: Path, tmp_path: Path) -> None:
    push(licensed_run, "someone/faces", licence="MIT", quiet=True)
    data = hub.repos["models", "someone/faces"].files["generator.safetensors"]
    hub.cut["generator.safetensors"] = len(data) // 2
    pull("someone/faces", tmp_path / "out", quiet=True)
    assert not hub.cut
    assert (tmp_path / "out" / "generator.safetensors").read_bytes() == data


@pytest.mark.slow
def test_from_the_command_line_with_nothing_but_the_documented_variables(
    hub: Any, licensed_run: Path, tmp_path: Path
) -> None:
    import os

    environment = {**os.environ, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(tmp_path / "hf")}

    def run(*words: object) -> str:
        line = [sys.executable, "-m", "nijigen", *map(str, words)]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, cwd=tmp_path, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "/someone/faces/commit/" in run("push", licensed_run, "someone/faces", "--licence", "MIT")
    assert "a model" in run("pull", "someone/faces")
    run("generate", "--model", "hf:someone/faces", "-n", "2", "--out", "made")
    assert len(list((tmp_path / "made").glob("*.png"))) == 2
    told = json.loads((tmp_path / "nijigen-home" / "models" / "someone" / "faces" / "pulled.json").read_text())
    generator = hub.repos["models", "someone/faces"].files["generator.safetensors"]
    assert told["files"]["generator.safetensors"] == hashlib.sha256(generator).hexdigest()
