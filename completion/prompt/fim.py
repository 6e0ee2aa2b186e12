"""Fill-in-the-middle prompts: a request and a template become segments.

The layouts are those of `FimTemplate` and of `training/layouts.py`; both sides render the same tokens,
which `tests/golden/prompt/frozen.toml` holds. Text stays text: control tokens are separate segments and
cannot be spelt by a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from completion.models.catalog import FimTemplate, Layout, ModelSpec
from completion.prompt.anchors import Piece, View, Window
from completion.prompt.budget import windows
from completion.types import CompletionRequest, Control, Mode, Prompt, Segment, Text
from completion.workspace import secrets

LINE_TOKENS = 48
BLOCK_TOKENS = 160
MOST_STOPS = 4
"""Stop strings that a server takes: no more stand on the wire."""


def render(
    request: CompletionRequest,
    model: ModelSpec,
    mode: Mode,
    layout: Layout | None = None,
    *,
    share: float = 1.0,
    typed: int | None = None,
    view: View | None = None,
) -> Prompt:
    """The prompt for the cursor of `request`, in the template's first layout unless one is given.

    With a `view` its text is shown, in a layout to which typing appends (`typing_layout`).

    `share` of the model's prompt tokens is used; less than 1 where the estimate of tokens was too low.
    `typed` characters before the cursor are what was written since the anchor was set (anchored layout only);
    without it the anchor is the start of the cursor's line.
    """
    template = model.template
    max_tokens = BLOCK_TOKENS if mode is Mode.BLOCK else LINE_TOKENS
    slot = request.document.path
    if view is not None:
        layout = layout or typing_layout(template)
        front, body = _shown(slot, view, template, layout)
        slot = slot_of(slot, view.window)
    else:
        front = header(template, _name_of(slot))
        room = int((model.prompt_tokens - max_tokens - 16) * share)
        cut = windows(request.prefix.replace("\r\n", "\n"), request.suffix.replace("\r\n", "\n"), max(64, room))
        before, behind = _masked("", cut.prefix, cut.suffix)
        body = arrange(template, layout or template.layouts[0], before, behind, typed=typed)
    # In line mode the newline is a stop; the answer may not begin with one, so a stop there means "nothing".
    stops = (*(("\n",) if mode is Mode.LINE else ()), *template.stops)[:MOST_STOPS]
    return Prompt(segments=(*front, *body), max_tokens=max_tokens, stops=stops, slot=slot)


def warm(path: str, window: Window, model: ModelSpec) -> Prompt:
    """The prompt that has the engine evaluate a window before anybody asks at its anchor."""
    front, body = _shown(path, View(window, ""), model.template, typing_layout(model.template))
    return Prompt(segments=(*front, *body), max_tokens=0, slot=slot_of(path, window), purpose="warm")


def _shown(
    path: str, view: View, template: FimTemplate, layout: Layout
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """What stands in front, and a view in a layout; secrets are masked."""
    name, pieces = _name_of(path), view.window.pieces
    before, behind = _masked(view.window.lead, view.prefix, view.window.suffix)
    front = header(template, name, pieces=pieces)
    return front, arrange(
        template, layout, inside(template, name, pieces=pieces) + before, behind, typed=len(view.typed)
    )


def _masked(lead: str, prefix: str, suffix: str) -> tuple[str, str]:
    """Prefix and suffix without secrets, which may begin in one and end in the other."""
    text = secrets.masked(lead + prefix + suffix).text
    at = len(lead) + len(prefix)
    return text[len(lead) : at], text[at:]


def typing_layout(template: FimTemplate) -> Layout:
    """The first of the template's layouts to which typing appends; its first where there is none."""
    return next((layout for layout in template.layouts if layout != "psm"), template.layouts[0])


def text_tokens(model: ModelSpec) -> int:
    """Tokens for prefix and suffix together: the prompt's, less the longest answer and what frames them."""
    return model.prompt_tokens - BLOCK_TOKENS - 16


def slot_of(path: str, window: Window) -> str:
    """The engine's slot of a document's window."""
    return f"{path}#{window.slot}"


def _name_of(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name


def arrange(
    template: FimTemplate, layout: Layout, prefix: str, suffix: str, *, typed: int | None = None
) -> tuple[Segment, ...]:
    """Prefix and suffix in a layout; the token at the cursor is healed in each. `typed` as in `render`."""
    # Engines tokenize a text as one inside another: the blank that a vocabulary puts first is ours to write.
    blank = " " if template.prefix_blank and prefix else ""
    before, after = Text(blank + prefix, heal=True), Text(suffix)
    pre, suf = Control(template.prefix), Control(template.suffix)
    if template.middle is None:
        return (suf, after, pre, before)
    mid = Control(template.middle)
    if layout == "psm":
        return (pre, before, suf, after, mid)
    if layout == "spm":
        return (suf, after, pre, before, mid)
    if layout == "spm2":
        return (pre, suf, after, mid, before)
    if layout == "anchored":
        anchor = _line_start(prefix, max(0, len(prefix) - (typed or 0)))
        return (
            pre,
            Text((blank if anchor else "") + prefix[:anchor]),
            suf,
            after,
            mid,
            Text(prefix[anchor:], heal=True),
        )
    return (suf, after, mid, before)


def header(
    template: FimTemplate, path: str, *, repository: str = "", pieces: Sequence[Piece] = ()
) -> tuple[Segment, ...]:
    """What stands in front of a layout; a name or a token that there is not leaves its part out.

    Where the path stands inside the prefix, `inside` says what to put there.
    """
    segments: list[Segment] = [Control(template.bos)] if template.bos is not None else []
    if repository and template.repo is not None:
        segments += [Control(template.repo), Text(repository + ("\n" if template.repo_break else ""))]
    if template.file is not None:
        for piece in pieces:
            segments += [Control(template.file), Text(f"{piece.path}\n{piece.text}")]
        if template.path_inside:
            segments += [Control(template.file)] if inside(template, path, repository=repository, pieces=pieces) else []
        elif path:
            segments += [Control(template.file), Text(path + "\n")]
    return tuple(segments)


def inside(template: FimTemplate, path: str, *, repository: str = "", pieces: Sequence[Piece] = ()) -> str:
    """What a prefix begins with beside `header`: the path, where that stands there and other files are shown."""
    return f"{path}\n" if template.path_inside and path and (repository or pieces) else ""


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1
