"""Attacks by text, to be planted in a shop, and a language model that obeys whatever it reads."""

from sommelier.testing.attacks.corpus import Attack, planted, read
from sommelier.testing.attacks.obeying import obeying
from sommelier.testing.attacks.trial import PRIVATE, Result, Trial

__all__ = ["PRIVATE", "Attack", "Result", "Trial", "obeying", "planted", "read"]
