"""`lsp-copilot complete FILE:LINE:COL`: one completion, streamed to the terminal."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_server.options import Resolved

if TYPE_CHECKING:
    from completion.inline import Trace
    from completion.settings import Settings
    from completion.types import CompletionRequest, Suggestion
    from completion.workspace.workspace import Workspace

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "complete",
        help="complete one position of a file",
        description="Complete one position. Without COL: the end of the line; without LINE: the end of the file. "
        "The text goes to standard output, timings to standard error.",
    )
    parser.add_argument("position", metavar="FILE[:LINE[:COL]]", help="line and column count from 1")
    parser.add_argument("--language", metavar="ID", help="language id, where the file name does not say it")
    parser.add_argument("--json", action="store_true", help="one JSON object with the suggestion and its trace")
    parser.add_argument(
        "--workspace",
        type=Path,
        metavar="DIR",
        help="the folder whose files may be shown to the model (default: the repository around the file)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Run the command: exit code 0 with a suggestion, 3 when the model had nothing to say."""
    from completion.types import CompletionRequest, Trigger
    from completion.workspace.workspace import Workspace
    from lsp_server.cli import position, surroundings

    path, line, column = position.parse(arguments.position)
    workspace = Workspace(surroundings.folder_of(path, arguments.workspace))
    surroundings.admit(workspace, path)
    document = position.read_document(path, arguments.language)
    offset = position.offset_of(document, line, column)
    request = CompletionRequest(surroundings.seen_from(workspace, document), offset, Trigger.INVOKED)
    suggestion, trace = asyncio.run(_complete(request, resolved.settings, workspace))
    if arguments.json:
        print(json.dumps({"suggestion": asdict(suggestion) if suggestion else None, "trace": asdict(trace)}))
    elif suggestion is None:
        print(f"lsp-copilot: no suggestion: {trace.reason}.", file=sys.stderr)
    else:
        print(suggestion.text)
        print(_summary(trace), file=sys.stderr)
    return 0 if suggestion else 3


async def _complete(
    request: CompletionRequest, settings: Settings, workspace: Workspace
) -> tuple[Suggestion | None, Trace]:
    from completion import idle, inline
    from completion.memory import PATIENT, Memory
    from lsp_server.cli import session, surroundings

    memory = Memory(PATIENT, workspace=workspace)
    trace = inline.Trace()
    live = sys.stderr.isatty() and sys.stdout.isatty()

    def show(text: str) -> None:
        print(f"\033[90m{text}\033[0m", end="", file=sys.stderr, flush=True)

    async with session.engine(settings) as engine:
        # The model loads meanwhile.
        await asyncio.to_thread(workspace.fill, surroundings.BUDGET)
        idle.show_context(request, engine.model, memory)
        suggestion = await inline.complete(
            request,
            backend=engine.backend,
            model=engine.model,
            memory=memory,
            settings=settings,
            on_text=show if live else None,
            trace=trace,
        )
    if live and trace.generated:
        print(file=sys.stderr)
    return suggestion, trace


def _summary(trace: Trace) -> str:
    usage = trace.usage
    copied = (
        "copied from a similar place of the file, which was surer than the model; " if trace.source == "copy" else ""
    )
    beside = f"\nshown beside the file: {'; '.join(trace.context)}" if trace.context else ""
    return (
        f"{copied}first token {trace.first_ms:.0f} ms, {usage.completion_tokens} tokens in {trace.engine_ms:.0f} ms, "
        f"prompt {usage.prompt_tokens + usage.cached_tokens} tokens ({usage.cached_tokens} from the cache){beside}"
    )
