"""What filters and verification leave of any text does no harm, in real files that are cut anywhere."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from completion import postprocess
from completion.postprocess import Draft
from completion.syntax import languages, verify
from completion.syntax.tree import Parsed, TreeStore
from completion.types import Document, Mode

ROOT = Path(__file__).resolve().parents[3]
PATHS = [
    ROOT / "completion" / "types.py",
    ROOT / "completion" / "cache.py",
    ROOT / "completion" / "syntax" / "brackets.py",
    *(ROOT / "examples" / name for name in ("inventory.py", "client.ts", "backup.sh", "deployment.yaml", "schema.sql")),
    ROOT / "examples" / "Dockerfile",
]
TEXTS = {path.name: path.read_text("utf-8") for path in PATHS}
JUNK = ["", "", ")", "}", "{", '"""', "`", "/*", "'", "#", ":", "\\", "\t", "   ", "\n\n", "\xa0\xa0", "\x07", "\u202e"]
JUNK += ["\u200b", "\ufeff", "<|fim_middle|>", "</s>", " [/INST]", ", 0, 0, 0, 0, 0", "é"]
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
END_WORDS = {"fi", "done", "esac", "end", "else", "then", "do", "begin", "finally"}


@st.composite
def drafts(draw: st.DrawFn) -> tuple[str, Draft]:
    """A real file cut somewhere, and real text with junk in it, often that which stood there."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    cut = draw(st.integers(0, len(text)))
    gap = draw(st.integers(0, 60))
    prefix, suffix = text[:cut], text[cut + gap :]
    source = text[cut:] if draw(st.booleans()) else TEXTS[draw(st.sampled_from(sorted(TEXTS)))]
    start = 0 if source == text[cut:] else draw(st.integers(0, max(0, len(source) - 1)))
    said = source[start : start + draw(st.integers(1, 200))]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(said)))
        said = said[:at] + draw(st.sampled_from(JUNK)) + said[at + draw(st.integers(0, 2)) :]
    mode = draw(st.sampled_from([Mode.LINE, Mode.BLOCK]))
    language = languages.of_path(name)
    assert language is not None
    return name, Draft(said, prefix, suffix, mode, language=language.id)


def shown(draft: Draft, parsed: Parsed, ending: verify.Ending) -> str:
    """What is left after filters and verification, until neither changes anything."""
    offset = len(draft.prefix.encode())
    text, _ = postprocess.clean(draft)
    while text:
        checked = verify.longest_clean(parsed, offset, offset, text, ending=ending)
        text, _ = postprocess.clean(draft.with_text(checked)) if checked else ("", ())
        if text == checked:
            break
    return text


@settings(max_examples=250, deadline=None)
@given(drafts(), st.sampled_from(["open", "whole"]))
def test_no_suggestion_does_harm(case: tuple[str, Draft], ending: verify.Ending) -> None:
    name, draft = case
    language = languages.of_path(name)
    assert language is not None
    parsed = TreeStore().parse(Document(name, language.id, (draft.prefix + draft.suffix).encode()), language)
    assert parsed is not None
    text = shown(draft, parsed, ending)
    offset = len(draft.prefix.encode())
    if ending == "whole" and text:
        assert verify.errors_added(parsed, offset, offset, text) <= 0
    assert not HIDDEN.search(text)
    assert "<|fim_middle|>" not in text
    assert draft.mode is Mode.BLOCK or "\n" not in text
    following = draft.next_line
    if text and len(following) > 1 and any(character.isalnum() for character in following):
        ends = text.split("\n")[-1].strip() if "\n" in text else (draft.line_before + text + draft.rest_of_line).strip()
        assert ends != following or following.strip(" ;").lower() in END_WORDS


def test_the_check_itself_can_fail() -> None:
    draft = Draft("b = 2", "a = 1\n", "\nb = 2\n", Mode.LINE, language="python")
    assert postprocess.clean(draft)[0] == ""
    assert postprocess.clean(Draft("b = 3", "a = 1\n", "\nb = 2\n", Mode.LINE))[0] == "b = 3"
