"""torch.compile: where it fails a run goes on as if it had not been asked for."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from nijigen.models.contract import Shape
from nijigen.models.package import load_package
from nijigen.models.registry import find_family
from nijigen.training.compiling import Compiler, called_parts

Make = Callable[..., Any]
RECIPE: dict[str, Any] = {"images": 32, "objective": "hinge", "penalty": {"r1": 1.0, "every": 2}}


@pytest.fixture(autouse=True)
def _no_memory_of_earlier_compilations() -> Iterator[None]:
    yield
    torch.compiler.reset()


def broken(graph: Any, inputs: Any) -> Any:
    raise RuntimeError("no compiler is installed here")


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where the first compilation fails, as one without a C++ compiler does."""
    real = nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda self, *args, **keys: real(self, backend=broken))


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A compiler that only takes down that it was there: networks run as they are, through torch.compile."""
    graphs: list[str] = []

    def backend(graph: torch.fx.GraphModule, inputs: Any) -> Any:
        graphs.append(str(graph.graph))
        return graph.forward

    real = nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda self, *args, **keys: real(self, backend=backend))
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

    assert compiler.call(turn, second_order=True) == pytest.approx(3 * 2 * 5 * 5)
    assert traced == []
    assert network.weight.grad is not None
    compiler.call(lambda: network(torch.ones(1, 2)), second_order=False)
    assert len(traced) == 1
    assert compiler.working


@pytest.mark.usefixtures("no_compiler")
def test_after_one_failure_no_more_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    network = Line()
    compiler = Compiler({"discriminator": network}, True)
    for _ in range(3):
        assert compiler.call(lambda: network(torch.ones(1, 2)), False).tolist() == [25]
        assert not compiler.working
    assert capsys.readouterr().err.count("\n") == 1


def test_running_statistics_count_a_turn_once(no_compiler: None) -> None:
    """The network that works has had its turn before the other fails, and has it again."""
    works, fails = Line(), Line()
    compiler = Compiler({"works": works, "fails": fails}, True)
    works._compiled_call_impl = None
    made = compiler.call(lambda: works(torch.ones(1, 2)) + fails(torch.ones(1, 2)), False)
    assert (made.item(), works.calls.item(), fails.calls.item()) == (50, 1, 1)


def test_the_parts_of_a_generator_are_compiled(traced: list[str], tiny_recipe: Make) -> None:
    """Its own call is not what training calls."""
    networks = find_family("dcgan").build(Shape(16, 3, 5), tiny_recipe().options())
    called = {name: list(called_parts(network)) for name, network in networks.items()}
    assert called["discriminator"] == [networks["discriminator"]]
    generator = networks["generator"]
    assert called["generator"] == [generator.embed, *generator.blocks.values(), generator.to_image]
    Compiler(networks, True)
    generator.synthesize(generator.map(torch.zeros(2, 8), torch.zeros(2, 5)))  # type: ignore[operator]
    assert len(traced) >= len(generator.blocks)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("GPU is full"), KeyboardInterrupt()])
def test_what_is_no_fault_of_the_compiler_is_passed_on(error: BaseException) -> None:
    compiler, calls = Compiler({}, True), []

    def turn() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        compiler.call(turn, False)
    assert (len(calls), compiler.working) == (1, True)


def test_a_fault_of_the_network_is_its_own() -> None:
    compiler = Compiler({}, True)

    def turn() -> None:
        raise ValueError("wrong shape")

    with pytest.raises(ValueError, match="wrong shape"):
        compiler.call(turn, False)


def test_where_it_is_not_wanted_nothing_is_compiled(
    traced: list[str], tiny_recipe: Make, tiny_train: Make, tmp_path: Path
) -> None:
    tiny_train(tiny_recipe(**RECIPE), tmp_path / "run")
    assert traced == []


def test_where_it_is_not_wanted_it_is_not_loaded() -> None:
    """Loading it takes seconds."""
    code = "import sys; from nijigen.training.compiling import Compiler; print(Compiler({}, False).call(int, False)); "
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
