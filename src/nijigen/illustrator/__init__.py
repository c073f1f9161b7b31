"""The built-in illustrator: labelled chibi avatars as vector drawings, no model needed.

>>> from nijigen.illustrator import compose
>>> character = compose("ada", hair_color="pink", expression="wink")
>>> character.attributes["hair_color"]
'pink'
>>> character.with_(expression="sad").render(64).shape
(64, 64, 3)
"""

from nijigen.illustrator.batch import draw_many
from nijigen.illustrator.character import ILLUSTRATOR_VERSION, Character, compose
from nijigen.illustrator.schema import SCHEMA

__all__ = ["ILLUSTRATOR_VERSION", "SCHEMA", "Character", "compose", "draw_many"]
