"""Whatever goes wrong with the Hub is one line that says what to do; nothing is half there afterwards."""

import builtins
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.package import load_package, make_card, save_model, save_single
from nijigen.models.registry import find_family
from nijigen.schema import AttributeSchema
from nijigen.sharing.contents import Terms, contents_of
from nijigen.sharing.pulling import pull
from nijigen.sharing.pushing import push
from nijigen.sharing.repository import Repository

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("someone/faces", ("someone/faces", None)),
        ("datasets/someone/faces", ("someone/faces", "dataset")),
        ("hf:someone/faces", ("someone/faces", None)),
        ("https://huggingface.co/someone/faces/", ("someone/faces", None)),
        ("https://huggingface.co/datasets/someone/faces", ("someone/faces", "dataset")),
        ("hf://datasets/some-one/fa.ces_2", ("some-one/fa.ces_2", "dataset")),
    ],
)
def test_names_of_repositories(text: str, expected: tuple[str, str | None]) -> None:
    found = Repository.parse(text)
    assert (found.id, found.what) == expected


@pytest.mark.parametrize(
    "text",
    [
        "faces",
        "",
        "a/b/c",
        "../etc",
        "a/..",
        "someone/fa ces",
        "spaces/a/b",
        "-a/b",
        "a/b-",
        "a--b/c",
        "http://x/y/z",
        "a/b" * 60,
    ],
)
def test_what_is_no_name_of_a_repository(text: str, command: Command) -> None:
    with pytest.raises(NijigenError, match=r"repository|space"):
        Repository.parse(text)


def test_the_hub_is_out_of_reach(hub: Any, tiny_run: Path, command: Command, tmp_path: Path) -> None:
    hub.close()
    words = ("127.0.0.1", "cannot be reached", "Connection refused", "works without it")
    command("pull", "someone/faces", tmp_path / "out").refused(*words)
    command("push", tiny_run, "someone/faces", "--licence", "MIT").refused(*words)
    assert not (tmp_path / "out").exists()


def test_offline_by_wish(hub: Any, command: Command, monkeypatch: pytest.MonkeyPatch, tiny_run: Path) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    command("pull", "someone/faces").refused("HF_HUB_OFFLINE", "unset it")
    command("push", tiny_run, "someone/faces", "--licence", "MIT").refused("HF_HUB_OFFLINE")
    assert hub.asked == []


def test_the_client_is_not_installed(command: Command, monkeypatch: pytest.MonkeyPatch, tiny_run: Path) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("huggingface_hub"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    command("pull", "someone/faces").refused('pip install "nijigen[hub]"')
    command("push", tiny_run, "someone/faces", "--licence", "MIT").refused('pip install "nijigen[hub]"')
    assert command("push", tiny_run, "someone/faces", "--licence", "MIT", "--dry-run").code == 0


def test_nobody_is_logged_in(hub: Any, tiny_run: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    command("push", tiny_run, "someone/faces", "--licence", "MIT").refused("no token", "hf auth login", "HF_TOKEN")
    command("pull", "someone/secret").refused("has no someone/secret", "private", "hf auth login")
    assert not any(line.startswith("POST") for line in hub.asked)


def test_a_token_that_the_hub_does_not_know_is_not_repeated(
    hub: Any, tiny_run: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.put("someone/faces", {"generator.safetensors": b""})
    monkeypatch.setenv("HF_TOKEN", "hf_wrong_and_secret")
    for words in (("pull", "someone/faces"), ("push", tiny_run, "someone/faces", "--licence", "MIT")):
        done = command(*words)
        done.refused("refuses the token")
        assert "hf_wrong_and_secret" not in done.err


def test_a_token_that_may_only_read(
    hub: Any, reader_token: str, tiny_run: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", reader_token)
    command("push", tiny_run, "someone/faces", "--licence", "MIT").refused("someone/faces", "token that may write")
    assert hub.repos == {}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (413, ("too large", "share less")),
        (409, ("taken", "another name")),
        (500, ("trouble of its own", "500")),
        (429, ("too often",)),
        (418, ("answered 418",)),
    ],
)
def test_what_the_hub_answers(hub: Any, tiny_run: Path, command: Command, status: int, words: tuple[str, ...]) -> None:
    hub.fail["/commit/"] = (status, {}, "because")
    command("push", tiny_run, "someone/faces", "--licence", "MIT").refused(*words, "because")


def test_gated_missing_and_empty(hub: Any, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command("pull", "someone/nothing").refused("has no someone/nothing")
    hub.put("someone/gated", {"generator.safetensors": b""}, gated=True)
    hub.put("someone/faces", {"generator.safetensors": b""})
    command("pull", "someone/faces", "--revision", "v9").refused("--revision v9", "no such branch")
    monkeypatch.delenv("HF_TOKEN")
    command("pull", "someone/gated").refused("gated", "accept its terms", f"{hub.url}/someone/gated")


def test_a_name_that_holds_something_else(hub: Any, tiny_run: Path, command: Command) -> None:
    repo = hub.put("someone/llm", {"README.md": b"# Mine", "model.gguf": b"x", "config.json": b"{}"})
    command("push", tiny_run, "someone/llm", "--licence", "MIT").refused("taken", "config.json, model.gguf", "another")
    assert len(repo.commits) == 1
    command("push", tiny_run, "datasets/someone/llm", "--licence", "MIT").refused("is a model", "names a data set")


def test_what_holds_nothing_of_nijigen(hub: Any, command: Command, tmp_path: Path) -> None:
    hub.put("someone/pickles", {"model.ckpt": b"x", "pytorch_model.bin": b"x"})
    command("pull", "someone/pickles").refused("no model of nijigen", "model.ckpt, pytorch_model.bin", "code")
    hub.put("someone/table", {"train.parquet": b"x"}, kind="datasets")
    command("pull", "someone/table", tmp_path / "t").refused("no data set of nijigen", "nijigen prepare")
    hub.put("someone/damaged", {"generator.safetensors": b"not a tensor in here"})
    command("pull", "someone/damaged", tmp_path / "d").refused("damaged or no safetensors file")
    assert not (tmp_path / "t").exists()
    assert not (tmp_path / "d").exists()


def test_a_model_that_is_too_large_to_be_one(hub: Any, monkeypatch: pytest.MonkeyPatch, command: Command) -> None:
    from nijigen.sharing import pulling

    monkeypatch.setattr(pulling, "MOST_MODEL_BYTES", 10)
    hub.put("someone/huge", {"generator.safetensors": bytes(11)})
    command("pull", "someone/huge").refused("11 bytes", "not fetched")
    assert not any("resolve" in line for line in hub.asked)


@pytest.mark.parametrize("harm", ["shorter", "missing", "changed"])
def test_a_data_set_that_is_not_what_it_says(
    hub: Any, tiny_dataset: Path, tmp_path: Path, command: Command, harm: str
) -> None:
    push(tiny_dataset, "someone/tiny", allow_unknown=True, quiet=True)
    repo = hub.repos["datasets", "someone/tiny"]
    files = dict(repo.files)
    shard = next(name for name in files if name.endswith(".tar"))
    data = files.pop(shard)
    if harm != "missing":
        files[shard] = data[:-512] if harm == "shorter" else data[:600] + bytes([data[600] ^ 1]) + data[601:]
    repo.commit(files)
    command("pull", "datasets/someone/tiny", tmp_path / "out").refused(shard)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_of_ones_own_is_not_written_over(
    hub: Any, tiny_run: Path, tmp_path: Path, command: Command
) -> None:
    push(tiny_run, "someone/faces", licence="MIT", quiet=True)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years")
    command("pull", "someone/faces", mine).refused("mine", "is there already")
    out = tmp_path / "out"
    pull("someone/faces", out, quiet=True)
    (out / "README.md").write_text("my words")
    push(tiny_run, "someone/faces", licence="CC0-1.0", quiet=True)
    command("pull", "someone/faces", out).refused("README.md", "another place")
    assert (out / "README.md").read_text() == "my words"
    hub.put("someone/other", dict(hub.repos["models", "someone/faces"].files))
    command("pull", "someone/other", out).refused("holds someone/faces")


def test_nobody_knows_whose_it_is(tiny_run: Path, tiny_dataset: Path, command: Command, hub: Any) -> None:
    command("push", tiny_run, "a/b").refused("licence is unknown", "--licence", "--allow-unknown")
    command("push", tiny_dataset, "a/b").refused("licence is unknown", "--licence", "--allow-unknown")
    command("push", tiny_dataset, "a/b", "--licence", "MIT").refused("source is unknown", "--source")
    command("push", tiny_dataset, "a/b", "--licence", "mixed: MIT, unknown", "--source", "me").refused(
        "mixed: MIT, unknown"
    )
    assert hub.asked == []
    done = command("push", tiny_run, "a/b", "--allow-unknown", "--dry-run")
    assert done.code == 0


def test_what_is_nothing_to_push(tmp_path: Path, command: Command, hub: Any) -> None:
    command("push", tmp_path, "a/b").refused("holds no model")
    command("push", tmp_path / "nothing", "a/b").refused("no model")
    (tmp_path / "generator.safetensors").write_bytes(b"junk")
    command("push", tmp_path, "a/b").refused("damaged")


def test_graphs_of_another_model_are_not_sent(tiny_run: Path, tmp_path: Path, command: Command, hub: Any) -> None:
    import shutil

    model = Path(shutil.copytree(tiny_run / "model", tmp_path / "model"))
    (model / "onnx").mkdir()
    (model / "onnx" / "mapping.onnx").write_bytes(b"graph")
    (model / "onnx" / "synthesis.onnx").write_bytes(b"graph")
    command("push", model, "a/b", "--licence", "MIT", "--dry-run").refused("card.json", "export again")
    (model / "onnx" / "card.json").write_text(json.dumps({"digest": "0" * 64}))
    command("push", model, "a/b", "--licence", "MIT", "--dry-run").refused("another model", "export again")
    (model / "onnx" / "card.json").write_text(json.dumps({"digest": load_package(model).digest}))
    told = json.loads(command("push", model, "a/b", "--licence", "MIT", "--dry-run", "--json").out)
    assert {"onnx/mapping.onnx", "onnx/synthesis.onnx", "onnx/card.json"} <= set(told["files"])


def test_a_single_file_becomes_a_folder(tiny_run: Path, tmp_path: Path, hub: Any) -> None:
    package = load_package(tiny_run / "model")
    card = {**package.card, "licence": "CC0-1.0"}
    card.pop("digest")
    digest = save_single(tmp_path / "one.safetensors", dict(package.generator.state_dict()), card, package.label_rows)
    push(tmp_path / "one.safetensors", "someone/one", quiet=True)
    assert set(hub.repos["models", "someone/one"].files) >= {"README.md", "card.json", "generator.safetensors"}
    assert pull("someone/one", tmp_path / "out", quiet=True).digest == digest


def test_photos_of_nobody_knows_whom_stay_here(tmp_path: Path) -> None:
    family = find_family("cartoongan")
    options = family.options.model_validate({"width": 4, "blocks": 1})
    network = family.build(Shape(32, 3, 0), options)["generator"]
    for licence, shown in (("unknown", False), ("CC0-1.0", True)):
        sets = {"photos": {"name": "p", "licence": licence}, "drawings": {"name": "d", "licence": "MIT"}}
        facts = {"name": "t", "kind": "translator", "licence": "MIT", "dataset": sets}
        card = make_card(Shape(32, 3, 0), "cartoongan", options.model_dump(mode="json"), AttributeSchema(), **facts)
        save_model(tmp_path / "t", network, card, torch.zeros(1, 0))
        (tmp_path / "t" / "samples.png").write_bytes(b"faces of people")
        with contents_of(tmp_path / "t", Repository("a/b"), Terms()) as found:
            assert ("samples.png" in found.files) is shown
            assert (found.remarks != []) is not shown
            readme = found.files["README.md"]
            assert isinstance(readme, bytes)
            assert b"image-to-image" in readme
            assert (b"samples.png" in readme) is shown
