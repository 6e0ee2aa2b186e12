"""Golden prompts of every family, as segments and, where the real vocabulary is at hand, as ids.

To write the ids of cases that have none: `python -m tests.golden.test_families`.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from completion.engine.healing import render
from completion.engine.llama import LlamaEngine
from completion.models import catalog
from completion.models.spec import ModelSpec
from completion.prompt import fim
from completion.types import CompletionRequest, Control, Document, Mode, Prompt, Segment, Text
from tests.vocab.vocabularies import Engines, opened

FAMILIES = Path(__file__).parent / "prompt" / "families.toml"
CASES: list[dict[str, Any]] = tomllib.loads(FAMILIES.read_text("utf-8"))["case"]
WITH_IDS = [case for case in CASES if "vocabulary" in case]
MODELS = catalog.builtin().models
COMPLETING = [model for model in MODELS.values() if "completion" in model.roles]


def segments_of(case: dict[str, Any]) -> tuple[Segment, ...]:
    """What the product asks in a case."""
    template = MODELS[case["model"]].template
    shown: Any = {
        "repository": case.get("repository", ""),
        "pieces": [fim.Piece(path, text) for path, text in case.get("pieces", ())],
    }
    front = fim.header(template, case["path"], **shown)
    prefix = fim.inside(template, case["path"], **shown) + case["prefix"]
    return (*front, *fim.arrange(template, case["layout"], prefix, case["suffix"]))


def shown(parts: tuple[Segment, ...]) -> str:
    """Segments as one string."""
    return "".join(
        f"«{part.token}»" if isinstance(part, Control) else part.text + ("⟨heal⟩" if part.heal else "")
        for part in parts
    )


def ids_of(case: dict[str, Any], engine: LlamaEngine) -> list[int]:
    """What the engine makes of a case, nothing dropped for healing."""
    plain = tuple(Text(part.text) if isinstance(part, Text) else part for part in segments_of(case))
    return list(render(Prompt(plain, max_tokens=1), engine.tokenize, engine.controls).ids)


def engine_of(case: dict[str, Any], engines: Engines) -> LlamaEngine:
    """The engine with the vocabulary of a case."""
    return engines.of(case["vocabulary"], MODELS[case["model"]].controls)


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with tempfile.TemporaryDirectory(prefix="lspc") as name, opened(Path(name)) as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_segments(case: dict[str, Any]) -> None:
    assert shown(segments_of(case)) == case["want"]
    assert case["layout"] in MODELS[case["model"]].template.layouts


@pytest.mark.parametrize("case", WITH_IDS, ids=lambda case: case["name"])
def test_ids(case: dict[str, Any], engines: Engines) -> None:
    engine = engine_of(case, engines)
    ids = ids_of(case, engine)
    assert ids == case["ids"]
    # Exactly the control tokens that the template put there.
    controls = [part.token for part in segments_of(case) if isinstance(part, Control)]
    by_id = {number: name for name, number in engine.controls.items()}
    assert [by_id[number] for number in ids if number in by_id] == controls


def test_every_family_has_a_golden_prompt() -> None:
    templates = {model.template for model in COMPLETING} - {MODELS["embedded"].template}
    assert {MODELS[case["model"]].template for case in CASES} == templates
    for template in templates:
        cases = {case["layout"] for case in CASES if MODELS[case["model"]].template == template}
        assert template.layouts[0] in cases


@pytest.mark.parametrize("model", COMPLETING, ids=lambda model: model.name)
def test_every_layout_of_every_model_holds_together(model: ModelSpec) -> None:
    template = model.template
    request = CompletionRequest(Document("src/app.py", "python", b"import os\nx = os.\ny = 2\n"), 17)
    for layout in template.layouts:
        for mode in (Mode.LINE, Mode.BLOCK):
            prompt = fim.render(request, model, mode, layout)
            parts = prompt.segments
            controls = [part.token for part in parts if isinstance(part, Control)]
            assert set(controls) <= set(model.controls)
            assert len(set(controls)) == len(controls)
            assert {template.suffix} <= set(controls)
            assert (controls[0] == template.bos) == (template.bos is not None)
            texts = [part for part in parts if isinstance(part, Text)]
            assert [part.heal for part in texts].count(True) == 1
            whole = "".join(part.text for part in texts)
            assert all(text in whole for text in ("import os\n", "x = os.", "\ny = 2\n"))
            assert len(prompt.stops) <= 4
            assert ("\n" in prompt.stops) == (mode is Mode.LINE)
            assert set(prompt.stops) - {"\n"} <= set(template.stops)


def freeze() -> None:
    """Write the ids of cases that have none, at the end of each case."""
    blocks = FAMILIES.read_text("utf-8").split("[[case]]")
    with tempfile.TemporaryDirectory(prefix="lspc") as name, opened(Path(name)) as engines:
        for number, case in enumerate(CASES, start=1):
            if "vocabulary" in case and "ids" not in case:
                blocks[number] = f"{blocks[number].rstrip()}\nids = {ids_of(case, engine_of(case, engines))}\n\n"
    FAMILIES.write_text("[[case]]".join(blocks).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    freeze()
