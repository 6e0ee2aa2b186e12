"""The kinds of scripts, one file each: what is asked of a model, and how its answer is read."""

from completion.scripts.kinds.base import Example, Frame, Kind
from completion.scripts.kinds.table import KINDS

__all__ = ["KINDS", "Example", "Frame", "Kind"]
