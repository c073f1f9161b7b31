"""Text → attributes: what people say of an avatar, in English, 中文 and 日本語."""

from nijigen.understanding.asking import Asked, ask
from nijigen.understanding.understand import understand
from nijigen.understanding.understood import Understood

__all__ = ["Asked", "Understood", "ask", "understand"]
