"""What the computation runs on: device, threads, and the settings measured to help (``docs/performance.md``)."""

import ctypes
import sys
from typing import Any, TypeVar

import torch

from nijigen.cores import usable_cores
from nijigen.errors import NijigenError

Network = TypeVar("Network", bound=torch.nn.Module)

DEVICES = ("auto", "cpu", "cuda", "mps")
MAX_THREADS = 1024


def choose_device(name: str = "auto") -> torch.device:
    """The device for a name; ``auto`` takes CUDA, then Apple's MPS, then the CPU.

    Raises:
        NijigenError: the name is unknown or there is no such device here.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if available[kind])
    kind = name.partition(":")[0]
    if kind not in available:
        raise NijigenError(f"--device {name}: use one of {', '.join(DEVICES)}")
    if not available[kind]:
        usable = ", ".join(kind for kind, there in available.items() if there)
        raise NijigenError(f"--device {name}: this machine has no such device for torch; usable here: {usable}")
    try:
        device = torch.device(name)
        if kind == "cuda" and (device.index or 0) >= torch.cuda.device_count():
            raise RuntimeError("no such GPU")
        return device
    except RuntimeError:
        raise NijigenError(f"--device {name}: use one of {', '.join(DEVICES)}, or one like cuda:1") from None


def prepare_machine(threads: int | None = None, device: torch.device | None = None) -> int:
    """Set the thread count (None: all cores) and the settings that make CPU training faster; returns the thread count.

    Denormal numbers are flushed to zero: they cost a hundred cycles each and carry nothing. Freed blocks up to 1 GiB
    stay with the process: by default glibc gives every large tensor back to the system and pays for its pages again.
    On CUDA cuDNN is held to algorithms that repeat their results; benchmarking them anew would choose others each time.

    Raises:
        NijigenError: fewer than one thread, or so many that the system would end the process.
    """
    threads = usable_cores() if threads is None else threads
    if not 1 <= threads <= MAX_THREADS:
        raise NijigenError(f"--threads {threads}: use 1 to {MAX_THREADS}")
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if device is not None and device.type == "cuda":
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False
    if sys.platform == "linux":
        keep_freed_memory()
    return threads


def keep_freed_memory() -> None:
    """Tell glibc's allocator to keep freed memory (mallopt: M_MMAP_THRESHOLD, M_TRIM_THRESHOLD); else do nothing."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option in (-3, -1):
        mallopt(option, 1 << 30)


def give_freed_memory_back() -> None:
    """Let glibc give back what :func:`keep_freed_memory` made it keep; else do nothing.

    What is kept fits work of the same sizes over and over. Pictures of many sizes leave gaps that fit none of them.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # no glibc; Windows knows no library without a name
        return
    trim(0)


def memory_format(device: torch.device) -> torch.memory_format:
    """The layout of picture tensors and convolution weights that was measured to be faster on the device."""
    return torch.contiguous_format if device.type == "mps" else torch.channels_last


def place(network: Network, device: torch.device) -> Network:
    """Move a network to the device, in the layout measured to be faster there."""
    movable: Any = network  # torch's annotation of Module.to leaves memory_format out
    placed: Network = movable.to(device, memory_format=memory_format(device))
    return placed


def describe(device: torch.device) -> dict[str, str | int]:
    """What decides the last digits of a result: torch, device, instruction set, threads."""
    if device.type == "cuda":
        kind = torch.cuda.get_device_name(device)
    elif device.type == "cpu":
        kind = f"cpu {torch.backends.cpu.get_cpu_capability()}"
    else:
        kind = device.type
    return {
        "engine": f"torch {torch.__version__.partition('+')[0]} eager",
        "device": kind,
        "threads": torch.get_num_threads(),
    }
