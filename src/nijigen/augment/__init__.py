"""Augmentation that the discriminator sees and the generator never learns: ADA and DiffAugment.

>>> import torch
>>> from nijigen.augment import make_augment
>>> augment = make_augment("ada")
>>> random = torch.Generator().manual_seed(1)
>>> augment(torch.zeros(2, 3, 32, 32), 0.5, random).shape
torch.Size([2, 3, 32, 32])
"""

from nijigen.augment.kinds import KINDS, Augment, default_groups, groups_of, make_augment
from nijigen.augment.strength import TARGET, adapted_strength, check_strength, scheduled_strength, sign_mean

__all__ = [
    "KINDS",
    "TARGET",
    "Augment",
    "adapted_strength",
    "check_strength",
    "default_groups",
    "groups_of",
    "make_augment",
    "scheduled_strength",
    "sign_mean",
]
