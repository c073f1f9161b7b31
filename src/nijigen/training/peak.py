"""What a machine can do at best: the speed of a matrix product."""

import time

import torch

SIDE = 2048
TRIES = 5
SHORT_SIDE, SHORT_TRIES = 512, 200  # 3 ms each: some of them run undisturbed also where other programs want the core


def matrix_peak(device: torch.device, side: int = SIDE, tries: int = TRIES) -> float:
    """Floating point operations a second of a product of two float32 matrices: the best of a few."""
    left, right = (torch.randn(side, side, device=device) for _ in range(2))
    best = float("inf")
    for _ in range(tries):
        started = time.perf_counter()
        float((left @ right)[0, 0])  # reading a number waits for the device
        best = min(best, time.perf_counter() - started)
    return 2 * side**3 / best


def core_peak() -> float:
    """The same of one core, by many short products: what it can do when nothing else runs, twice alike."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return matrix_peak(torch.device("cpu"), SHORT_SIDE, SHORT_TRIES)
    finally:
        torch.set_num_threads(threads)
