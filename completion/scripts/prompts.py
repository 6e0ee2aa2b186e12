"""What a model is asked: a conversation for one that follows instructions, the beginning of a file for any other.

A base model sees a file of the kind: the schema above, the request as a comment, the cursor below it, which is what
the embedded model was trained on. Secrets of files are masked. Knows no checks: what was found wrong comes as text.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from completion.engine.spec import ANSWER_TOKENS
from completion.errors import CopilotError, InputError
from completion.models.catalog import ModelSpec
from completion.prompt import fim
from completion.prompt.anchors import Piece
from completion.prompt.budget import ASCII_PER_TOKEN, estimate
from completion.scripts import chat, schema_text
from completion.scripts.chat import Turn
from completion.scripts.goal import Goal, follows_instructions
from completion.scripts.kinds import Example, Kind
from completion.scripts.types import ScriptRequest
from completion.types import Prompt, Sampling, Segment, Text
from completion.workspace import secrets

WIDTH = 96
"""Columns of a comment, as in the files that the embedded model was trained on."""

ANSWER_SHARE = 0.4
"""Share of the context that an answer may take."""

FRAME_TOKENS = 24
"""Tokens for control tokens, the path and what an estimate misses."""

ENOUGH_FOR_EXAMPLES = 1024
"""Prompt tokens from which on examples pay for their room."""

CLOSING = "\n```"

EXPLAIN = (
    "You explain scripts ({title}) to a colleague. Say in a few plain sentences what the script does, step by step, "
    "and name what it deletes, overwrites or sends. Write no code but short quotations."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt, and what is known of its answer.

    `head` is the beginning of the script, which the prompt says already. `in_fence`: the answer begins inside a fenced
    block; `in_file`: it goes on with a file.
    """

    prompt: Prompt
    head: str = ""
    in_fence: bool = False
    in_file: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """A script that was tried before, and what is wrong with it, as sentences."""

    text: str
    wrong: str


def ask(
    request: ScriptRequest,
    goal: Goal,
    model: ModelSpec,
    *,
    earlier: Earlier | None = None,
    sampling: Sampling | None = None,
    grammar: str = "",
    share: float = 1.0,
) -> Asked:
    """The prompt of one attempt, under `grammar` if there is one.

    `share` of the room is used, less than 1 where the estimate of tokens was too low.

    Raises `InputError` where what must be said does not fit, and `CopilotError` for a model that can do neither.
    """
    drawn = sampling or Sampling(temperature=request.temperature, seed=request.seed)
    # The words may be a comment of a file, and a finding may quote one.
    finding = request.finding and replace(request.finding, message=secrets.masked(request.finding.message).text)
    request = replace(request, request=secrets.masked(request.request).text, finding=finding)
    if follows_instructions(model):
        asked = _conversation(request, goal, model, earlier, share)
    elif model.fim is not None:
        asked = _file(request, goal, model, earlier, grammar, share)
    else:
        raise CopilotError(
            f"{model.title} has no form in which it could be asked.",
            advice="Choose another model (lsp-copilot models).",
        )
    slot = f"script:{goal.kind.name}"
    return replace(asked, prompt=replace(asked.prompt, sampling=drawn, grammar=grammar, slot=slot))


def context_tokens(model: ModelSpec) -> int:
    """Tokens that a prompt and its answer may have together, as the engine's slots are made."""
    return min(model.context_limit, model.prompt_tokens + ANSWER_TOKENS)


# --- a conversation --------------------------------------------------------------------------


def _conversation(request: ScriptRequest, goal: Goal, model: ModelSpec, earlier: Earlier | None, share: float) -> Asked:
    kind, explains = goal.kind, request.task == "explain"
    answer = min(kind.tokens, int(context_tokens(model) * ANSWER_SHARE))
    room = int((context_tokens(model) - answer - FRAME_TOKENS) * share)
    rules = f"{kind.instruction} {kind.wanted(goal.material)}".strip()
    system = EXPLAIN.format(title=kind.title) if explains else rules
    last = _request_text(request, goal)
    behind: list[Turn] = []
    if request.task == "fix":
        behind = [Turn("assistant", _fenced(kind, secrets.masked(request.source).text))]
        behind.append(Turn("user", _complaint(_found(request), request.request)))
    if earlier is not None:
        behind += [Turn("assistant", _fenced(kind, earlier.text)), Turn("user", _complaint(earlier.wrong, ""))]
    room -= estimate(system + last + "".join(turn.text for turn in behind)) + 8 * (len(behind) + 2)
    if room < 0:
        raise InputError(
            "The request with its script is too long for this model.",
            advice="Give a shorter part of it, or choose a model with a longer context.",
        )
    schema = schema_text.of(goal.material, request.request, room) if kind.name == "sql" else ""
    room -= estimate(schema)
    files = _context(request.context, room)
    room -= sum(estimate(text) for _, text in files)
    shown = [turn for example in kind.examples_for(goal.material) for turn in _example(kind, example)]
    if explains or estimate("".join(turn.text for turn in shown)) + 8 * len(shown) > room:
        shown = []
    parts = [*(f"File {path}:\n{_fenced(None, text)}" for path, text in files)]
    parts += [f"Schema:\n{_fenced(kind, secrets.masked(schema).text)}"] if schema else []
    turns = [Turn("system", system), *shown, Turn("user", "\n\n".join([*parts, last])), *behind]
    opening = "" if explains else f"```{kind.fence}\n"
    segments = chat.render(turns, model, opening)
    prompt = Prompt(segments, _answer_tokens(segments, model, kind), stops=() if explains else (CLOSING,))
    return Asked(prompt, in_fence=not explains)


def _request_text(request: ScriptRequest, goal: Goal) -> str:
    words, source = request.request.strip(), secrets.masked(request.source).text
    if request.task == "translate":
        asked = f"Translate this {request.kind} script to {request.target}, so that it does exactly the same."
        return f"{asked} {words}".strip() + f"\n\n{_fenced(None, source)}"
    if request.task == "explain":
        return f"{words or 'Explain this script.'}\n\n{_fenced(goal.kind, source)}"
    if request.task == "fix":
        return "Write the script that I need."
    return words


def _example(kind: Kind, example: Example) -> list[Turn]:
    schema = f"Schema:\n{_fenced(kind, example.schema)}\n\n" if example.schema else ""
    return [Turn("user", schema + example.request), Turn("assistant", _fenced(kind, example.answer))]


def _complaint(wrong: str, words: str) -> str:
    asked = f"{wrong}\n{words}".strip() if wrong else words or "Something is wrong with it."
    return f"{asked}\n\nAnswer with the whole corrected script, in one fenced block."


def _found(request: ScriptRequest) -> str:
    finding = request.finding
    if finding is None:
        return ""
    where = f"line {finding.line}, column {finding.column}: " if finding.line else ""
    return f"A check found: {where}{finding.message}"


def _fenced(kind: Kind | None, text: str) -> str:
    return f"```{kind.fence if kind else ''}\n{text.strip(chr(10))}\n```"


def _context(context: Sequence[tuple[str, str]], tokens: int) -> list[tuple[str, str]]:
    """The files that fit, masked; the last one that does not is cut at the end of a line."""
    found = []
    for path, text in context:
        shown = _cut(secrets.masked(text).text, tokens)
        if shown:
            found.append((path, shown))
            tokens -= estimate(shown) + FRAME_TOKENS
    return found


def _cut(text: str, tokens: int) -> str:
    limit = max(0, int(tokens * ASCII_PER_TOKEN))
    while text and estimate(text) > tokens:
        text = text[: min(limit, len(text) - 1)]
        text, limit = text[: text.rfind("\n") + 1], limit * 3 // 4
    return text


# --- the beginning of a file -----------------------------------------------------------------


def _file(
    request: ScriptRequest, goal: Goal, model: ModelSpec, earlier: Earlier | None, grammar: str, share: float
) -> Asked:
    kind, frame = goal.kind, goal.kind.frame(goal.material)
    if grammar and frame.in_script:
        # The engine heals no token under a grammar, which says itself what the answer begins with.
        frame = replace(frame, opening="")
    answer = min(kind.tokens, int(context_tokens(model) * ANSWER_SHARE))
    room = int((context_tokens(model) - answer - FRAME_TOKENS) * share)
    below = comment(request.request, kind.marker) + frame.opening
    if request.task == "fix":
        frame = replace(frame, head="")
        source = secrets.masked(request.source).text.rstrip("\n")
        words = ". ".join(part for part in (request.request.strip(), _found(request)) if part)
        below = f"{source}\n\n{comment(f'the same, corrected: {words}', kind.marker)}{frame.opening}"
    if earlier is not None:
        below = comment(earlier.wrong, kind.marker) + below
    room -= estimate(frame.head + frame.above + below)
    if room < 0:
        raise InputError(
            "The request is too long for this model.", advice="Say it in fewer words, or choose a larger model."
        )
    schema = schema_text.of(goal.material, request.request, room) if kind.name == "sql" else ""
    room -= estimate(schema)
    above = frame.above + (secrets.masked(schema).text + "\n\n" if schema else "")
    if model.prompt_tokens >= ENOUGH_FOR_EXAMPLES:
        examples = kind.examples_for(goal.material) if not frame.head and frame.in_script else ()
        shown = "".join(_written(kind, example) for example in examples)
        above = shown + above if estimate(shown) <= room else above
        room -= estimate(shown)
    files = _context(request.context, room // 2) if model.shows_context else []
    pieces = tuple(Piece(path, text) for path, text in files)
    template = model.template
    front = fim.header(template, kind.file, pieces=pieces)
    inside = fim.inside(template, kind.file, pieces=pieces)
    body = fim.arrange(template, template.layouts[0], f"{inside}{frame.head}{above}{below}", "\n")
    segments = (*front, *body)
    prompt = Prompt(segments, _answer_tokens(segments, model, kind), stops=kind.stops[: fim.MOST_STOPS])
    return Asked(prompt, head=frame.begun, in_file=True)


def _written(kind: Kind, example: Example) -> str:
    schema = f"{example.schema}\n\n" if example.schema else ""
    return f"{schema}{comment(example.request, kind.marker)}{example.answer}\n\n"


def comment(sentence: str, marker: str) -> str:
    """The sentence as one or more comment lines."""
    sentence = " ".join(sentence.split())
    lines = (
        [sentence]
        if len(sentence) <= WIDTH
        else textwrap.wrap(sentence, WIDTH - 12, break_long_words=False, break_on_hyphens=False)
    )
    return "".join(f"{marker} {line}\n" for line in lines)


def _answer_tokens(segments: Sequence[Segment], model: ModelSpec, kind: Kind) -> int:
    used = sum(estimate(part.text) if isinstance(part, Text) else 1 for part in segments)
    return max(32, min(kind.tokens, context_tokens(model) - used - FRAME_TOKENS // 2))
