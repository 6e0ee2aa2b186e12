"""Messy records into rows: how many of the rows meant are written, how many are wrong, and is anything invented?

    python -m benchmarks.normalize [--count N] [--seed S] [--without-model] [--model NAME] [--gguf FILE.gguf]
                                   [--endpoint URL] [--endpoint-model NAME] [--threads N] [--out FOLDER] [--show N]

Records are made by `normalize_records` from the seed, which knows nothing of the reader; the reference table is that of
`examples/bonus-cards`. They go through the product: its reader, proof and load, its model where a text is doubtful.

precision    rows written that were meant, of all written
recall       rows meant that were written, of all meant; also those that no text tells count as meant
invented     values written that do not occur in their record (digits), or that no airline of the record has (codes);
             counted here from the record and the truth, not by the product's proof
unaccounted  records with no result, or with more than one
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks.normalize_records import Made, made
from completion.errors import CopilotError
from completion.normalize import binding, journal, records, run, target
from completion.normalize.ask import Asker
from completion.normalize.run import Counts, Decides, Job
from completion.normalize.types import Result
from completion.settings import Settings
from lsp_server.compose import Engine, open_engine

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "bonus-cards"
READY_SECONDS = 300.0


def main() -> None:
    """Make, read, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="records")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-model", action="store_true", help="what the text alone decides")
    parser.add_argument("--model", default="embedded", help="a name of the catalogue")
    parser.add_argument("--gguf", default="", help="a GGUF file of a model in the catalogue")
    parser.add_argument("--endpoint", default="", help="a server's URL, as in the setting of that name")
    parser.add_argument("--endpoint-model", default="", help="what the server calls the model")
    parser.add_argument("--threads", type=int, default=1, help="engine threads")
    parser.add_argument("--out", type=Path, help="a folder for records.txt and rows.jsonl")
    parser.add_argument(
        "--show", type=int, default=0, help="print so many records that were not written, and all wrong"
    )
    arguments = parser.parse_args()
    truth = made(arguments.count, arguments.seed)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="lsp-copilot-bench-") as name:
        folder = arguments.out or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            model, found, seconds = asyncio.run(_played(truth, arguments, folder))
        except CopilotError as error:
            raise SystemExit(f"{error}") from None
    figures = judged(truth, found)
    print(f"{model or 'no model'}, {len(truth)} records of seed {arguments.seed}\n")
    print("\n".join(table(truth, found)))
    if arguments.show:
        print("\n".join(("", *shown(truth, found, arguments.show))))
    about = {"model": model, "seed": arguments.seed, "records": len(truth)}
    speed = {"seconds": round(seconds, 2), "records_per_second": round(len(truth) / seconds, 1)}
    print(json.dumps(about | figures | speed | {"load": [round(load, 1), round(os.getloadavg()[0], 1)]}))


def judged(truth: Sequence[Made], found: Sequence[Result]) -> dict[str, object]:
    """The figures of one run."""
    by_line = Counter(result.line for result in found)
    by_place = {result.line: result for result in found}
    right = written = meant = invented = 0
    states: Counter[str] = Counter(result.state for result in found)
    by_model = sum(result.state == "rows" and bool(result.model) for result in found)
    for place, one in enumerate(truth, 1):
        rows = rows_of(by_place.get(place))
        meant += len(one.gold)
        written += len(rows)
        right += sum((Counter(rows) & Counter(one.gold)).values())
        invented += sum(not occurs(row, one) for row in rows)
    return {
        "meant": meant,
        "written": written,
        "right": right,
        "precision": round(right / written, 4) if written else None,
        "recall": round(right / meant, 4) if meant else None,
        "invented": invented,
        "unaccounted": sum(by_line[place] != 1 for place in range(1, len(truth) + 1)),
        "states": dict(sorted(states.items())),
        "decided_by_model": by_model,
    }


def rows_of(result: Result | None) -> list[tuple[str, str]]:
    """Code and number of each row that was written."""
    rows = result.rows if result is not None else ()
    cells = [{cell.column: cell.value for cell in row} for row in rows]
    return [(row["Iata"], row["CardNumber"]) for row in cells]


def occurs(row: tuple[str, str], one: Made) -> bool:
    """Whether the digits stand in the record one after the other, and somebody meant this airline in it."""
    code, number = row
    groups = re.findall(r"[0-9]+", one.text)
    digits = {"".join(groups[start:end]) for start in range(len(groups)) for end in range(start + 1, len(groups) + 1)}
    # A code right before its number, as in "LH9922".
    digits |= {group.removeprefix(code[-1]) for group in groups}
    return number in digits and (code in {gold for gold, _ in one.gold} or code.casefold() in one.text.casefold())


def table(truth: Sequence[Made], found: Sequence[Result]) -> list[str]:
    """Rows by what was made of the record."""
    lines = [f"{'kind':<18}{'records':>8}{'meant':>7}{'written':>9}{'right':>7}{'look':>6}"]
    by_place = {result.line: result for result in found}
    for kind in sorted({one.kind for one in truth}):
        own = [(place, one) for place, one in enumerate(truth, 1) if one.kind == kind]
        rows = [(rows_of(by_place.get(place)), one) for place, one in own]
        right = sum(sum((Counter(got) & Counter(one.gold)).values()) for got, one in rows)
        look = sum(place in by_place and by_place[place].state == "look" for place, _ in own)
        meant, written = sum(len(one.gold) for _, one in own), sum(len(got) for got, _ in rows)
        lines.append(f"{kind:<18}{len(own):>8}{meant:>7}{written:>9}{right:>7}{look:>6}")
    return lines


def shown(truth: Sequence[Made], found: Sequence[Result], count: int) -> list[str]:
    """What went wrong, and some of what was not written."""
    by_place = {result.line: result for result in found}
    lines = []
    for place, one in enumerate(truth, 1):
        got = rows_of(by_place.get(place))
        if Counter(got) - Counter(one.gold):
            lines.append(f"WRONG {one.text!r}\n      meant {one.gold}\n      written {got}")
    for place, one in enumerate(truth, 1):
        result = by_place.get(place)
        if result is not None and result.state != "rows" and one.gold and count:
            lines.append(f"{result.state} {one.text!r}: {result.reason}")
            count -= 1
    return lines


async def _played(
    truth: Sequence[Made], arguments: argparse.Namespace, folder: Path
) -> tuple[str, list[Result], float]:
    """The model's name, the results, and the seconds without those of loading the model."""
    path = folder / "records.txt"
    path.write_text("".join(f"{one.id}\t{one.text}\n" for one in truth), "utf-8")
    ddl = (EXAMPLE / "table.sql").read_text("utf-8")
    instruction = (EXAMPLE / "instruction.txt").read_text("utf-8")
    into = target.read(ddl, "table.sql")
    bound = binding.bind(
        into, said={}, tables=[EXAMPLE / "airlines.csv"], instruction=instruction, id_name="id", distance=2
    )
    source = records.open_source(path)
    job = Job(source, records.seen(source), into, bound, instruction)
    async with AsyncExitStack() as stack:
        asker: Decides | None = None
        if not arguments.without_model:
            engine = _engine(arguments)
            engine.start()
            stack.push_async_callback(engine.aclose)
            await engine.ready()
            asker = Asker(engine.backend, engine.model, job.sought, instruction)
            job = replace(job, model=engine.model.name)

        async def opened() -> Decides | None:
            return asker

        book = stack.enter_context(journal.Journal(folder / "rows.jsonl", job.key))
        begun = time.monotonic()
        counts, found = Counts(), []
        async for result in run.results(job, book, opened):
            counts = run.counted(counts, result)
            found.append(result)
        return job.model, found, time.monotonic() - begun


def _engine(arguments: argparse.Namespace) -> Engine:
    settings = Settings(
        model=arguments.model,
        model_path=arguments.gguf,
        endpoint=arguments.endpoint,
        endpoint_model=arguments.endpoint_model,
        threads=arguments.threads,
    )
    return open_engine(settings, lambda _status: None, patience=READY_SECONDS)


if __name__ == "__main__":
    main()
