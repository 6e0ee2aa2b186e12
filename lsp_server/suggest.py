"""One question to the core, as handlers ask it: errors become a status, never an LSP error.

Whatever becomes of it is remembered in `server.why`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from completion.errors import CopilotError
from completion.types import CompletionRequest, EngineState, Mode, Suggestion, Trigger
from lsp_server.rpc import shown
from lsp_server.session import Snapshot
from lsp_server.why import Course

if TYPE_CHECKING:
    from completion.trace import Trace
    from lsp_server.server import CopilotServer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What an editor asks: `line` counts from 0, `snapshot` is what the editor sees, `request` what the core gets."""

    method: str
    uri: str
    line: int
    snapshot: Snapshot
    request: CompletionRequest


async def suggest(server: CopilotServer, question: Question) -> tuple[Suggestion, ...]:
    """The suggestions, in offsets of the editor's text, the best first; none, for whatever reason.

    More than one only where somebody asks by hand.

    The log line and `server.why` say the reason.
    """
    snapshot = question.snapshot
    course = Course(question.method, snapshot.place, question.line + 1, question.request)
    try:
        with server.indexing.paused():
            found = await _suggestions(server, question, course)
        if not found:
            return ()
        if not _still_current(server, question):
            course.outcome, course.note = "withdrawn", "the text has changed meanwhile"
            return ()
        course.outcome, course.suggestion = "shown", found[0]
        return tuple(
            replace(each, start=each.start - snapshot.before, end=each.end - snapshot.before) for each in found
        )
    except asyncio.CancelledError:
        course.outcome, course.note = "withdrawn", "the editor did not wait for it"
        raise
    finally:
        server.why.add(course.recorded())


async def _suggestions(server: CopilotServer, question: Question, course: Course) -> tuple[Suggestion, ...]:
    msg_id, request = server.protocol.msg_id, question.request

    def silent(note: str) -> None:
        course.note = note
        server.protocol.annotate(msg_id, note)

    automatic = request.trigger is Trigger.AUTOMATIC
    if not server.settings.enabled:
        silent("switched off")
        return ()
    if automatic and server.settings.pause_on_battery and server.power.on_battery:
        silent("paused on battery")
        server.status.problem("Paused while on battery; ask for a suggestion by hand, or unset pause_on_battery.")
        return ()
    if automatic and question.snapshot.is_masked(request.offset - question.snapshot.before):
        silent("a line for the notebook")
        return ()
    await server.indexing.ready()
    if (refused := server.indexing.refusal(request.document.path)) is not None:
        silent(shown(refused.reason))
        return ()
    if not automatic:
        server.engines.retry(server.settings)
    engine = await server.engines.current()
    if engine is None:
        silent("no engine")
        return ()
    # Imported already, with the engine.
    from completion import several
    from completion.trace import Trace

    server.resting.wake()
    if automatic:
        server.memory.rhythm.key(time.monotonic())
    course.model, course.engine = engine.model.name, engine.kind
    trace = course.trace = Trace()
    loaded = engine.status.state is EngineState.READY
    failure = ""
    try:
        with server.status.request():
            found = await several.complete(
                request,
                backend=engine.backend,
                model=engine.model,
                memory=server.memory,
                settings=server.settings,
                trace=trace,
            )
    except CopilotError as error:
        failure = type(error).__name__
        course.outcome, course.note = "failed", str(error)
        server.status.problem(str(error))
        return ()
    except Exception as error:
        failure = type(error).__name__
        course.outcome, course.note = "failed", f"lsp-copilot failed ({failure}); its log says more."
        log.error("a completion failed: %s", failure)
        log.debug("a completion", exc_info=True)
        server.status.problem("A completion failed inside lsp-copilot; its log says more.")
        return ()
    else:
        server.status.problem("")
        if loaded and trace.line_ms:
            server.easing.answered(engine, trace.line_ms)
        if found or trace.mode not in ("", Mode.NONE.value):
            server.resting.rest(engine, request, found[0] if found else None, server.settings)
        return found
    finally:
        server.protocol.annotate(msg_id, _found(trace, failure))


def _still_current(server: CopilotServer, question: Question) -> bool:
    """Whether the document is what it was when the request came."""
    entry = server.session.find(question.uri)
    return entry is not None and entry.text is question.snapshot.text


def _found(trace: Trace, failure: str) -> str:
    """The words of the log line; benchmarks read the figures."""
    words = [f"mode={trace.mode or '-'} source={trace.source or '-'}"]
    if trace.engine_ms:
        words.append(f"before={trace.before_ms:.2f} engine={trace.engine_ms:.2f} after={trace.after_ms:.2f}")
    if trace.first_ms:
        words.append(f"first={trace.first_ms:.2f} line={trace.line_ms:.2f}")
    if trace.reason:
        words.append(f"({trace.reason})")
    return " ".join(filter(None, (*words, failure)))
