"""From a network to an ONNX file: traced by ``torch.export``, its constants folded by onnxruntime.

PyTorch's newer exporter is used: the older one knows no functions with derivatives of their own and guesses shapes.
"""

import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from nijigen.errors import NijigenError
from nijigen.export.graphs import Input
from nijigen.images.onnx import first_line

OPSET = 18  # what onnxruntime has known since 1.14, in browsers too
TINY = 1e-6  # of constants that optimisers take for nothing
METADATA = "nijigen"  # the key of the card in a file


def traced(network: nn.Module, inputs: Mapping[str, Input], output: str) -> bytes:
    """A network as ONNX, with constants folded.

    Args:
        inputs: by name, in the order in which the network takes them.
        output: name of its only output.

    Raises:
        NijigenError: onnx, onnxscript or onnxruntime is missing, or the network cannot be traced.
    """
    need_tools()
    import onnx

    # Sides of pictures have to be multiples of something, which the trace finds out by itself.
    sizes: dict[str, Any] = {"h": torch.export.Dim.AUTO, "w": torch.export.Dim.AUTO}
    sizes |= {
        name: torch.export.Dim(name, min=1)
        for one in inputs.values()
        for name in one.free.values()
        if name not in sizes
    }
    dynamic = tuple({place: sizes[name] for place, name in one.free.items()} or None for one in inputs.values())
    try:
        with _quiet(), torch.no_grad():
            program = torch.export.export(
                network, tuple(one.example for one in inputs.values()), dynamic_shapes=_shapes(network, dynamic),
                strict=False,
            )  # fmt: skip
            made = torch.onnx.export(
                program, dynamo=True, input_names=list(inputs), output_names=[output], opset_version=OPSET,
                verbose=False, optimize=False,
            )  # fmt: skip
    except Exception as error:  # the exporter has a type of its own for each of its stages
        raise NijigenError(f"this network cannot be traced for ONNX: {first_line(error)}") from None
    assert made is not None
    proto = _kept_small(made.model_proto)
    for name in [name for name, one in inputs.items() if one.shared]:
        _repeat(proto.graph, name, next(iter(inputs)))
    model = onnx.load_from_string(_folded(proto.SerializeToString()))
    _plain(model)
    _share(model.graph)
    found: bytes = model.SerializeToString()
    return found


def with_card(model: bytes, card: Mapping[str, Any]) -> bytes:
    """The same file with a card in its metadata."""
    import onnx

    loaded = onnx.load_from_string(model)
    onnx.helper.set_model_props(loaded, {METADATA: json.dumps(card, ensure_ascii=False)})
    found: bytes = loaded.SerializeToString()
    return found


def need_tools() -> None:
    """See that what makes and runs ONNX files is installed.

    Raises:
        NijigenError: it is not.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        missing = (error.name or "onnx").partition(".")[0]
        raise NijigenError(f'exporting needs {missing}: pip install "nijigen[export]"') from None


def _shapes(network: nn.Module, dynamic: tuple[Any, ...]) -> Any:
    """How ``torch.export`` wants them told: a tuple for each argument, those behind a star in one tuple."""
    from inspect import Parameter, signature

    kinds = [parameter.kind for parameter in signature(network.forward).parameters.values()]
    starred = kinds.index(Parameter.VAR_POSITIONAL) if Parameter.VAR_POSITIONAL in kinds else len(dynamic)
    if starred >= len(dynamic):
        return dynamic
    return (*dynamic[:starred], dynamic[starred:])


def _folded(model: bytes) -> bytes:
    """What follows from constants alone, such as scaled weights, computed now; ONNX's own operators only."""
    import onnxruntime

    with tempfile.TemporaryDirectory(prefix="nijigen-") as folder:
        out = Path(folder) / "folded.onnx"
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = os.fspath(out)
        options.log_severity_level = 4
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return out.read_bytes()


def _plain(model: Any) -> None:
    """Take away what says nothing to anybody else: names of functions here, and domains that are not used."""
    used = {node.domain for node in nodes(model.graph)}
    kept = [entry for entry in model.opset_import if entry.domain in ("", *used)]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    del model.graph.value_info[:]
    model.graph.doc_string = ""
    del model.metadata_props[:]
    for node in nodes(model.graph):
        node.doc_string = ""
        del node.metadata_props[:]
    model.producer_name, model.producer_version = "nijigen", ""


def _kept_small(model: Any) -> Any:
    """Sums with a constant like 1e-8 written as ``Sum``: optimisers take ``Add`` with it for a sum with nothing.

    Then zeros, as labels of which nothing is known, are divided by their own length.
    """
    import onnx

    array, small = onnx.numpy_helper.to_array, set()
    for one in model.graph.initializer:
        if one.data_type == onnx.TensorProto.FLOAT and array(one).size == 1 and 0 < abs(array(one).item()) <= TINY:
            small.add(one.name)
    for node in nodes(model.graph):
        for attribute in node.attribute if node.op_type == "Constant" else ():
            value = attribute.f if attribute.name == "value_float" else 0.0
            if attribute.name == "value" and array(attribute.t).size == 1:
                value = array(attribute.t).item()
            if 0 < abs(value) <= TINY:
                small.update(node.output)
    for node in nodes(model.graph):
        if node.op_type == "Add" and small.intersection(node.input):
            node.op_type = "Sum"
    return model


def _repeat(graph: Any, name: str, beside: str) -> None:
    """Have one row of an input stand for as many as another input has; a trace has to know that they are as many."""
    import onnx

    each, count, shape, last = f"{name}.each", f"{name}.count", f"{name}.shape", f"{name}.last"
    for node in nodes(graph):
        node.input[:] = [each if one == name else one for one in node.input]
    made = [
        onnx.helper.make_node("Shape", [beside], [count], start=0, end=1),
        onnx.helper.make_node("Concat", [count, last], [shape], axis=0),
        onnx.helper.make_node("Expand", [name, shape], [each]),
    ]
    graph.initializer.append(onnx.numpy_helper.from_array(np.ones(1, np.int64), last))
    kept = list(graph.node)
    del graph.node[:]
    graph.node.extend([*made, *kept])
    (given,) = (one for one in graph.input if one.name == name)
    given.type.tensor_type.shape.dim[0].dim_param = "1 or n"


def _share(graph: Any) -> None:
    """Constants of branches join those of the graph, and what is there twice is kept once."""
    known = {_contents(one): one.name for one in graph.initializer}
    for node in graph.node:
        for attribute in node.attribute:
            if not attribute.HasField("g"):
                continue
            branch, renamed = attribute.g, {}
            for one in branch.initializer:
                name = known.setdefault(_contents(one), f"{node.name or node.op_type}.{attribute.name}.{one.name}")
                renamed[one.name] = name
                if name not in {held.name for held in graph.initializer}:
                    graph.initializer.add().CopyFrom(one)
                    graph.initializer[-1].name = name
            del branch.initializer[:]
            for inner in branch.node:
                inner.input[:] = [renamed.get(name, name) for name in inner.input]


def _contents(constant: Any) -> tuple[Any, ...]:
    import onnx

    return constant.data_type, tuple(constant.dims), onnx.numpy_helper.to_array(constant).tobytes()


def nodes(graph: Any) -> Iterator[Any]:
    """The nodes of a graph, those of its branches behind each."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from nodes(attribute.g)


@contextmanager
def _quiet() -> Iterator[None]:
    """What exporters say of their work, in prints, logs and warnings, is for their authors."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), open(os.devnull, "w") as nowhere:
            warnings.simplefilter("ignore")
            with redirect_stdout(nowhere), redirect_stderr(nowhere):
                yield
    finally:
        logging.disable(before)
