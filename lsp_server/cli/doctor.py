"""`lsp-copilot doctor`: what was found, what was chosen and why, and whether it works end to end.

The stages run in order and the first that fails is named; a canned hole goes the whole way through
prompt, engine, filters and verification.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from completion.errors import CopilotError, ModelFileInvalid, ModelFileMissing, NoModelFits
from lsp_server.options import Resolved, user_file

if TYPE_CHECKING:
    from completion.models.catalog import Catalog
    from completion.models.select import Row

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

CANNED_PREFIX = """\
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def copy(self):
        return Point(self.x, self.y)

    def move(self, dx, dy):
        self.x = self.x + dx
        self.y = self."""
CANNED_SUFFIX = "\n\n    def reset(self):\n        self.x = 0\n        self.y = 0\n"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: `advice` is the next step when it did not go well."""

    stage: str
    verdict: Literal["ok", "warning", "failed"]
    found: str
    advice: str = ""


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="what was found, what was chosen and why, and does it work",
        description="Checks every stage from the settings to a finished suggestion and names the first that fails.",
    )
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Print the report: exit code 0 when nothing failed, 1 otherwise."""
    checks: list[Check] = []

    def note(check: Check) -> None:
        checks.append(check)
        if not arguments.json:
            _print(check)

    asyncio.run(_examine(resolved, note))
    failed = next((check for check in checks if check.verdict == "failed"), None)
    if arguments.json:
        origins = {
            key: {"value": getattr(resolved.settings, key), "from": resolved.origins[key]} for key in resolved.origins
        }
        report = {"ok": failed is None, "failed": failed.stage if failed else None}
        print(json.dumps({**report, "checks": [asdict(check) for check in checks], "settings": origins}))
    else:
        _print_settings(resolved)
        print("\nIt works." if failed is None else f"\nThe stage {failed.stage!r} failed. {failed.advice}")
    return 0 if failed is None else 1


async def _examine(resolved: Resolved, note: Callable[[Check], None]) -> None:
    """Run the stages; each needs the ones before it."""
    note(Check("python", "ok", f"{platform.python_version()} at {sys.executable}"))
    note(_settings(resolved))
    note(_machine())
    from lsp_server import choosing

    try:
        known = choosing.catalogue()
    except CopilotError as error:
        note(Check("catalogue", "failed", error.message, error.advice))
        return
    note(Check("catalogue", "ok", f"{len(known.models)} models"))
    if not (_server if resolved.settings.endpoint else _model)(resolved, known, note):
        return
    await _end_to_end(resolved, note)


def _server(resolved: Resolved, known: Catalog, note: Callable[[Check], None]) -> bool:
    """The stages of somebody else's engine; whether going on makes sense."""
    settings = resolved.settings
    note(Check("server", "ok", f"{settings.endpoint}, set by {resolved.origins['endpoint']}"))
    if settings.model != "auto" and settings.model not in known.models:
        note(Check("model", "failed", f"{settings.model!r} is not in the catalogue.", "See lsp-copilot models list."))
        return False
    return True


def _model(resolved: Resolved, known: Catalog, note: Callable[[Check], None]) -> bool:
    """The stages of a local model; whether going on makes sense."""
    from completion.models import files
    from lsp_server import choosing

    settings = resolved.settings
    try:
        only = choosing.without_choice(known, "completion")
        if settings.model == "auto" and not settings.model_path and only:
            spec, better = known.find(only), _better(resolved, known)
            path, why = files.locate(spec), "the only one on this machine"
        elif settings.model == "auto" and not settings.model_path:
            choice = choosing.choose(settings, known, "completion")
            spec, path = choice.model, choosing.path_of(choice, known)
            why = f"chosen for this machine: {choice.row.reason}"
            better = choice.better
        else:
            named = settings.model != "auto"
            spec = known.find(settings.model if named else choosing.name_of_file(settings.model_path, known))
            path = files.locate(spec, settings.model_path)
            why = f"set by {resolved.origins['model' if named else 'model_path']}"
            better = None
    except CopilotError as error:
        stage = "model file" if isinstance(error, ModelFileMissing | ModelFileInvalid) else "model"
        note(Check(stage, "failed", error.message, error.advice))
        return False
    note(Check("model", "ok", f"{spec.name} ({spec.title}, {spec.licence}), {why}"))
    note(Check("model file", "ok", f"{path} ({_size(path) / 1e6:.1f} MB)"))
    if better is not None:
        found = f"{better.model.title} would run here too and is better: lsp-copilot models pull {better.model.name}"
        note(Check("better", "ok", found))
    return True


def _better(resolved: Resolved, known: Catalog) -> Row | None:
    """What could be fetched for this machine and is better; None also where nothing fits by the arithmetic."""
    from lsp_server import choosing

    with contextlib.suppress(NoModelFits):
        return choosing.choose(resolved.settings, known, "completion").better
    return None


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size


def _settings(resolved: Resolved) -> Check:
    path = user_file()
    if resolved.notices:
        return Check("settings", "warning", " ".join(resolved.notices), "Correct or remove these values.")
    return Check("settings", "ok", f"{path} ({'found' if path.exists() else 'not there; defaults are used'})")


def _machine() -> Check:
    import psutil

    memory = psutil.virtual_memory()
    cores = os.cpu_count() or 1
    found = f"{cores} cores, {memory.total / 2**30:.1f} GiB memory, {memory.available / 2**30:.1f} GiB free"
    return Check("machine", "ok", f"{platform.system()} {platform.machine()}: {found}")


async def _end_to_end(resolved: Resolved, note: Callable[[Check], None]) -> None:
    from completion import inline
    from completion.memory import PATIENT, Memory
    from completion.types import CompletionRequest, Document, Trigger
    from lsp_server.cli.session import LOADING_SECONDS
    from lsp_server.compose import open_engine

    source = (CANNED_PREFIX + CANNED_SUFFIX).encode()
    request = CompletionRequest(Document("point.py", "python", source), len(CANNED_PREFIX.encode()), Trigger.INVOKED)
    trace = inline.Trace()
    stage = "engine"
    try:
        engine = open_engine(resolved.settings, lambda status: None, patience=LOADING_SECONDS)
        engine.start()
        try:
            await engine.ready()
            suggestion = await inline.complete(
                request,
                backend=engine.backend,
                model=engine.model,
                memory=Memory(PATIENT),
                settings=resolved.settings,
                trace=trace,
            )
        finally:
            status = engine.status
            await engine.aclose()
    except CopilotError as error:
        note(Check(stage, "failed", error.message, error.advice or status.advice))
        return
    usage = trace.usage
    who = "the server" if resolved.settings.endpoint else "the engine host"
    note(Check("engine", "ok", f"{who} is {status.state.value} with {status.model}"))
    found = (
        f"{usage.prompt_tokens + usage.cached_tokens} prompt tokens, first token after {trace.first_ms:.0f} ms, "
        f"{usage.completion_tokens} tokens in {trace.engine_ms:.0f} ms"
    )
    note(Check("generation", "ok" if trace.first_ms else "failed", found, f"See the log of {who}."))
    if suggestion is None:
        note(
            Check("verification", "warning", f"nothing was shown: {trace.reason}", "A larger model answers more often.")
        )
    else:
        note(
            Check(
                "verification", "ok", f"self.{suggestion.text!r} parses; rules hit: {', '.join(trace.rules) or 'none'}"
            )
        )


def _print(check: Check) -> None:
    mark = {"ok": "ok     ", "warning": "WARNING", "failed": "FAILED "}[check.verdict]
    print(f"{mark}  {check.stage:<12} {check.found}")
    if check.advice and check.verdict != "ok":
        print(f"         {'':<12} → {check.advice}")


def _print_settings(resolved: Resolved) -> None:
    changed = [key for key, origin in resolved.origins.items() if origin != "default"]
    if changed:
        print("\nSettings that are not defaults:")
    for key in changed:
        print(f"  {key} = {getattr(resolved.settings, key)!r}  ({resolved.origins[key]})")
