"""Does token healing help? Line tails of real files, completed with and without it by the product's own path.

    python -m benchmarks.healing --from FOLDER_OR_SHARD [--language python] [--holes 200]

`--from` is a folder with source files or a corpus shard (`*.jsonl.xz`, held-out packages for an honest
figure). A hole is the rest of a line behind a natural or a random cut; nothing of it reaches the model.
Exact match and the similarity of characters are scored before and after the filters, greedy. The last
line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import difflib
import json
import lzma
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from completion.engine.lease import LeasedBackend, host_spec
from completion.errors import EngineRejected
from completion.inline import RETRY_SHARE
from completion.models import catalog, files
from completion.postprocess import Draft, clean
from completion.prompt import fim
from completion.settings import Settings
from completion.syntax import languages
from completion.types import CompletionRequest, Document, Mode, Prompt, Text


@dataclass(frozen=True, slots=True)
class Hole:
    """A request whose line was cut off, where the cut fell, and what was cut."""

    request: CompletionRequest
    cut: str
    expected: str


def main() -> None:
    """Run all holes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", type=Path, required=True)
    parser.add_argument("--language", default="python")
    parser.add_argument("--holes", type=int, default=200)
    parser.add_argument("--model-path", default="")
    arguments = parser.parse_args()
    holes = list(make_holes(arguments.source, arguments.language, arguments.holes))
    report = asyncio.run(measure(holes, arguments.model_path))
    print(f"{'':<24}{'n':>6}{'exact %':>10}{'similar %':>11}")
    for name, row in report.items():
        print(f"{name:<24}{row['n']:>6}{row['exact']:>10.1f}{row['similarity']:>11.1f}")
    print(json.dumps({"language": arguments.language, "holes": len(holes), "results": report}))


async def measure(holes: list[Hole], model_path: str) -> dict[str, dict[str, float]]:
    """Exact match and similarity in percent, by healing and by where the cut fell."""
    model = catalog.builtin().find("embedded")
    settings = Settings(idle_seconds=0)
    backend = LeasedBackend(host_spec(model, files.locate(model, model_path), settings), ready_seconds=60)
    backend.start()
    scores: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for hole in holes:
        rendered = fim.render(hole.request, model, Mode.LINE)
        for healed in (False, True):
            prompt = rendered if healed else unhealed(rendered)
            try:
                text = await text_of(backend, prompt)
            except EngineRejected:
                # As the product does: text with few letters has more tokens than estimated.
                shorter = fim.render(hole.request, model, Mode.LINE, share=RETRY_SHARE)
                text = await text_of(backend, shorter if healed else unhealed(shorter))
            text, _ = clean(Draft(text, hole.request.prefix, hole.request.suffix, Mode.LINE))
            want = hole.expected.rstrip()
            score = (text.rstrip() == want, difflib.SequenceMatcher(None, text.rstrip(), want, autojunk=False).ratio())
            name = "healed" if healed else "plain"
            scores[name].append(score)
            scores[f"{name}, {hole.cut}"].append(score)
    await backend.aclose()
    return {
        name: {
            "n": len(rows),
            "exact": round(100 * sum(exact for exact, _ in rows) / len(rows), 1),
            "similarity": round(100 * sum(similar for _, similar in rows) / len(rows), 1),
        }
        for name, rows in sorted(scores.items())
    }


async def text_of(backend: LeasedBackend, prompt: Prompt) -> str:
    """The whole text of an answer."""
    return "".join([chunk.text async for chunk in backend.stream(prompt)])


def unhealed(prompt: Prompt) -> Prompt:
    """The same prompt with the token at the cursor left as it is."""
    segments = tuple(replace(part, heal=False) if isinstance(part, Text) else part for part in prompt.segments)
    return replace(prompt, segments=segments)


def make_holes(source: Path, language: str, count: int) -> Iterator[Hole]:
    """`count` holes, the same for the same source: cut at line starts, behind separators, anywhere."""
    rng = random.Random(7)
    texts = [(path, text) for path, text in read(source, language) if 400 < len(text) < 60_000]
    made = 0
    while made < count:
        path, text = rng.choice(texts)
        lines = text.split("\n")
        row = rng.randrange(len(lines))
        line = lines[row]
        indentation = len(line) - len(line.lstrip())
        if len(line.strip()) < 6:
            continue
        cut = ("line start", "separator", "anywhere")[made % 3]
        ends = [
            match.end() for match in re.finditer(r"[\s.(=\[{,:'\"/$-]+", line) if indentation < match.end() < len(line)
        ]
        if cut == "separator" and not ends:
            continue
        column = {
            "line start": indentation,
            "separator": rng.choice(ends) if ends else 0,
            "anywhere": rng.randrange(indentation + 1, len(line)),
        }[cut]
        before = "\n".join([*lines[:row], line[:column]])
        after = "\n".join(["", *lines[row + 1 :]])
        request = CompletionRequest(Document(path, language, (before + after).encode()), len(before.encode()))
        made += 1
        yield Hole(request, cut, line[column:])


def read(source: Path, language: str) -> list[tuple[str, str]]:
    """(path, text) of all files of a language."""
    if source.is_dir():
        paths = sorted(path for path in source.rglob("*") if path.is_file())
        found = [(path, languages.of_path(path.name)) for path in paths]
        return [(str(path), path.read_text("utf-8", "replace")) for path, row in found if row and row.id == language]
    with lzma.open(source, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    name = {"shellscript": "shell"}.get(language, language)
    return [(row["path"], row["text"]) for row in rows if row["lang"] == name]


if __name__ == "__main__":
    main()
