"""Kept avatars: rows in a database, files by their digests in a folder beside it.

>>> from nijigen.collections import Collections
>>> with Collections() as collections:                                   # doctest: +SKIP
...     kept = collections.add(open("avatar.png", "rb").read(), note="for the forum")
...     found = collections.find(attributes={"发色": "粉色"})
"""

from nijigen.collections.keeping import Collections
from nijigen.collections.kept import Kept

__all__ = ["Collections", "Kept"]
