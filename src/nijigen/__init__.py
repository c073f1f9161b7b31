"""nijigen (二次元): anime avatars, drawn, learned from pictures, steered and redone."""

__version__ = "0.1.0"
