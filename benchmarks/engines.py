"""Engines beside each other: PyTorch eager and compiled, onnxruntime and OpenVINO, on the same networks and inputs.

    python benchmarks/engines.py                                     # chibi (128 px), stylegan2-128 and stylegan2-256
    python benchmarks/engines.py chibi --compiled --threads 1 --rounds 31

From noise and labels to pictures, without words, pixels or files, at batch 1 and 16. Networks of recipes are freshly
drawn. All take turns in every round, with a product of two 2048 × 2048 matrices among them: the machine's matrix peak
under the same load. Given are medians of milliseconds a batch, how many times as fast as eager (medians of the rounds'
own ratios), and the share of the peak: the products and convolutions of the written network, counted, over the time.

OpenVINO is no dependency of nijigen: it is measured where it is installed. It is given the same ONNX files.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nijigen.engine.engines import CompiledGenerator, OnnxGenerator
from nijigen.errors import NijigenError
from nijigen.export.folder import graphs_of
from nijigen.export.running import MAPPING_FILE, SYNTHESIS_FILE, Graphs
from nijigen.machine import place, prepare_machine
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import Stored, load_package
from nijigen.models.registry import find_family
from nijigen.schema import AttributeSchema
from nijigen.store import find_model
from nijigen.training.cost import Meter
from nijigen.training.recipe import load_recipe

SIDE = 2048  # of the matrices
WARM = 2  # rounds that do not count
Work = Callable[[], object]


def opened(name: str) -> Generator:
    """A model's generator, or that of a recipe with fresh weights and no labels."""
    try:
        return load_package(find_model(name)).generator
    except NijigenError:
        recipe = load_recipe(name)
        family = find_family(recipe.family)
        torch.manual_seed(0)
        shape = Shape(recipe.resolution, recipe.channels, 0)
        network = family.build(shape, family.options.model_validate(recipe.network))["generator"]
        assert isinstance(network, Generator)
        return network.eval().requires_grad_(False)


def with_openvino(folder: Path, threads: int) -> Callable[[Tensor, Tensor], Any] | None:
    """Noise and labels → pictures by OpenVINO, in float32; None where it is not installed."""
    try:
        import openvino
    except ImportError:
        return None
    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    mapping, synthesis = (core.compile_model(folder / file, "CPU", settings) for file in (MAPPING_FILE, SYNTHESIS_FILE))

    def work(z: Tensor, labels: Tensor) -> Any:
        known: Mapping[str, Any] = {"z": z.numpy(), "labels": labels.numpy(), "truncation": torch.tensor(1.0).numpy()}
        latent = mapping(chosen(mapping, known))[0]
        given: Mapping[str, Any] = {"latent": latent, "noise": torch.tensor(1.0).numpy(), "maps": maps}
        return synthesis(chosen(synthesis, given))[0]

    maps: Any = None
    for port in synthesis.inputs:
        if "maps" in port.get_names():
            maps = torch.randn(1, port.get_partial_shape()[1].get_length()).numpy()
    return work


def chosen(network: Any, known: Mapping[str, Any]) -> dict[int, Any]:
    """What a network of OpenVINO takes, by place: a place has several names where steps before it were folded away."""
    places = enumerate(network.inputs)
    return {place: next(known[name] for name in port.get_names() if name in known) for place, port in places}


@torch.no_grad()
def measure(name: str, arguments: argparse.Namespace, threads: int) -> None:
    """Measure one network and print its rows."""
    generator = opened(name)
    with tempfile.TemporaryDirectory() as place_for_graphs:
        folder = Path(place_for_graphs)
        stored = Stored(generator, AttributeSchema([]), None, {}, "")
        for file, graph in graphs_of(stored).items():
            (folder / file).write_bytes(graph)
        graphs = Graphs(folder, threads)
        eager = place(generator, torch.device("cpu"))
        ways: dict[str, Callable[[Tensor, Tensor], Any]] = {"eager": eager}
        if arguments.compiled:
            ways["compiled"] = CompiledGenerator(eager)
        ways["onnx"] = OnnxGenerator(eager, graphs)
        if (other := with_openvino(folder, threads)) is not None:
            ways["openvino"] = other
        if arguments.profile and not graphs.takes_noise:
            profile(folder, threads, eager.map(eager.noise([0]), torch.zeros(1, eager.shape.label_width)))
        square = torch.randn(SIDE, SIDE)
        for batch in arguments.batches:
            z, labels = eager.noise(range(batch)), torch.zeros(batch, eager.shape.label_width)
            with Meter() as meter:
                eager(z, labels)
            rounds: dict[str, list[float]] = {way: [] for way in ("peak", *ways)}
            for _ in range(arguments.rounds + WARM):
                rounds["peak"].append(seconds(lambda: square @ square))
                for way, work in ways.items():
                    rounds[way].append(seconds(lambda w=work, z=z, labels=labels: w(z, labels)))  # type: ignore[misc]
            show(name, eager.shape.resolution, batch, meter.operations, {w: t[WARM:] for w, t in rounds.items()})


def show(name: str, side: int, batch: int, operations: int, rounds: Mapping[str, list[float]]) -> None:
    """Print the rows of one size of batch."""
    peak = 2 * SIDE**3 / statistics.median(rounds["peak"])
    print(f"{name}, {side} px, batch {batch}: {operations / 1e9:.3f} GFLOP; matrix peak {peak / 1e9:.0f} GFLOP/s")
    for way, times in rounds.items():
        if way == "peak":
            continue
        ratio = statistics.median(one / other for one, other in zip(rounds["eager"], times, strict=True))
        share = statistics.median(
            operations / time / (2 * SIDE**3 / reference) for time, reference in zip(times, rounds["peak"], strict=True)
        )
        middle, least = statistics.median(times) * 1e3, min(times) * 1e3
        print(f"  {way:9} {middle:9.1f} ms (least {least:.1f}), {ratio:5.2f} x eager, {share:5.0%} of the peak")


def profile(folder: Path, threads: int, latent: Tensor) -> None:
    """Print what onnxruntime spends its time on at batch 1, by operator; of a model without per-pixel noise."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.enable_profiling = threads, True
    options.profile_file_prefix = str(folder / "profile")
    session = onnxruntime.InferenceSession(folder / SYNTHESIS_FILE, options)
    for _ in range(50):
        session.run(None, {"latent": latent.numpy()})
    times: dict[tuple[str, str], list[float]] = {}
    for event in json.loads(Path(session.end_profiling()).read_text()):
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            times.setdefault((event["args"]["op_name"], event["name"]), []).append(event["dur"])
    shares: dict[str, float] = {}
    for (operator, _), found in times.items():
        shares[operator] = shares.get(operator, 0.0) + statistics.median(found)
    whole = sum(shares.values())
    ranked = sorted(shares.items(), key=lambda row: -row[1])
    print("  onnxruntime:", ", ".join(f"{operator} {share / whole:.0%}" for operator, share in ranked[:12]))


def seconds(work: Work) -> float:
    """How long a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=["chibi", "stylegan2-128", "stylegan2-256"])
    parser.add_argument("--threads", type=int, help="all cores unless told")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--batches", type=int, nargs="*", default=[1, 16])
    parser.add_argument("--compiled", action="store_true", help="torch.compile too: a minute for each size of batch")
    parser.add_argument("--profile", action="store_true", help="also what onnxruntime spends its time on")
    arguments = parser.parse_args()
    threads = prepare_machine(arguments.threads)
    print(f"{threads} threads, {arguments.rounds} rounds")
    for name in arguments.networks:
        measure(name, arguments, threads)


if __name__ == "__main__":
    main()
