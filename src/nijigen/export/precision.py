"""Smaller files: weights of 16 bits, which are also computed with, and weights of 8 bits, which are not.

``fp16`` halves the file and is meant for processors that compute with such numbers: graphics chips, in browsers too. A
CPU turns every number forth and back and is slower than with float32. ``int8`` keeps each large weight as whole numbers
from -127 to 127 with a scale for each of its rows; they are multiplied out when the file is opened, so that it is a
quarter as large and as fast as in full.
"""

from typing import Any, Literal

import numpy as np

from nijigen.export.tracing import nodes

Precision = Literal["fp32", "fp16", "int8"]
PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8")
LARGE = 512  # numbers: smaller weights are no load, and biases and scales matter more
SENSITIVE = ["Pow", "ReduceMean", "Sqrt", "Reciprocal", "Softmax", "InstanceNormalization", "GroupNormalization",
             "Resize", "Div", "Erf", "Einsum"]  # fmt: skip  # in 16 bits they overflow, or 1e-8 is nothing


def in_precision(model: bytes, precision: Precision, sensitive: bool = False) -> bytes:
    """A file in ONNX with its weights in another precision; inputs and outputs stay float32.

    Args:
        sensitive: a few small layers, whose weights may be smaller but which are computed with in full.
    """
    if precision == "fp32":
        return model
    import onnx

    loaded = onnx.load_from_string(model)
    if precision == "int8":
        _store(loaded, _eight_bits)
    elif sensitive:
        _store(loaded, _sixteen_bits)
    else:
        loaded = _halved(loaded)
    found: bytes = loaded.SerializeToString()
    return found


def _halved(model: Any) -> Any:
    from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

    blocked = [*DEFAULT_OP_BLOCK_LIST, *SENSITIVE]
    made = convert_float_to_float16(model, keep_io_types=True, disable_shape_infer=False, op_block_list=blocked)
    _sort(made.graph)
    return made


def _sort(graph: Any) -> None:
    """Put every node behind those that it takes something from, as ONNX wants it: new ones were added at the end."""
    known = {"", *(one.name for one in [*graph.input, *graph.initializer])}
    waiting, found = list(graph.node), []
    while waiting:
        ready = [node for node in waiting if known.issuperset(node.input)]
        if not ready:
            raise ValueError("the graph runs in a circle")
        known.update(name for node in ready for name in node.output)
        waiting = [node for node in waiting if not known.issuperset(node.output)]
        found += ready
    del graph.node[:]
    graph.node.extend(found)


def _store(model: Any, packed: Any) -> None:
    """Put every large weight in as ``packed`` makes it; nodes at the start of the graph make it what it was."""
    import onnx

    graph, helper, arrays = model.graph, onnx.helper, onnx.numpy_helper
    transposed = {node.input[1] for node in nodes(graph) if node.op_type in ("ConvTranspose", "MatMul")}
    first = []
    for constant in list(graph.initializer):
        values = arrays.to_array(constant)
        if constant.data_type != onnx.TensorProto.FLOAT or values.size < LARGE or values.ndim < 2:
            continue
        name = constant.name
        small, scale = packed(values, 1 if name in transposed and values.ndim > 1 else 0)
        graph.initializer.remove(constant)
        graph.initializer.append(arrays.from_array(small, f"{name}.small"))
        cast = name if scale is None else f"{name}.whole"
        first.append(helper.make_node("Cast", [f"{name}.small"], [cast], f"{name}.cast", to=onnx.TensorProto.FLOAT))
        if scale is not None:
            graph.initializer.append(arrays.from_array(scale, f"{name}.scale"))
            first.append(helper.make_node("Mul", [cast, f"{name}.scale"], [name], f"{name}.scaled"))
    kept = list(graph.node)
    del graph.node[:]
    graph.node.extend([*first, *kept])


def _eight_bits(values: Any, axis: int) -> tuple[Any, Any]:
    """Whole numbers, and the scale of each row along ``axis``."""
    others = tuple(place for place in range(values.ndim) if place != axis)
    largest = np.abs(values).max(axis=others, keepdims=True)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.rint(values / scale).astype(np.int8), scale


def _sixteen_bits(values: Any, axis: int) -> tuple[Any, Any]:
    return np.clip(values, -65504, 65504).astype(np.float16), None
