"""Fixtures shared by every test."""

import shutil
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A test proves behaviour, and is no slower for failing on a machine that has other work to do.
settings.register_profile("nijigen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nijigen")

SHARED = Path(__file__).resolve().parents[2] / "shared"

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

TINY_NETWORK = {"latent": 8, "width": 4, "discriminator_width": 4, "embedding": 4}
HAIR, MOODS = ("pink", "blue", "black"), ("smile", "sad")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real pictures for tests, which is not part of the project."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"no real pictures: {folder.name}/ is not beside the checkout")
    return folder


@pytest.fixture(scope="session")
def portrait(shared_data: Path) -> Callable[[str], bytes]:
    """``portrait("man-0052")``: the file of a real photograph of a face."""
    pytest.importorskip("cv2", reason="opencv is not installed: the extra [detect]")
    archive = shared_data / "portrait-photos-256.zip"
    if not archive.is_file():
        pytest.skip(f"{archive.name} is not there")

    def read(name: str) -> bytes:
        with zipfile.ZipFile(archive) as pictures:
            return pictures.read(f"{archive.stem}/{name}.jpg")

    return read


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program, as Debian has it: Playwright's own builds come from elsewhere."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip(f"no Chromium is installed (looked for {', '.join(CHROMIUM)}): apt-get install chromium")
    return program


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the extra [dev]")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test, and no process a test starts, reads or writes what this user's nijigen remembers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIJIGEN_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("NIJIGEN_MODELS", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _heard_ctrl_c() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would every process that a test starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _usual_arithmetic() -> None:
    """The settings for speed hold for a whole process; the next test starts with Python's usual arithmetic.

    And with one thread: the networks here are too small for two, which would only wait for each other.
    """
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)
        torch.set_num_threads(1)


def write_pictures(folder: Path, count: int, labelled: bool, size: int = 16) -> Path:
    """``count`` different pictures, and a metadata.csv where ``labelled``; some rows leave the expression out."""
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True)
    rows = ["file_name,hair_color,expression"]
    for index in range(count):
        random = np.random.default_rng(index)
        pixels = np.full((size, size, 3), (40 * (index % 3) + 60, 200 - 70 * (index % 2), 120), np.uint8)
        pixels[2:10, 3:13] = random.integers(0, 256, (8, 10, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:03d}.png")
        mood = "" if index % 8 == 7 else MOODS[index % 2]
        rows.append(f"{index:03d}.png,{HAIR[index % 3]},{mood}")
    if labelled:
        (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """64 pictures of 16×16 with two attributes, prepared. Read only."""
    from nijigen.data import prepare

    folder = tmp_path_factory.mktemp("tiny")
    prepare(write_pictures(folder / "source", 64, labelled=True), folder / "data", size=16, workers=1, quiet=True)
    return folder / "data"


@pytest.fixture(scope="session")
def plain_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """32 pictures of 16×16 without labels, prepared. Read only."""
    from nijigen.data import prepare

    folder = tmp_path_factory.mktemp("plain")
    prepare(write_pictures(folder / "source", 32, labelled=False), folder / "data", size=16, workers=1, quiet=True)
    return folder / "data"


@pytest.fixture(scope="session")
def tiny_recipe() -> Callable[..., Any]:
    """Makes a recipe of milliseconds a step; ``tiny_recipe(images=64, network={...}, output={...})`` changes it."""
    from nijigen.training.recipe import Recipe, load_recipe

    def make(**changes: Any) -> Recipe:
        table: dict[str, Any] = {
            "name": "tiny",
            "family": "dcgan",
            "resolution": 16,
            "images": 64,
            "batch": 8,
            "average": {"half_life": 64, "ramp": 0.5},
            "optimizer": {"decay": 0.0},
            **changes,
        }
        table["network"] = {**TINY_NETWORK, **changes.get("network", {})}
        table["output"] = {
            "metrics_every": 16,
            "samples_every": 32,
            "checkpoint_every": 32,
            "checkpoint_minutes": 1000.0,
            **changes.get("output", {}),
        }
        return load_recipe(Recipe.model_validate(table))

    return make


@pytest.fixture(scope="session")
def tiny_train(tiny_dataset: Path) -> Callable[..., Any]:
    """``tiny_train(recipe, folder)``: train on the tiny data set, one thread, without words."""
    from nijigen.training.start import train

    def run(recipe: Any, folder: Path, dataset: Path = tiny_dataset, **options: Any) -> Any:
        return train(dataset, recipe, folder, **{"threads": 1, "device": "cpu", "quiet": True, **options})

    return run


@pytest.fixture(scope="session")
def dying_after() -> Callable[[int], AbstractContextManager[None]]:
    """``with dying_after(images):`` a training dies there, its weights changed and nothing written of it."""
    from nijigen.training import start
    from nijigen.training.forecast import Forecast
    from nijigen.training.loop import Trainer

    real_step = Trainer.step

    @contextmanager
    def dying(images: int) -> Iterator[None]:
        def step(trainer: Trainer) -> None:
            real_step(trainer)
            if trainer.state.images > images:
                raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Trainer, "step", step)
            patch.setattr(start, "forecast", lambda trainer: Forecast(1.0, 1.0, 1, 1, 1.0))
            yield

    return dying


@pytest.fixture(scope="session")
def tiny_run(
    tmp_path_factory: pytest.TempPathFactory, tiny_recipe: Callable[..., Any], tiny_train: Callable[..., Any]
) -> Path:
    """A finished run on the tiny data set. Read only."""
    folder = tmp_path_factory.mktemp("runs") / "tiny-run"
    tiny_train(tiny_recipe(), folder)
    return folder


@pytest.fixture(scope="session")
def plain_run(
    tmp_path_factory: pytest.TempPathFactory,
    plain_dataset: Path,
    tiny_recipe: Callable[..., Any],
    tiny_train: Callable[..., Any],
) -> Path:
    """A finished unconditional run. Read only."""
    folder = tmp_path_factory.mktemp("runs") / "plain-run"
    tiny_train(tiny_recipe(images=32), folder, plain_dataset)
    return folder


@pytest.fixture(scope="session")
def narrow_vgg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights with a VGG19 up to conv4_4 that is four channels wide."""
    import torch
    from safetensors.torch import save_file

    from nijigen.features.vgg_network import Vgg

    folder = tmp_path_factory.mktemp("narrow-vgg")
    torch.manual_seed(3)
    network = Vgg([4] * 12)
    save_file({f"features.{name}": value for name, value in network.features.state_dict().items()},
              folder / "vgg19.safetensors")  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def full_vgg_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights with a VGG19 up to conv3_4, as wide as the published one, its weights drawn at random."""
    import torch
    from safetensors.torch import save_file

    from nijigen.features.seeing import stand_in_seer

    folder = tmp_path_factory.mktemp("full-vgg")
    torch.manual_seed(3)
    network = stand_in_seer(["conv3_4"]).network
    save_file({f"features.{name}": value for name, value in network.features.state_dict().items()},
              folder / "vgg19.safetensors")  # fmt: skip
    return folder


@pytest.fixture
def full_vgg(full_vgg_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has nijigen find that VGG19, and no other."""
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(full_vgg_folder))
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    return full_vgg_folder


@pytest.fixture
def eyes(narrow_vgg: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has nijigen find the narrow VGG19, and no other."""
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(narrow_vgg))
    return narrow_vgg


@pytest.fixture(scope="session")
def two_datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """``photos`` and ``drawings`` of 16×16, the drawings with smoothed twins: 40 and 64 pictures. Read only."""
    from nijigen.data import prepare

    folder = tmp_path_factory.mktemp("two")
    for name, count in (("photos", 40), ("drawings", 64)):
        source = write_pictures(folder / f"{name}-source", count, labelled=name == "drawings")
        prepare(source, folder / name, size=16, workers=1, quiet=True, smooth_edges=name == "drawings")
    return {name: folder / name for name in ("photos", "drawings")}


@pytest.fixture(scope="session")
def outcome() -> Callable[[Path], dict[str, bytes]]:
    """Everything of a run that must not depend on interruptions: name → bytes."""

    def read(run: Path) -> dict[str, bytes]:
        newest = max(path for path in (run / "checkpoints").iterdir() if path.name.isdigit())
        files = [newest / "state.safetensors", newest / "state.json", run / "metrics.jsonl", run / "recipe.toml"]
        files += [*(run / "samples").iterdir(), *(run / "model").iterdir()]
        return {str(path.relative_to(run)): path.read_bytes() for path in files if not path.name.startswith(".")}

    return read


@dataclass(frozen=True)
class CommandResult:
    """What a command line did."""

    code: int
    out: str
    err: str

    def refused(self, *words: str) -> None:
        """Asserts exit code 2, nothing on stdout, and one line on stderr that holds the words."""
        assert self.code == 2, self
        assert self.out == ""
        assert self.err.startswith("nijigen: ")
        assert self.err.count("\n") == 1
        for word in words:
            assert word in self.err


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., CommandResult]:
    """Runs ``nijigen ARGUMENTS`` in this process. What would be a traceback fails the test as the exception it is."""
    from nijigen.cli import main

    def run(*arguments: object) -> CommandResult:
        monkeypatch.setattr(sys, "argv", ["nijigen", *(str(argument) for argument in arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        captured = capsys.readouterr()
        return CommandResult(code, captured.out, captured.err)

    return run


@pytest.fixture
def redness() -> Callable[..., Path]:
    """Writes a tiny image classifier: see :func:`write_redness`."""
    return write_redness


def write_redness(
    path: Path, *, size: int | str = 32, floats: bool = True, last: bool = False, outputs: int = 1, single: bool = False
) -> Path:
    """Write a tiny network in ONNX that says how red, green and blue a picture is: three means, 0 to 1.

    Args:
        size: height and width; a word leaves them free.
        floats: take floats, which count as they are; else uint8, which are divided by 255.
        last: channels last.
        outputs: the second one is the first again, called ``again``.
        single: give the first number alone.
    """
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: the extra [dev]")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: the extra [onnx]")
    helper, types = onnx.helper, onnx.TensorProto
    shape = ["n", size, size, 3] if last else ["n", 3, size, size]
    nodes = [helper.make_node("Cast", ["images"], ["numbers"], to=types.FLOAT)]
    constants = [helper.make_tensor("scale", types.FLOAT, [], [1.0 if floats else 1 / 255])]
    nodes.append(helper.make_node("Mul", ["numbers", "scale"], ["scaled"]))
    nodes.append(helper.make_node("ReduceMean", ["scaled"], ["means"], axes=[1, 2] if last else [2, 3], keepdims=0))
    constants.append(helper.make_tensor("wanted", types.INT64, [1 if single else 3], [0] if single else [0, 1, 2]))
    nodes.append(helper.make_node("Gather", ["means", "wanted"], ["colours"], axis=1))
    names = ["colours", "again"][:outputs]
    if outputs > 1:
        nodes.append(helper.make_node("Identity", ["colours"], ["again"]))
    graph = helper.make_graph(
        nodes, "redness",
        [helper.make_tensor_value_info("images", types.FLOAT if floats else types.UINT8, shape)],
        [helper.make_tensor_value_info(name, types.FLOAT, ["n", 1 if single else 3]) for name in names],
        constants,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path
