"""Is a picture worth learning from? Measures of one picture, thresholds, and the reasons to leave it out.

>>> from PIL import Image
>>> from nijigen.data.audit import judge, load_thresholds, measure
>>> night = Image.new("RGB", (96, 96), (9, 9, 12))
>>> [reason.name for reason in judge(measure(night, night), load_thresholds())]
['flat']
"""

from nijigen.data.audit.judge import REASONS, Reason, Thresholds, judge, load_thresholds
from nijigen.data.audit.measures import Glance, Measures, measure

__all__ = ["REASONS", "Glance", "Measures", "Reason", "Thresholds", "judge", "load_thresholds", "measure"]
