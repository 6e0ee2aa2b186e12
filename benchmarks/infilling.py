"""Infilling: how often is what we show exactly right, and does the file still parse?

    python -m benchmarks.infilling (--from CORPUS | --repository FOLDER ...) [--holes 2000] [--quick] [--seed 7]
                                   [--model embedded|FILE.gguf] [--ablation [filters|sources]] [--picture FILE.svg]

Rests of lines, lines, blocks and arguments of calls are taken out of real files that the model was not trained on,
and asked for through the product: its context from the rest of the repository, prompt, engine, filters, checks and
gate, greedy, with a fresh memory for each. Reported by language: exact match and edit similarity of the answers;
parse rate of files that parsed before, with the answer as it came from the model and as it is shown; the share that
would be shown unasked and how much of that is exactly right; what repeats the following line; control tokens;
milliseconds. With --ablation each filter and each source of context is switched off in turn (those that are off are
switched on) on the same holes: filters look at the same generation again, a source is asked anew.

What the product prepares after a first request in a file (context in front of the window) is prepared before each
question; its time stands apart. Open documents and diagnostics of other tools are not played: a hole has none. The
last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from benchmarks import infilling_holes, infilling_report
from benchmarks.infilling_holes import Hole, Material, Repository
from benchmarks.infilling_score import Row, scored
from benchmarks.typing import model_of
from completion import memory, postprocess
from completion.errors import CopilotError
from completion.models.spec import ModelSpec
from completion.prompt.snippets import SOURCES
from completion.settings import Settings
from completion.types import Trigger
from completion.workspace.files import Budget
from completion.workspace.workspace import Workspace
from training import candidates, product
from training.candidates import Recorder

QUICK_HOLES = 240
CHECKS = ("longest_clean",)
INDEX = Budget(files=20_000, seconds=120.0)
TURN_HOLES = 50
Variants = Mapping[str, Collection[str]]


class Ask(Protocol):
    """Ask at a hole, without some filters and sources; None: those that the product does not use."""

    def __call__(self, hole: Hole, without: Collection[str] | None, *, again: bool) -> Awaitable[Row]: ...


def main() -> None:
    """Ask, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="corpus", type=Path, help="corpus folder with a held-out shard")
    parser.add_argument("--repository", type=Path, action="append", default=[], help="a checkout; may be repeated")
    parser.add_argument("--holes", type=int, default=2000)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_HOLES} holes")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", default="embedded", help="embedded, or a GGUF file of a model in the catalogue")
    parser.add_argument("--name", default="", help="the file's model in the catalogue; found by its shape")
    parser.add_argument("--threads", type=int, default=1, help="engine threads")
    parser.add_argument(
        "--ablation", nargs="?", const="all", choices=("all", "filters", "sources"), help="switch each off in turn"
    )
    parser.add_argument("--picture", type=Path, help="write an SVG or PNG")
    parser.add_argument("--rows", type=Path, help="write every answer's figures as a line of JSON, without any text")
    arguments = parser.parse_args()
    if arguments.corpus is None and not arguments.repository:
        parser.error("name code to make holes in: --from CORPUS, or --repository FOLDER")
    spec, path = model_of(arguments.model, arguments.name)
    repositories = list(infilling_holes.of_corpus(arguments.corpus)) if arguments.corpus else []
    repositories += [infilling_holes.of_folder(folder, arguments.seed) for folder in arguments.repository]
    count = QUICK_HOLES if arguments.quick else arguments.holes
    material = infilling_holes.punch(repositories, count, arguments.seed)
    for remark in material.remarks:
        _say(remark)
    if not material.holes:
        raise SystemExit("There are no holes to ask at: these files have too few lines of any language.")
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="lspi") as folder:
        rows = asyncio.run(_play(material, spec, path, arguments, Path(folder)))
    loads.append(os.getloadavg()[0])
    report = infilling_report.figures(rows, _variants(arguments.ablation)[0])
    about = {
        "model": spec.name if arguments.model == "embedded" else path.stem,
        "holes": len(material.holes),
        "counts": infilling_holes.counts(material),
        "repositories": sorted({hole.repository for hole in material.holes}),
        "remarks": material.remarks,
        "seed": arguments.seed,
        "threads": arguments.threads,
        "load": [round(load, 1) for load in loads],
    }
    title = f"{about['model']}, {len(material.holes)} holes, load {loads[0]:.1f} to {loads[1]:.1f}"
    print("\n".join((title, "", *infilling_report.tables(report))))
    if arguments.rows is not None:
        infilling_report.write_rows(arguments.rows, rows)
    if arguments.picture is not None:
        infilling_report.picture(arguments.picture, title, report)
    print(json.dumps(about | report))


async def _play(
    material: Material, spec: ModelSpec, path: Path, given: argparse.Namespace, folder: Path
) -> dict[str, list[Row]]:
    """The rows of each variant; "" is the product as it is."""
    # The texts are measured here, not whether they come in time.
    settings = Settings.model_validate({"debounce_ms": 0, "deadline_ms": 60_000, "latency_ms": 10_000})
    filters, sources = _variants(given.ablation)
    names = {hole.repository for hole in material.holes}
    workspaces = {each.name: _index(each, folder) for each in material.repositories if each.name in names}
    found: dict[str, list[Row]] = {name: [] for name in ("", *filters)}
    async with product.backend_of(path, spec, given.threads) as backend:
        recorder = Recorder(backend)

        async def ask(hole: Hole, without: Collection[str] | None, *, again: bool) -> Row:
            more: Any = {"judge": False, "without": without, "workspace": workspaces[hole.repository]}
            found = await candidates.ask(hole.request(), recorder, spec, settings, **more)
            if again:
                return scored(hole, found)
            unasked = await candidates.ask(hole.request(Trigger.AUTOMATIC), recorder, spec, settings, **more)
            return scored(hole, found, unasked.suggestion)

        # The first answer of all waits for the engine to load.
        await ask(material.holes[0], None, again=True)
        recorder.forget()
        for number, hole in enumerate(material.holes):
            with _left_out(workspaces[hole.repository], hole):
                found[""].append(await ask(hole, None, again=False))
                if filters:
                    # Times of what looks at a generation again are compared with the same of all of the product.
                    found.setdefault("again", []).append(await ask(hole, None, again=True))
                for place in range(len(filters)):
                    name = list(filters)[(place + number) % len(filters)]
                    found[name].append(await ask(hole, filters[name], again=True))
            recorder.forget()
            _progress("asked", number, len(material.holes))
        if sources:
            found |= await _without_sources(sources, material, workspaces, recorder, ask)
    return found


async def _without_sources(
    sources: Variants, material: Material, workspaces: Mapping[str, Workspace], recorder: Recorder, ask: Ask
) -> dict[str, list[Row]]:
    """Rows without each source, and "anew" with all of them.

    Some holes in turn for each: the engine has forgotten the files by then, and the machine is as busy for all.
    """
    found: dict[str, list[Row]] = {name: [] for name in ("anew", *sources)}
    names = list(found)
    for start in range(0, len(material.holes), TURN_HOLES):
        # Whoever is first is another one each time.
        names = names[1:] + names[:1]
        for name in names:
            for hole in material.holes[start : start + TURN_HOLES]:
                with _left_out(workspaces[hole.repository], hole):
                    found[name].append(await ask(hole, sources.get(name), again=True))
                recorder.forget()
        _say(f"sources: {len(found['anew'])} of {len(material.holes)}")
    return found


def _variants(which: str | None) -> tuple[Variants, Variants]:
    """Filters and checks, and sources of context, each with all names that are then switched off."""
    off = frozenset(memory.SWITCHED_OFF)
    filters = (*(rule.__name__ for rule in postprocess.RULES), *CHECKS) if which in ("all", "filters") else ()
    sources = SOURCES if which in ("all", "sources") else ()
    return {name: off ^ {name} for name in filters}, {name: off ^ {name} for name in sources}


def _index(repository: Repository, folder: Path) -> Workspace:
    """What the rest of a repository defines. One that stands in no folder is written into one."""
    root = repository.root
    if root is None:
        root = folder / repository.name
        for source in repository.sources:
            path = (root / source.path).resolve()
            if path.is_relative_to(root.resolve()):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(source.text, encoding="utf-8")
    begun = time.monotonic()
    workspace = Workspace(root)
    end = workspace.fill(INDEX)
    size = workspace.index.size
    seconds = time.monotonic() - begun
    _say(
        f"{repository.name}: {size.files} files, {size.symbols} definitions in {seconds:.1f} s {end.ended_by}".rstrip()
    )
    return workspace


@contextmanager
def _left_out(workspace: Workspace, hole: Hole) -> Iterator[None]:
    """The hole's own file is not in the index meanwhile: it would tell what stood there."""
    workspace.index.forget(hole.path)
    try:
        yield
    finally:
        workspace.changed([hole.path])


def _progress(what: str, number: int, count: int) -> None:
    if (number + 1) % 100 == 0 or number + 1 == count:
        _say(f"{what}: {number + 1} of {count}")


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except (CopilotError, OSError, ValueError) as error:
        sys.exit(str(error))
