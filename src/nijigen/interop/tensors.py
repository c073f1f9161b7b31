"""Tensors out of the records of a pickle: shape, step and storage are checked before a number is read.

A tensor is the record of a call of ``torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …)``; a parameter
has one around it. The storage is a reference to something outside the pickle (files of ``torch.save``), or bytes that
are themselves a small file of ``torch.save`` (pickles of modules, as those of NVIDIA's repositories).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from nijigen.interop.inert import Call, Name, Reference, RefusedError, Value

PARAMETERS = {"_rebuild_parameter", "_rebuild_parameter_with_state"}
TENSORS = {"_rebuild_tensor", "_rebuild_tensor_v2"}
MOST_DIMENSIONS = 8
MOST_NUMBERS = 2**28  # of one tensor

TYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


class Storage(NamedTuple):
    """Numbers in a row: their bytes, not copied, and their type."""

    raw: memoryview
    type: torch.dtype

    @property
    def numbers(self) -> int:
        """How many there are."""
        return len(self.raw) // self.type.itemsize


Find = Callable[[Value], Storage]


def storage_type(name: Value) -> torch.dtype:
    """The type of numbers that a class of storages holds: ``torch.FloatStorage`` → float32."""
    if isinstance(name, Name) and name.module in ("torch", "torch.cuda", "torch.storage") and name.name in TYPES:
        return TYPES[name.name]
    raise RefusedError(f"it holds numbers of a kind that no network here has ({str(name)[:80]})")


def is_tensor(value: Value) -> bool:
    """Whether a record is that of a tensor or a parameter."""
    return isinstance(value, Call) and value.what.module == "torch._utils" and value.what.name in PARAMETERS | TENSORS


def shape_of(value: Value) -> tuple[int, ...]:
    """The shape that a tensor says it has; no number is read."""
    return _parts(value)[2]


def read_tensor(value: Value, find: Find) -> Tensor:
    """The numbers of a tensor, in memory of their own, in the type of the file.

    Args:
        value: the record.
        find: what a reference stands for.

    Raises:
        RefusedError: it is no tensor, or does not lie in its storage.
    """
    held, offset, size, stride = _parts(value)
    storage = find(held)
    last = offset + sum((side - 1) * step for side, step in zip(size, stride, strict=True))
    count = math.prod(size)
    if count and (last >= storage.numbers or count > min(storage.numbers, MOST_NUMBERS)):
        raise RefusedError(f"a tensor of shape {size} does not fit its storage of {storage.numbers:,} numbers")
    if not count:
        return torch.zeros(size, dtype=storage.type)
    width = storage.type.itemsize
    used = torch.frombuffer(bytearray(storage.raw[offset * width : (last + 1) * width]), dtype=storage.type)
    return used.as_strided(size, stride).clone()


def _parts(value: Value) -> tuple[Value, int, tuple[int, ...], tuple[int, ...]]:
    """Storage, offset, shape and steps of a tensor's record."""
    for _ in range(2):
        if isinstance(value, Call) and value.what.name in PARAMETERS and value.arguments:
            value = value.arguments[0]
    if not is_tensor(value) or len(value.arguments) < 4:
        raise RefusedError("it has something else where a tensor belongs")
    held, offset, size, stride = value.arguments[:4]
    size, stride = (one.arguments[0] if isinstance(one, Call) and one.arguments else one for one in (size, stride))
    for numbers in (size, stride, (offset,)):
        if not isinstance(numbers, tuple) or not all(type(number) is int and number >= 0 for number in numbers):
            raise RefusedError("the shape of a tensor in it is none")
    if not len(size) == len(stride) <= MOST_DIMENSIONS:
        raise RefusedError("the shape of a tensor in it is none")
    if not isinstance(held, Call | Reference):
        raise RefusedError("a tensor in it has no storage")
    return held, offset, size, stride
