"""Colours as the eye tells them apart: sRGB → CIELAB."""

from typing import Any

import numpy as np

from nijigen.images.sheet import Pixels

Lab = np.ndarray[Any, np.dtype[np.float32]]

# sRGB (IEC 61966-2-1) to CIE XYZ, white point D65, each row divided by the white's X, Y, Z.
TO_XYZ = np.array(
    [
        [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
    ]
)


def to_lab(pixels: Pixels) -> Lab:
    """CIELAB (D65) of sRGB colours.

    Args:
        pixels: uint8 ``[..., 3]``.

    Returns:
        float32 ``[..., 3]``: L* 0 to 100, a* (green to red) and b* (blue to yellow), about −110 to 110.
    """
    values = np.asarray(pixels, np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = linear @ TO_XYZ.T
    delta = 6 / 29
    root = np.where(xyz > delta**3, np.cbrt(xyz), xyz / (3 * delta**2) + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)
