"""Strings that a model must not repeat: licence lines, addresses and keys, as patterns.

One room for both ends: `training.cleaning` masks what these find before training, `training.hygiene` looks for
them in what a trained model writes. Knows no files and no languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Not an address: `matrix@other.dot(x)`, and pictures for dense screens (`icon@2x.png`).
ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?!example\.|\dx\.)(?:[\w-]+\.)+[A-Za-z]{2,}(?![\w-]|\.\w|[.\w]*\()")
KEY = re.compile(r"AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|xox[abprs]-[\w-]{10,}|sk-\w{20,}|PRIVATE KEY|eyJ[\w-]{20,}\.")

MARKS: Mapping[str, re.Pattern[str]] = {
    "licence": re.compile(r"copyright|all rights reserved|spdx-|licensed under|permission is hereby", re.IGNORECASE),
    "address": ADDRESS,
    "key": KEY,
}

# The whole of what is masked: longer than KEY where the secret goes on behind the part that gives it away.
KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]{0,6000}?-----END [A-Z ]*PRIVATE KEY-----"
    r"|-----(BEGIN|END) [A-Z ]*PRIVATE KEY-----"
)
SECRET = re.compile(
    r"eyJ[\w-]{20,}\.[\w-]*(?:\.[\w-]*)?"
    r"|AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|xox[abprs]-[\w-]{10,}|\bsk-\w{20,}"
    r"|(?<![A-Za-z0-9+/=])(?=[A-Za-z0-9+/]*[0-9])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{120,}={0,2}"
)
