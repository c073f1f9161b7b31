"""The Inception v3 of the FID, up to its 2,048 pooled features.

"Rethinking the Inception Architecture for Computer Vision" (1512.00567), in the form of the network that the FID was
defined with (1706.08500): trained by Google in December 2015 and differing from the published architecture in how it
pools. Averages leave the rim out of the count, and the last block pools maxima. Modules are named as in the file that
people have (see ``nijigen weights``), so that it loads as it is.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 2_048
EPSILON = 0.001  # of the batch norms

Sides = int | tuple[int, int]


class _Unit(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: Sides, stride: int = 1, padding: Sides = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, EPSILON)

    def forward(self, values: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(values)))


class _Mixed(nn.Module):
    """Branches side by side, each a chain of units; their names are those of the file."""

    def __init__(self, **units: _Unit) -> None:
        super().__init__()
        for name, unit in units.items():
            self.add_module(name, unit)

    def chain(self, values: Tensor, name: str, count: int) -> Tensor:
        """Units ``name_1`` to ``name_count`` one after another."""
        for number in range(1, count + 1):
            values = self.get_submodule(f"{name}_{number}")(values)
        return values

    def one(self, values: Tensor, name: str) -> Tensor:
        """The unit of that name."""
        found: Tensor = self.get_submodule(name)(values)
        return found


def _average(values: Tensor) -> Tensor:
    return functional.avg_pool2d(values, 3, 1, 1, count_include_pad=False)


class _Fine(_Mixed):
    """At 35 × 35 places (figure 5 of the paper)."""

    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__(
            branch1x1=_Unit(inputs, 64, 1),
            branch5x5_1=_Unit(inputs, 48, 1),
            branch5x5_2=_Unit(48, 64, 5, padding=2),
            branch3x3dbl_1=_Unit(inputs, 64, 1),
            branch3x3dbl_2=_Unit(64, 96, 3, padding=1),
            branch3x3dbl_3=_Unit(96, 96, 3, padding=1),
            branch_pool=_Unit(inputs, pooled, 1),
        )

    def forward(self, values: Tensor) -> Tensor:
        branches = [self.one(values, "branch1x1"), self.chain(values, "branch5x5", 2)]
        branches += [self.chain(values, "branch3x3dbl", 3), self.one(_average(values), "branch_pool")]
        return torch.cat(branches, 1)


class _ToMiddle(_Mixed):
    """From 35 to 17 places a side (figure 10)."""

    def __init__(self, inputs: int) -> None:
        super().__init__(
            branch3x3=_Unit(inputs, 384, 3, 2),
            branch3x3dbl_1=_Unit(inputs, 64, 1),
            branch3x3dbl_2=_Unit(64, 96, 3, padding=1),
            branch3x3dbl_3=_Unit(96, 96, 3, 2),
        )

    def forward(self, values: Tensor) -> Tensor:
        branches = [self.one(values, "branch3x3"), self.chain(values, "branch3x3dbl", 3)]
        return torch.cat([*branches, functional.max_pool2d(values, 3, 2)], 1)


class _Middle(_Mixed):
    """At 17 × 17 places, 7 × 7 in two steps (figure 6)."""

    def __init__(self, inputs: int, width: int) -> None:
        across: tuple[Sides, int, Sides] = ((1, 7), 1, (0, 3))
        down: tuple[Sides, int, Sides] = ((7, 1), 1, (3, 0))
        super().__init__(
            branch1x1=_Unit(inputs, 192, 1),
            branch7x7_1=_Unit(inputs, width, 1),
            branch7x7_2=_Unit(width, width, *across),
            branch7x7_3=_Unit(width, 192, *down),
            branch7x7dbl_1=_Unit(inputs, width, 1),
            branch7x7dbl_2=_Unit(width, width, *down),
            branch7x7dbl_3=_Unit(width, width, *across),
            branch7x7dbl_4=_Unit(width, width, *down),
            branch7x7dbl_5=_Unit(width, 192, *across),
            branch_pool=_Unit(inputs, 192, 1),
        )

    def forward(self, values: Tensor) -> Tensor:
        branches = [self.one(values, "branch1x1"), self.chain(values, "branch7x7", 3)]
        branches += [self.chain(values, "branch7x7dbl", 5), self.one(_average(values), "branch_pool")]
        return torch.cat(branches, 1)


class _ToCoarse(_Mixed):
    """From 17 to 8 places a side."""

    def __init__(self, inputs: int) -> None:
        super().__init__(
            branch3x3_1=_Unit(inputs, 192, 1),
            branch3x3_2=_Unit(192, 320, 3, 2),
            branch7x7x3_1=_Unit(inputs, 192, 1),
            branch7x7x3_2=_Unit(192, 192, (1, 7), padding=(0, 3)),
            branch7x7x3_3=_Unit(192, 192, (7, 1), padding=(3, 0)),
            branch7x7x3_4=_Unit(192, 192, 3, 2),
        )

    def forward(self, values: Tensor) -> Tensor:
        branches = [self.chain(values, "branch3x3", 2), self.chain(values, "branch7x7x3", 4)]
        return torch.cat([*branches, functional.max_pool2d(values, 3, 2)], 1)


class _Coarse(_Mixed):
    """At 8 × 8 places, branches that part once more (figure 7)."""

    def __init__(self, inputs: int, largest: bool) -> None:
        super().__init__(
            branch1x1=_Unit(inputs, 320, 1),
            branch3x3_1=_Unit(inputs, 384, 1),
            branch3x3_2a=_Unit(384, 384, (1, 3), padding=(0, 1)),
            branch3x3_2b=_Unit(384, 384, (3, 1), padding=(1, 0)),
            branch3x3dbl_1=_Unit(inputs, 448, 1),
            branch3x3dbl_2=_Unit(448, 384, 3, padding=1),
            branch3x3dbl_3a=_Unit(384, 384, (1, 3), padding=(0, 1)),
            branch3x3dbl_3b=_Unit(384, 384, (3, 1), padding=(1, 0)),
            branch_pool=_Unit(inputs, 192, 1),
        )
        self.largest = largest

    def forward(self, values: Tensor) -> Tensor:
        short, long = self.chain(values, "branch3x3", 1), self.chain(values, "branch3x3dbl", 2)
        pooled = functional.max_pool2d(values, 3, 1, 1) if self.largest else _average(values)
        branches = [self.one(values, "branch1x1")]
        branches += [self.one(short, "branch3x3_2a"), self.one(short, "branch3x3_2b")]
        branches += [self.one(long, "branch3x3dbl_3a"), self.one(long, "branch3x3dbl_3b")]
        return torch.cat([*branches, self.one(pooled, "branch_pool")], 1)


class Inception(nn.Module):
    """Pictures ``[N, 3, 299, 299]`` in [-1, 1] → features ``[N, 2048]``."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _Unit(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = _Unit(32, 32, 3)
        self.Conv2d_2b_3x3 = _Unit(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = _Unit(64, 80, 1)
        self.Conv2d_4a_3x3 = _Unit(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = _Fine(192, 32), _Fine(256, 64), _Fine(288, 64)
        self.Mixed_6a = _ToMiddle(288)
        self.Mixed_6b, self.Mixed_6c = _Middle(768, 128), _Middle(768, 160)
        self.Mixed_6d, self.Mixed_6e = _Middle(768, 160), _Middle(768, 192)
        self.Mixed_7a = _ToCoarse(768)
        self.Mixed_7b, self.Mixed_7c = _Coarse(1280, largest=False), _Coarse(2048, largest=True)

    def forward(self, values: Tensor) -> Tensor:
        values = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(values)))
        values = self.Conv2d_3b_1x1(functional.max_pool2d(values, 3, 2))
        values = functional.max_pool2d(self.Conv2d_4a_3x3(values), 3, 2)
        for name, block in self.named_children():
            if name.startswith("Mixed"):
                values = block(values)
        return values.mean(dim=(2, 3))
