"""Count, mean and covariance of feature rows, gathered in one pass and in little memory."""

import torch
from torch import Tensor

CHUNK = 1024  # rows taken in at once: one large product is quicker than many small ones


class Moments:
    """The first two moments of rows that come in any portions, in float64.

    Portions are merged by the update of Chan, Golub and LeVeque (1983), which does not lose digits as a difference of
    large sums would. Memory: the scatter matrix, ``8 · width²`` bytes (34 MB at 2,048 features), and a chunk of rows.
    Rows are taken in by chunks of a fixed size, so the portions in which they come do not change a digit.

    Attributes:
        width: features a row.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._count = 0
        self._mean = torch.zeros(width, dtype=torch.float64)
        self._scatter = torch.zeros(width, width, dtype=torch.float64)
        self._waiting: list[Tensor] = []

    @classmethod
    def of(cls, rows: Tensor) -> "Moments":
        """The moments of rows ``[N, width]``."""
        moments = cls(rows.shape[1])
        moments.add(rows)
        return moments

    @classmethod
    def from_tensors(cls, count: int, mean: Tensor, scatter: Tensor) -> "Moments":
        """As :attr:`count`, :attr:`mean` and :attr:`scatter` gave them."""
        moments = cls(len(mean))
        moments._count, moments._mean, moments._scatter = count, mean, scatter
        return moments

    def add(self, rows: Tensor) -> None:
        """Take rows ``[N, width]`` in, of any floating type."""
        self._waiting.append(rows.detach().to("cpu", torch.float64))
        if sum(map(len, self._waiting)) >= CHUNK:
            gathered = torch.cat(self._waiting)
            whole = len(gathered) // CHUNK * CHUNK
            for chunk in torch.split(gathered[:whole], CHUNK):
                self._merge(chunk)
            self._waiting = [gathered[whole:].clone()]

    @property
    def count(self) -> int:
        """Rows seen."""
        return self._settled()._count

    @property
    def mean(self) -> Tensor:
        """``[width]``."""
        return self._settled()._mean

    @property
    def scatter(self) -> Tensor:
        """Sum of the outer products of centred rows, ``[width, width]``."""
        return self._settled()._scatter

    @property
    def covariance(self) -> Tensor:
        """The unbiased covariance ``[width, width]``; of one row it is zero."""
        return self.scatter / max(1, self.count - 1)

    def _settled(self) -> "Moments":
        waiting = [rows for rows in self._waiting if len(rows)]
        if waiting:
            self._merge(torch.cat(waiting))
        self._waiting = []
        return self

    def _merge(self, rows: Tensor) -> None:
        added, total = len(rows), self._count + len(rows)
        mean = rows.mean(dim=0)
        centred, shift = rows - mean, mean - self._mean
        self._scatter.addmm_(centred.T, centred)
        self._scatter.addr_(shift, shift, alpha=self._count * added / total)
        self._mean += shift * (added / total)
        self._count = total
