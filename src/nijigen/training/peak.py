"""What a machine can do at best: the speed of one large matrix product."""

import time

import torch

SIDE = 2048
TRIES = 5


def matrix_peak(device: torch.device) -> float:
    """Floating point operations a second of a product of two large float32 matrices: the best of a few."""
    left, right = (torch.randn(SIDE, SIDE, device=device) for _ in range(2))
    best = float("inf")
    for _ in range(TRIES):
        started = time.perf_counter()
        float((left @ right)[0, 0])  # reading a number waits for the device
        best = min(best, time.perf_counter() - started)
    return 2 * SIDE**3 / best
