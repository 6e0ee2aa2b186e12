"""The engine that a host is started for. Each library is an extra of its own, and is imported only when it is used."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from completion.engine.engine import Engine
from completion.engine.spec import HostSpec
from completion.errors import EngineUnavailable

EXTRAS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "llama": ("", ()),
    "transformers": ("torch", ("numpy", "torch", "transformers", "tokenizers", "sentencepiece")),
    "ctransformers": ("ctransformers", ("numpy", "ctransformers")),
}
"""By engine: the extra that installs it, and what must be there."""


def make(spec: HostSpec, socket_file: Path) -> Engine:
    """An engine, not loaded yet; `socket_file` is for a library that insists on a listener of its own.

    Raises `EngineUnavailable` where its packages are not installed.
    """
    missing = missing_packages(spec.engine)
    if missing:
        raise EngineUnavailable(
            f"the engine {spec.engine} needs {missing[0]}, which is not installed.",
            advice=f"Install it (pip install 'lsp-copilot[{EXTRAS[spec.engine][0]}]') or set engine to auto",
        )
    path = Path(spec.path)
    if spec.engine == "transformers":
        from completion.engine.transformers import TransformersEngine

        return TransformersEngine(
            path,
            controls=spec.controls,
            slots=spec.slots,
            context_tokens=spec.context_tokens,
            batch=spec.batch,
            threads=spec.threads,
        )
    if spec.engine == "ctransformers":
        from completion.engine.ctransformers import CtransformersEngine

        return CtransformersEngine(
            path,
            controls=spec.controls,
            context_tokens=spec.context_tokens,
            batch=spec.batch,
            threads=spec.threads,
        )
    from completion.engine.llama import LlamaEngine

    return LlamaEngine(
        path,
        controls=spec.controls,
        slots=spec.slots,
        context_tokens=spec.context_tokens,
        batch=spec.batch,
        threads=spec.threads,
        socket_file=socket_file,
    )


def missing_packages(engine: str) -> tuple[str, ...]:
    """What an engine needs and is not installed."""
    return tuple(package for package in EXTRAS[engine][1] if importlib.util.find_spec(package) is None)
