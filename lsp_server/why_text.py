"""A record in words: one or two sentences, and its figures in a small table. For people, in markdown or plain.

The tables of sentences know the core's reasons; one that they do not know is said as it is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from lsp_server.why import Record

NOTHING_YET = "Nothing was asked yet: type something in an editor that uses lsp-copilot, then ask again."

_SECRETS = "the file's name says that it may hold secrets; such files are shown to no model and get no suggestions."
_SILENT: Mapping[str, str] = {
    "inside a word": "the cursor is inside a word.",
    "code follows on this line": "code follows the cursor on its line. Asked for by hand, it is tried all the same.",
    "a file that may hold secrets": _SECRETS,
    "the file is too large": "the file is too large.",
    "too large": "the file is too large.",
    "line too long": "the line is too long.",
    "not open": "the editor asked about a document that it has not opened.",
    "switched off": "suggestions are switched off, by enabled or by disabled_languages.",
    "paused on battery": "the machine is on battery, and pause_on_battery is set. Asked for by hand, it answers.",
    "no engine": "there is no engine that could answer. lsp-copilot doctor says what is missing.",
    "a line for the notebook": "the line is for the notebook (%magic, !shell, help?), not for its language.",
    "the model had nothing to say": "the model had nothing to say here.",
    "nothing was left after checking": "of what was found, nothing was left after the checks.",
    "the text has changed meanwhile": "the text had changed before the answer was there.",
    "the editor did not wait for it": "a newer key has replaced this request, or the editor has taken it back.",
}
_IGNORED = re.compile(r"ignored by (.*):(\d+) \((.*)\)")
_SOURCES: Mapping[str, str] = {
    "engine": "The model wrote it.",
    "copy": "It was copied from a similar place nearby, which was surer than the model.",
    "cache": "It is what is left of an earlier suggestion; no model was asked.",
}
_METHODS: Mapping[str, str] = {
    "textDocument/inlineCompletion": "grey text",
    "textDocument/completion": "an entry of the popup",
}
_MODES: Mapping[str, str] = {"line": "one line", "block": "a block", "none": "nothing"}
_CANDIDATES: Mapping[str, str] = {"engine": "model", "copy": "nearby copy", "cache": "earlier suggestion"}


def sentence(record: Record) -> str:
    """What happened, in one to three sentences."""
    if record.outcome == "shown":
        lines = "1 line" if record.lines == 1 else f"{record.lines} lines"
        characters = "1 character" if record.characters == 1 else f"{record.characters} characters"
        words = [f"A suggestion was shown: {characters} in {lines}."]
        if record.source in _SOURCES:
            words.append(_SOURCES[record.source])
        if record.confidence is not None:
            words.append(
                f"The chance that its first line is exactly right was estimated at {_percent(record.confidence)}."
            )
        if not record.checked:
            _, _, refusal = record.reason.partition("; unchecked: ")
            words.append(f"It was not checked: {refusal or 'there is no grammar for this language'}.")
        return " ".join(words)
    if record.outcome == "failed":
        return f"Nothing was shown, because of an error: {clean(record.reason) or 'unknown.'}"
    return f"Nothing was shown: {_silence(clean(record.reason))}"


def rows(record: Record) -> list[tuple[str, str]]:
    """Names and values of what is known; what is not known is left out."""
    trigger = "by hand" if record.trigger == "invoked" else "while typing"
    mode = _MODES.get(record.mode, record.mode)
    # The core's one reason is why the mode is what it is, as long as it is not why nothing was shown.
    if mode and record.outcome == "shown" and record.reason:
        mode += f" ({record.reason})"
    language = record.language or "unknown language"
    found = [
        ("where", f"{record.path}, line {record.line} ({language})"),
        ("when", time.strftime("%H:%M:%S", time.localtime(record.at))),
        ("asked", f"{trigger}, for {_METHODS.get(record.method, record.method)}"),
        ("mode", mode),
        ("model", f"{record.model} ({record.engine})" if record.engine else record.model),
        (
            "answers",
            ", ".join(f"{_CANDIDATES.get(c.source, c.source)} {_percent(c.probability)}" for c in record.candidates),
        ),
        ("filters hit", ", ".join(record.rules)),
        ("context", "; ".join(record.context)),
        ("unknown names", ", ".join(record.unknown_names) or (str(record.unknown) if record.unknown else "")),
        ("time", _times(record)),
        ("tokens", _tokens(record)),
    ]
    return [(name, clean(value)) for name, value in found if value]


def markdown(record: Record) -> str:
    """For an editor's window."""
    table = "\n".join(f"| {name} | {_cell(value)} |" for name, value in rows(record))
    return f"{_cell(sentence(record))}\n\n| | |\n| --- | --- |\n{table}\n"


def plain(record: Record) -> str:
    """For a terminal; holds no control characters, whatever files are called."""
    width = max(len(name) for name, _ in rows(record))
    return "\n".join([sentence(record), *(f"  {name:<{width}}  {value}" for name, value in rows(record))])


def clean(text: str) -> str:
    """Text without control characters."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _silence(reason: str) -> str:
    """Why nothing was shown, as the end of a sentence."""
    if reason.startswith("secret file"):
        return _SECRETS
    if found := _IGNORED.fullmatch(reason):
        where, line, pattern = found.groups()
        return f"line {line} of {where} keeps suggestions out of this file ({pattern})."
    return _SILENT.get(reason) or (f"{reason}." if reason else "the reason is not known.")


def _times(record: Record) -> str:
    parts = [("before", record.before_ms), ("engine", record.engine_ms), ("after", record.after_ms)]
    words = [f"{name} {value:.0f} ms" if value >= 1 else f"{name} {value:.1f} ms" for name, value in parts if value]
    if record.first_ms:
        words.append(f"first token at {record.first_ms:.0f} ms, first line at {record.line_ms:.0f} ms")
    return "; ".join((", ".join(words[:3]), *words[3:])) if len(words) > 3 else ", ".join(words)


def _tokens(record: Record) -> str:
    if not (record.prompt_tokens or record.cached_tokens or record.completion_tokens):
        return ""
    ended = f", ended by {record.finish}" if record.finish else ""
    return (
        f"{record.prompt_tokens} read, {record.cached_tokens} known from before, "
        f"{record.completion_tokens} written{ended}"
    )


def _percent(probability: float) -> str:
    return f"{100 * probability:.0f} %"


def _cell(text: str) -> str:
    """Text that stays text in markdown."""
    return "".join(f"\\{character}" if character in "\\`*_|<>[]" else character for character in text)
