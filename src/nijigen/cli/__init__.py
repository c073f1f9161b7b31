"""The command line: one thin function per verb; its signature becomes its flags."""

from nijigen.cli.door import main

__all__ = ["main"]
