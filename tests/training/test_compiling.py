"""torch.compile: where it fails a run goes on as if it had not been asked for."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from nijigen.models.contract import Networks, Shape
from nijigen.models.package import load_package
from nijigen.models.registry import find_family
from nijigen.training.compiling import Compiler
from nijigen.training.game import as_generator
from nijigen.training.schedule import Moment

Make = Callable[..., Any]
RECIPE: dict[str, Any] = {
    "images": 32,
    "objective": "hinge",
    "penalty": {"r1": 1.0, "every": 2},
    "conditioning": {"classifier": 1.0, "classifier_width": 4},
}


@pytest.fixture(autouse=True)
def _no_memory_of_earlier_compilations() -> Iterator[None]:
    yield
    torch.compiler.reset()


NOW = Moment(0, 8, 0, 16, 1.0, 1.0, 0.0)


def broken(graph: Any, inputs: Any) -> Any:
    raise RuntimeError("no compiler is installed here")


def compile_with(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put another compiler in the place of torch's own."""
    of_modules, of_functions = nn.Module.compile, torch.compile
    monkeypatch.setattr(nn.Module, "compile", lambda self: of_modules(self, backend=backend))
    monkeypatch.setattr(
        torch, "compile", lambda function, **keys: of_functions(function, **{"backend": backend, **keys})
    )


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where the first compilation fails, as one without a C++ compiler does."""
    compile_with(broken, monkeypatch)


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A compiler that only takes down that it was there: networks run as they are, through torch.compile."""
    graphs: list[str] = []

    def backend(graph: torch.fx.GraphModule, inputs: Any) -> Any:
        graphs.append(str(graph.graph))
        return graph.forward

    compile_with(backend, monkeypatch)
    return graphs


def same_weights(one: Path, other: Path) -> bool:
    first, second = (load_package(run / "model").generator.state_dict() for run in (one, other))
    return list(first) == list(second) and all(torch.equal(value, second[key]) for key, value in first.items())


@pytest.mark.usefixtures("no_compiler")
def test_a_compiler_that_fails_changes_nothing(
    tiny_recipe: Make, tiny_train: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_train(tiny_recipe(**RECIPE), tmp_path / "eager")
    assert "torch.compile" not in capsys.readouterr().err
    trained = tiny_train(tiny_recipe(compile=True, **RECIPE), tmp_path / "run")
    said = capsys.readouterr().err
    assert trained.images == 32
    assert said.count("torch.compile does not work here, going on without it") == 1
    assert "no compiler is installed here" in said
    assert len(said.splitlines()) == 1
    assert same_weights(tmp_path / "run", tmp_path / "eager")


def test_compiled_networks_learn_what_eager_ones_do(
    traced: list[str], tiny_recipe: Make, tiny_train: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_train(tiny_recipe(**RECIPE), tmp_path / "eager")
    assert traced == []
    tiny_train(tiny_recipe(compile=True, **RECIPE), tmp_path / "run")
    assert traced
    assert capsys.readouterr().err == ""
    first, second = (load_package(tmp_path / run / "model").generator.state_dict() for run in ("run", "eager"))
    for key, value in first.items():
        torch.testing.assert_close(value, second[key], msg=key)


class Line(nn.Module):
    """A network of its own class: those of torch are not traced when they are called alone."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([2.0, 3.0]))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return (x * self.weight).sum(dim=1).square()


def test_phases_with_second_derivatives_stay_eager(traced: list[str]) -> None:
    network = Line()
    compiler = Compiler({"discriminator": network}, True)

    def turn() -> float:
        x = torch.ones(3, 2, requires_grad=True)
        (slope,) = torch.autograd.grad(network(x).sum(), x, create_graph=True)
        slope.square().sum().backward()  # type: ignore[no-untyped-call]
        return slope.sum().item()

    assert compiler.call(turn, second_order=True, now=NOW) == pytest.approx(3 * 2 * 5 * 5)
    assert traced == []
    assert network.weight.grad is not None
    compiler.call(lambda: network(torch.ones(1, 2)), second_order=False, now=NOW)
    assert len(traced) == 1
    assert compiler.working


@pytest.mark.usefixtures("no_compiler")
def test_after_one_failure_no_more_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    network = Line()
    compiler = Compiler({"discriminator": network}, True)
    for _ in range(3):
        assert compiler.call(lambda: network(torch.ones(1, 2)), False, NOW).tolist() == [25]
        assert not compiler.working
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "backend='inductor' raised:\nInvalidCxxCompiler: no working compiler in ('/nonexistent', 'g++')\n\n"
            "Set TORCHDYNAMO_VERBOSE=1 for the internal stack trace (please do this especially if you're reporting a "
            'bug to PyTorch). For even more developer context, set TORCH_LOGS="+dynamo"\n',
            "backend='inductor' raised: InvalidCxxCompiler: no working compiler in ('/nonexistent', 'g++')",
        ),
        ("word " * 100, "word " * 39 + "…"),
        ("", "RuntimeError"),
    ],
    ids=["advice", "long", "nothing"],
)
def test_a_failure_is_told_in_whole_words_without_advice(
    said: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = iter([RuntimeError(said)])

    def turn() -> int:
        for error in failures:
            raise error
        return 3

    assert Compiler({}, True).call(turn, False, NOW) == 3
    assert capsys.readouterr().err == f"torch.compile does not work here, going on without it: {told}\n"


@pytest.mark.usefixtures("no_compiler")
def test_a_run_with_a_forecast_tells_of_a_failure_once(
    tiny_recipe: Make, tiny_train: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_train(tiny_recipe(compile=True, **RECIPE), tmp_path / "run", quiet=False)
    said = capsys.readouterr()
    assert said.err.count("torch.compile does not work here") == 1
    assert "; all measured without torch.compile\n" in said.out
    assert said.out.count("compile=true: the first steps compile the networks, a minute or more") == 1


def test_running_statistics_count_a_turn_once(no_compiler: None) -> None:
    """The network that works has had its turn before the other fails, and has it again."""
    works, fails = Line(), Line()
    compiler = Compiler({"works": works, "fails": fails}, True)
    works._compiled_call_impl = None
    made = compiler.call(lambda: works(torch.ones(1, 2)) + fails(torch.ones(1, 2)), False, NOW)
    assert (made.item(), works.calls.item(), fails.calls.item()) == (50, 1, 1)


def networks_of(tiny_recipe: Make) -> Networks:
    return find_family("dcgan").build(Shape(16, 3, 5), tiny_recipe().options())


def test_a_generator_is_compiled_where_training_calls_it(traced: list[str], tiny_recipe: Make) -> None:
    """Which is not its own call: latents are crossed between its two halves."""
    networks = networks_of(tiny_recipe)
    generator = as_generator(networks)
    compiler = Compiler(networks, True)
    z, labels = torch.randn(2, 8), torch.zeros(2, 5)
    made = compiler.call(lambda: generator.synthesize(generator.map(z, labels)), False, NOW)
    assert ["conv_transpose2d" in graph for graph in traced] == [False, True]
    assert made.shape == (2, 3, 16, 16)
    assert not {"map", "synthesize"} & set(vars(generator))  # a copy of it would call this one's
    before = len(traced)
    generator.synthesize(generator.map(z, labels))
    assert len(traced) == before


def test_after_a_failure_methods_are_as_they_were(no_compiler: None, tiny_recipe: Make) -> None:
    networks = networks_of(tiny_recipe)
    generator = as_generator(networks)
    compiler = Compiler(networks, True)
    compiler.call(lambda: generator.map(torch.randn(2, 8), torch.zeros(2, 5)), False, NOW)
    assert not compiler.working
    assert not {"map", "synthesize"} & set(vars(generator))


def test_fades_are_not_compiled(traced: list[str]) -> None:
    """Each of their steps would be a compilation of its own."""
    network = Line()
    compiler = Compiler({"discriminator": network}, True)
    for fade in (0.25, 0.5, 0.75):
        compiler.call(lambda: network(torch.ones(1, 2)), False, replace(NOW, fade=fade))
    assert traced == []
    compiler.call(lambda: network(torch.ones(1, 2)), False, NOW)
    assert len(traced) == 1


def test_a_network_that_grows_is_compiled_at_every_size(traced: list[str]) -> None:
    """Of as many stages as there are, each with its own graphs, none ends as the one too many."""
    network = Line()
    compiler = Compiler({"discriminator": network}, True)
    for stage in range(10):
        width = 2 + stage
        network.weight = nn.Parameter(torch.ones(width))
        compiler.call(lambda width=width: network(torch.ones(1, width)), False, replace(NOW, resolution=2**stage))
        assert len(traced) == stage + 1


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("GPU is full"), KeyboardInterrupt()])
def test_what_is_no_fault_of_the_compiler_is_passed_on(error: BaseException) -> None:
    compiler, calls = Compiler({}, True), []

    def turn() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        compiler.call(turn, False, NOW)
    assert (len(calls), compiler.working) == (1, True)


def test_a_fault_of_the_network_is_its_own() -> None:
    compiler = Compiler({}, True)

    def turn() -> None:
        raise ValueError("wrong shape")

    with pytest.raises(ValueError, match="wrong shape"):
        compiler.call(turn, False, NOW)


def test_where_it_is_not_wanted_nothing_is_compiled(
    traced: list[str], tiny_recipe: Make, tiny_train: Make, tmp_path: Path
) -> None:
    tiny_train(tiny_recipe(**RECIPE), tmp_path / "run")
    assert traced == []


def test_where_it_is_not_wanted_it_is_not_loaded() -> None:
    """Loading it takes seconds."""
    code = "import sys; from nijigen.training.compiling import Compiler; "
    code += "print(Compiler({}, False).call(int, False, None)); "
    code += "print([name for name in sys.modules if name.startswith('torch._dynamo.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.split(), done.returncode) == (["0", "[]"], 0), done.stderr


def test_a_forecast_with_compiled_networks_leaves_the_run_alone(
    traced: list[str], tiny_recipe: Make, tiny_train: Make, tmp_path: Path
) -> None:
    """It works on copies, and what a copy calls must be the copy's."""
    tiny_train(tiny_recipe(compile=True, **RECIPE), tmp_path / "quiet")
    tiny_train(tiny_recipe(compile=True, **RECIPE), tmp_path / "run", quiet=False)
    assert same_weights(tmp_path / "run", tmp_path / "quiet")
