"""Names that nobody can check without a network: images, packages, API kinds, commands, imports, hosts."""

from __future__ import annotations

from completion.scripts.types import Finding, Material


def unverified(kind: str, text: str, material: Material) -> tuple[Finding, ...]:
    """Notes about the names in `text` that were not verified, in the order of their places."""
    return ()
