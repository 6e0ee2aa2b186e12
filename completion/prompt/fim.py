"""Fill-in-the-middle prompts: a request and a template become segments.

The layouts are those of `FimTemplate` and of `training/layouts.py`; both sides must render the same
tokens. Text stays text: control tokens are separate segments and cannot be spelt by a file.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from completion.models.catalog import FimTemplate, Layout, ModelSpec
from completion.prompt.budget import windows
from completion.types import CompletionRequest, Control, Mode, Prompt, Segment, Text

LINE_TOKENS = 48
BLOCK_TOKENS = 160


def render(
    request: CompletionRequest, model: ModelSpec, mode: Mode, layout: Layout | None = None, *, share: float = 1.0
) -> Prompt:
    """The prompt for the cursor of `request`, in the template's first layout unless one is given.

    `share` of the model's prompt tokens is used; less than 1 where the estimate of tokens was too low.
    """
    template = model.fim
    max_tokens = BLOCK_TOKENS if mode is Mode.BLOCK else LINE_TOKENS
    header = _header(template, request.document.path)
    room = int((model.prompt_tokens - max_tokens - 16) * share)
    cut = windows(request.prefix.replace("\r\n", "\n"), request.suffix.replace("\r\n", "\n"), max(64, room))
    body = arrange(template, layout or template.layouts[0], cut.prefix, cut.suffix)
    # In line mode the newline is a stop; the answer may not begin with one, so a stop there means "nothing".
    stops = ("\n",) if mode is Mode.LINE else ()
    return Prompt(segments=(*header, *body), max_tokens=max_tokens, stops=stops, slot=request.document.path)


def arrange(template: FimTemplate, layout: Layout, prefix: str, suffix: str) -> tuple[Segment, ...]:
    """Prefix and suffix in a layout; the token at the cursor is healed in each."""
    before, after = Text(prefix, heal=True), Text(suffix)
    if layout == "psm":
        return (Control(template.prefix), before, Control(template.suffix), after, Control(template.middle))
    if layout == "spm":
        return (Control(template.suffix), after, Control(template.prefix), before, Control(template.middle))
    return (Control(template.suffix), after, Control(template.middle), before)


def _header(template: FimTemplate, path: str) -> tuple[Segment, ...]:
    name = PurePosixPath(path.replace("\\", "/")).name
    if template.file is None or not name:
        return ()
    return (Control(template.file), Text(name + "\n"))
