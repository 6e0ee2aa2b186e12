"""The control tokens of the embedded model, by role. Knows no vocabulary file and needs no library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Controls:
    """Ids of the control tokens, by role."""

    end: int
    prefix: int
    suffix: int
    middle: int
    pad: int
    repository: int
    file: int


NAMES = {
    "end": "</s>",
    "prefix": "<|fim_prefix|>",
    "suffix": "<|fim_suffix|>",
    "middle": "<|fim_middle|>",
    "pad": "<|fim_pad|>",
    "repository": "<|repo_name|>",
    "file": "<|file_sep|>",
}
"""The control tokens' spelling by role, as in Qwen2.5-Coder, so that one prompt builder serves both."""
