"""A small model that a hub on this machine publishes, and how tests fetch it."""

from __future__ import annotations

import hashlib

from completion.models import order, pull, store

WEIGHTS = store.embedded_folder() / "lsp-copilot-9m-q8_0.gguf"
CONTENT = WEIGHTS.read_bytes()
SHA256 = hashlib.sha256(CONTENT).hexdigest()
REPO = "someone/tiny"
NAME = "tiny-q8_0.gguf"
TABLE = """
[models.tiny]
title = "Tiny"
family = "lsp-copilot"
roles = ["script"]
licence = "Apache-2.0"
source = "a test"
repo = "someone/tiny"
architecture = "llama"
files = [
  { quantization = "Q8_0", name = "tiny-q8_0.gguf", bytes = 9_000_000, basis = "listed" },
  { quantization = "F16", name = "tiny-f16.gguf" },
]
"""


def fetch(wanted: order.Order, **more: object) -> store.Installed:
    """Pull without waiting between attempts."""
    return pull.pull(wanted, pause=lambda _seconds: None, **more)  # type: ignore[arg-type]
