"""``evaluate`` from the command line: what every number depends on is beside it, and the same seed repeats it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from nijigen.data import Dataset
from nijigen.data.held_out import held_out_rows
from nijigen.errors import NijigenError
from nijigen.evaluate import evaluation
from nijigen.evaluate.evaluation import Judge
from nijigen.evaluate.looking import Looker
from nijigen.evaluate.measuring import METRICS, frechet_name
from nijigen.models.contract import Generator
from nijigen.models.package import load_package

Command = Callable[..., Any]


def judged(command: Command, *arguments: object) -> dict[str, Any]:
    done = command("evaluate", *arguments, "--json", "--threads", 1, "--device", "cpu")
    assert done.code == 0, done.err
    return json.loads(done.out)


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


@pytest.fixture(scope="module")
def found(pooling: Path, tiny_run: Path, tiny_dataset: Path) -> evaluation.Evaluation:
    judge = Judge(tiny_dataset, samples=60, features=str(pooling), threads=1, device="cpu", seed=5, quiet=True)
    return judge.judge(tiny_run)


def test_numbers_come_with_what_they_depend_on(
    found: evaluation.Evaluation, pooling: Path, tiny_run: Path, tiny_dataset: Path
) -> None:
    facts = json.loads(json.dumps(found.as_dict()))
    assert facts["extractor"]["name"] == "pooling.onnx"
    assert len(facts["extractor"]["digest"]) == len(facts["reference"]["digest"]) == 64
    assert "to 16x16 px" in facts["extractor"]["resizer"]
    assert (facts["samples"], facts["seed"], facts["truncation"]) == (60, 5, None)
    assert facts["model"]["digest"] == load_package(tiny_run / "model").digest
    assert facts["dataset"]["is_training_set"] is True
    assert facts["reference"]["count"] == Dataset.open(tiny_dataset).count
    text = "\n".join(found.lines())
    for word in ("pooling.onnx", facts["extractor"]["resizer"], "60 samples", "seed 5", "truncation none", "±"):
        assert word in text, word
    for digest in (facts["extractor"]["digest"], facts["reference"]["digest"], facts["model"]["digest"]):
        assert digest[:12] in text


def test_the_word_fid_is_for_the_standard_inception_alone(found: evaluation.Evaluation) -> None:
    assert "fid" not in {key.lower() for key in keys(found.as_dict())}
    assert "FID" not in "\n".join(found.lines())
    assert "Fréchet distance (pooling.onnx)" in "\n".join(found.lines())
    assert (frechet_name("inception"), frechet_name("labeler")) == ("fid", "frechet_distance")


def test_all_metrics_that_apply_are_there(found: evaluation.Evaluation) -> None:
    expected = {
        "frechet_distance",
        "kernel_distance",
        "sliced_wasserstein",
        "precision",
        "recall",
        "density",
        "coverage",
    }
    # The bundled labeler reads hair colours, which the model is asked for.
    assert expected | {"attributes", "diversity", "memorisation", "neighbours_among"} == set(found.metrics)
    assert 0 <= found.metrics["precision"] <= 1
    assert found.metrics["memorisation"]["samples"] == 60
    assert found.metrics["frechet_distance"] > 0


def test_the_same_seed_gives_the_same_digits_kept_or_not(
    command: Command, pooling: Path, tiny_run: Path, tiny_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path))
    arguments = (tiny_run, tiny_dataset, "--samples", 40, "--features", pooling)
    first, kept, other = (judged(command, *arguments, "--seed", seed) for seed in (3, 3, 4))
    assert list((tmp_path / "cache" / "references").iterdir())
    for result in (first, kept, other):
        result.pop("seconds")
    assert first == kept
    assert first["metrics"]["frechet_distance"] != other["metrics"]["frechet_distance"]


def test_files_are_written(command: Command, pooling: Path, tiny_run: Path, tiny_dataset: Path, tmp_path: Path) -> None:
    facts = judged(command, tiny_run, tiny_dataset, "--samples", 20, "--features", pooling, "--out", tmp_path / "o")
    assert json.loads((tmp_path / "o" / "evaluation.json").read_text())["metrics"] == facts["metrics"]
    assert [Path(file).name for file in facts["files"]] == ["evaluation.json", "sheet.png", "pairs.png"]
    assert all(Image.open(tmp_path / "o" / name).width > 100 for name in ("sheet.png", "pairs.png"))


def test_fewer_samples_than_features_are_warned_of(found: evaluation.Evaluation, command: Command, pooling: Path,
    tiny_run: Path, tiny_dataset: Path) -> None:  # fmt: skip
    few = judged(command, tiny_run, tiny_dataset, "--samples", 48, "--features", pooling, "--metrics", "frechet")
    assert "48 samples are no more than the 48 features" in few["remarks"][0]
    assert "--metrics kernel" in few["remarks"][0]
    assert not any("no more than" in remark for remark in found.remarks)
    alone = judged(command, tiny_run, tiny_dataset, "--samples", 20, "--features", pooling, "--metrics", "kernel")
    assert set(alone["metrics"]) == {"kernel_distance"}
    assert not alone["remarks"]


def test_sizes_that_differ_say_which(
    command: Command, pooling: Path, tiny_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    from nijigen.data import prepare

    prepare("chibi:12", tmp_path / "other", size=32, workers=1, quiet=True)
    done = command("evaluate", tiny_run, tmp_path / "other", "--features", pooling)
    assert done.code == 2
    assert "makes pictures of 16 px" in done.err
    assert "has 32 px: prepare the pictures again with --size 16" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--samples", "0"), "--samples 0: use a number"),
        (("--samples", "3"), "--samples 3: use 8 to"),
        (("--metrics", "kernal"), "--metrics kernal (did you mean kernel?)"),
        (("--truncation", "0.7"), "truncation needs a model with a mean latent"),
        (("--truncation", "9"), "--truncation 9 is out of range"),
        (("--truncation-sweep",), "truncation needs a model with a mean latent"),
        (("--truncation-sweep", "--truncation", "1"), "contradict each other"),
        (("--truncation-sweep", "--metrics", "kernel"), "have coverage among the --metrics"),
        (("--held-out", "nowhere"), "nowhere does not exist"),
        (("--references", "2"), "--references 2: use 8 or more"),
        (("--device", "gpu"), "--device gpu"),
    ],
)
def test_bad_input_is_one_line(
    command: Command, pooling: Path, tiny_run: Path, tiny_dataset: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = command("evaluate", tiny_run, tiny_dataset, "--features", pooling, *arguments)
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1


def test_a_broken_onnx_is_one_line(command: Command, tiny_run: Path, tiny_dataset: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "broken.onnx").write_bytes(b"\x08\x07 no network")
    done = command("evaluate", tiny_run, tiny_dataset, "--features", tmp_path / "broken.onnx")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "broken.onnx" in done.err


def test_held_out_pictures_say_how_near_is_usual(
    looker: Looker, tiny_run: Path, tiny_dataset: Path, plain_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "open_looker", lambda *_: (looker, ""))
    judge = Judge(tiny_dataset, samples=20, metrics=["memorisation"], held_out=plain_dataset, quiet=True, threads=1)
    found = judge.judge(tiny_run)
    assert found.metrics["memorisation"]["unseen"] == "held-out pictures"


def test_pictures_that_training_left_out_are_unseen(
    looker: Looker,
    tiny_recipe: Any,
    tiny_train: Any,
    tiny_dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tiny_train(tiny_recipe(images=16, pictures={"held_out": 12}), tmp_path / "run")
    monkeypatch.setattr(evaluation, "open_looker", lambda *_: (looker, ""))
    found = Judge(tiny_dataset, samples=20, metrics=["memorisation"], quiet=True, threads=1).judge(tmp_path / "run")
    copies = found.metrics["memorisation"]
    assert copies["unseen"] == "pictures that the training left out"
    total = Dataset.open(tiny_dataset).count
    assert (copies["compared_by_features"], copies["compared_by_pixels"]) == (total - 12, total - 12)
    assert not {pair["nearest_by_pixels"] for pair in copies["closest"]} & set(held_out_rows(total, 12, 0).tolist())


class Copier(Generator):
    """Stands for a generator that has learned pictures by heart: synthesis looks the noise up."""

    def __init__(self, generator: Any, pictures: torch.Tensor) -> None:
        super().__init__()
        self.shape, self.z_dim = generator.shape, generator.z_dim
        self.learned = pictures.float() / 127.5 - 1

    def map(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return (z[:, 0].abs() * 1e4).long() % len(self.learned)

    def synthesize(self, latent: torch.Tensor) -> torch.Tensor:
        return self.learned[latent]


@pytest.fixture
def with_pictures(looker: Looker, tiny_run: Path, tiny_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """``with_pictures(places)``: the metrics of a model that knows the data set's pictures at ``places`` by heart."""

    def judge(places: list[int]) -> dict[str, Any]:
        real = Dataset.open(tiny_dataset).load().images
        package = load_package(tiny_run / "model")
        package.generator = Copier(package.generator, real[places])
        monkeypatch.setattr(evaluation, "load_package", lambda path: package)
        monkeypatch.setattr(evaluation, "open_looker", lambda *_: (looker, ""))
        return Judge(tiny_dataset, samples=200, quiet=True, threads=1, cache=False).judge(tiny_run).metrics

    return judge


def test_a_model_that_learned_by_heart_is_found(with_pictures: Callable, found: evaluation.Evaluation) -> None:
    whole = with_pictures(list(range(64)))
    for space in ("features", "pixels"):
        assert whole["memorisation"][space]["ratio"] < 0.05
        assert whole["memorisation"][space]["copies"] == 1
        assert found.metrics["memorisation"][space]["copies"] < 0.2
    assert whole["precision"] == 1
    assert whole["frechet_distance"] < found.metrics["frechet_distance"] / 5
    assert whole["diversity"]["all"] == pytest.approx(1, abs=0.1)


def test_a_dropped_half_and_one_picture_cost_what_their_definitions_say(with_pictures: Callable) -> None:
    whole, half, one = (with_pictures(list(places)) for places in (range(64), range(0, 64, 6), [3]))
    assert (whole["precision"], half["precision"]) == (1, 1)
    assert half["recall"] < 0.8 * whole["recall"]
    assert one["coverage"] < half["coverage"] < whole["coverage"]
    assert one["diversity"]["all"] == 0
    assert whole["kernel_distance"]["value"] < half["kernel_distance"]["value"] < one["kernel_distance"]["value"]
    assert whole["sliced_wasserstein"]["mean"] < one["sliced_wasserstein"]["mean"]


def test_labels_and_path_lengths_where_a_model_has_them(
    looker: Looker, style_run: Path, plain_run: Path, tiny_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "open_looker", lambda *_: (looker, ""))
    judge = Judge(tiny_dataset, samples=16, metrics=["path", "diversity"], quiet=True, threads=1)
    found = judge.judge(style_run)
    assert found.metrics["path_length"]["paths"] == 16
    assert found.metrics["path_length"]["value"] > 0
    assert "path_length" not in judge.judge(plain_run).metrics
    assert judge.judge(plain_run).remarks == ["the model takes no labels: samples have none"]


def test_a_missing_labeler_is_a_remark_unless_attributes_are_asked_for(
    command: Command, pooling: Path, tiny_run: Path, tiny_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nijigen.features import labeler

    monkeypatch.setattr(labeler, "bundled_labeler", lambda: tmp_path / "absent.safetensors")
    found = judged(command, tiny_run, tiny_dataset, "--samples", 10, "--features", pooling)
    assert any("attributes were not read" in remark for remark in found["remarks"])
    done = command("evaluate", tiny_run, tiny_dataset, "--features", pooling, "--metrics", "attributes")
    assert (done.code, "absent.safetensors" in done.err) == (2, True)


def test_the_labeler_that_comes_with_nijigen_reads_what_was_asked_for(
    command: Command, tiny_recipe: Any, tiny_train: Any, tmp_path: Path
) -> None:
    from nijigen.data import prepare

    prepare("chibi:48", tmp_path / "chibis", size=32, workers=1, quiet=True)
    tiny_train(tiny_recipe(images=8, resolution=32), tmp_path / "run", tmp_path / "chibis")
    found = judged(command, tmp_path / "run", tmp_path / "chibis", "--samples", 48, "--metrics", "attributes,frechet")
    attributes = found["metrics"]["attributes"]
    assert found["extractor"]["name"] == "labeler"
    assert found["labeler"] == found["extractor"]["digest"]
    assert attributes["real_mean"] > 0.95
    assert attributes["mean"] < 0.5  # grey squares
    assert {"hair_color", "expression"} <= set(attributes["each"])
    assert all(0 < row["chance"] <= 1 for row in attributes["each"].values())
    alone = judged(command, tmp_path / "run", tmp_path / "chibis", "--samples", 48, "--metrics", "frechet")
    assert alone["metrics"]["frechet_distance"] == pytest.approx(found["metrics"]["frechet_distance"], rel=1e-6)


def test_metrics_are_named_in_the_help() -> None:
    from typing import get_args

    from nijigen.cli.evaluation import Metrics

    assert ",".join(METRICS) in get_args(Metrics)[1].help


def test_too_few_real_pictures_are_refused(looker: Looker, tiny_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dataset, "open", classmethod(lambda cls, path: _of_three(path)))
    with pytest.raises(NijigenError, match="has 3 pictures"):
        Judge(tiny_dataset, quiet=True, threads=1)


def _of_three(path: Path) -> Dataset:
    from nijigen.data.dataset import read_info

    return Dataset(path, {**read_info(path), "count": 3})
