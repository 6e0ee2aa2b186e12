"""Scripts: how many answers are valid, after which step, and how many do what was asked for?

    python -m benchmarks.scripts [--model NAME] [--gguf FILE.gguf | --endpoint URL]
                                 [--kinds sql,shell,dockerfile,kubernetes,regex] [--count N] [--temperature T]
                                 [--seed S] [--without-grammar] [--run-shell] [--out FOLDER] [--show N]

Tasks of our own (`script_tasks/`) are asked for through the product: its prompts, its engine, its checks, its grammars,
its rounds of repair. Reported by kind, and apart for requests of families that the embedded model was trained on, of
families that were held out of it, and free ones: answers that are valid at the first attempt, with a second one under
a grammar where there is one, and after repair; answers whose outcome is right; what the risk rules say of answers that
do the dangerous thing that was asked for (recall) and of right answers to harmless requests (false alarms).

The product asks a very small model under a grammar at once; how many first attempts were is told, for they do not say
what the model can do alone. What the grammar is worth is the difference to a run of the same code --without-grammar.
Valid is not useful: only the outcome says that an answer does what was asked for.

SQL is executed on SQLite in memory. The product executes nothing; with --run-shell this benchmark runs shell answers
that the risk rules have nothing against, in a sandbox without network (`scripts_sandbox`). Otherwise, and for dangerous
requests always, their structure is compared with answers that are known to be right, which knows fewer right ones.
Answers that no check could judge, and
those of comments alone, are not counted as valid. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from benchmarks import scripts_judge, scripts_report, scripts_sandbox, scripts_tasks
from benchmarks.scripts_report import Row
from benchmarks.scripts_shell import How
from benchmarks.scripts_tasks import KINDS, Task
from completion.errors import CopilotError
from completion.models.spec import ModelSpec
from completion.scripts.generate import write
from completion.scripts.types import Attempt, Outcome
from completion.settings import Settings
from completion.types import Backend, Capabilities, Chunk, Prompt
from lsp_server.compose import Engine, open_engine

READY_SECONDS = 300.0


def main() -> None:
    """Ask, judge, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="embedded", help="a name of the catalogue")
    parser.add_argument("--gguf", default="", help="a GGUF file of a model in the catalogue")
    parser.add_argument("--endpoint", default="", help="a server's URL, as in the setting of that name")
    parser.add_argument("--endpoint-model", default="", help="what the server calls the model")
    parser.add_argument("--threads", type=int, default=1, help="engine threads")
    parser.add_argument("--kinds", default=",".join(KINDS), help="names with commas between them")
    parser.add_argument("--count", type=int, default=0, help="tasks of each kind at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--without-grammar", action="store_true", help="as with an engine that follows no grammar")
    parser.add_argument("--run-shell", action="store_true", help="run harmless shell answers in a sandbox")
    parser.add_argument("--out", type=Path, help="a folder for rows.jsonl (answers and all) and scripts.svg")
    parser.add_argument("--show", type=int, default=0, help="print so many requests with their answers")
    arguments = parser.parse_args()
    kinds = [kind.strip() for kind in arguments.kinds.split(",") if kind.strip()]
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        parser.error(f"--kinds: {', '.join(unknown)} is none of {', '.join(KINDS)}")
    how: How = "run" if arguments.run_shell else "structure"
    if how == "run" and (reason := scripts_sandbox.unmade()):
        _say(f"Shell answers are not run: {reason}. Their structure is compared instead.")
    tasks = scripts_tasks.chosen(kinds, arguments.count)
    load = os.getloadavg()[0]
    try:
        model, rows = asyncio.run(_played(tasks, arguments, how))
    except CopilotError as error:
        raise SystemExit(f"{error} {error.advice}".strip()) from None
    report = scripts_report.figures(rows)
    title = f"{model}, {len(rows)} tasks, temperature {arguments.temperature:g}"
    title += ", without grammars" if arguments.without_grammar else ""
    print("\n".join((title, "", *scripts_report.tables(report))))
    for row in rows[:: max(1, len(rows) // arguments.show)][: arguments.show] if arguments.show else ():
        print("\n".join(("", *scripts_report.shown(row))))
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        scripts_report.write_rows(arguments.out / "rows.jsonl", rows)
        scripts_report.picture(arguments.out / "scripts.svg", title, report)
    about = {
        "model": model,
        "tasks": len(rows),
        "temperature": arguments.temperature,
        "seed": arguments.seed,
        "shell": how,
        "grammar": not arguments.without_grammar,
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
    }
    print(json.dumps(about | report))


class Ungrammatical:
    """A backend that says it can follow no grammar, so that the product does without."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._backend.capabilities, grammar=False)

    @property
    def model(self) -> str:
        return self._backend.model

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        return self._backend.stream(prompt)

    async def aclose(self) -> None:
        """The backend belongs to somebody else."""


async def ask(task: Task, backend: Backend, model: ModelSpec, *, temperature: float, seed: int, how: How) -> Row:
    """One task, asked for and judged. An answer that does not come is a row with the sentence why."""
    begun = time.monotonic()
    outcome, error = None, ""
    try:
        request = task.asked(temperature=temperature, seed=seed)
        async with aclosing(write(request, backend, model)) as events:
            async for event in events:
                if isinstance(event, Outcome):
                    outcome = event
    except CopilotError as failure:
        error = str(failure)
    seconds = time.monotonic() - begun
    return await asyncio.to_thread(judged, task, outcome, how, seconds=seconds, error=error)


def judged(task: Task, outcome: Outcome | None, how: How, *, seconds: float = 0.0, error: str = "") -> Row:
    """The figures of one outcome; None where there is none."""
    attempts = outcome.attempts if outcome is not None else ()
    alone = [attempt for attempt in attempts if attempt.how != "repaired"]
    first = _right(task, attempts[0], how)[0] if attempts else False
    right, reason, note = _right(task, outcome.best, how) if outcome is not None else (False, error, "")
    return Row(
        id=task.id,
        kind=task.kind,
        group=task.group,
        dangerous=bool(task.risk),
        state=outcome.best.state if outcome is not None else "invalid",
        hollow=outcome is not None and scripts_judge.hollow(task.kind, outcome.best.text),
        valid_first=_valid(task, attempts[:1]),
        valid_constrained=_valid(task, alone),
        valid_repaired=_valid(task, attempts),
        right_first=first,
        right=right,
        flagged=outcome is not None and bool(scripts_judge.risks(task, outcome.best.text)),
        attempts=tuple(attempt.how for attempt in attempts),
        finished=outcome is not None and outcome.best.finished,
        seconds=round(seconds, 2),
        request=task.request,
        texts=tuple(attempt.text for attempt in attempts),
        answer=outcome.best.text if outcome is not None else "",
        findings=tuple(
            f"{found.check}: {found.line}: {found.message}" for found in (attempts[0].errors if attempts else ())
        ),
        reason=reason,
        note=note,
    )


def _valid(task: Task, attempts: Sequence[Attempt]) -> bool:
    return any(attempt.state == "valid" and not scripts_judge.hollow(task.kind, attempt.text) for attempt in attempts)


def _right(task: Task, attempt: Attempt, how: How) -> tuple[bool, str, str]:
    found = scripts_judge.judge(task, attempt.text, how)
    if found.right and attempt.state == "invalid":
        return (
            False,
            f"the outcome is right, but {attempt.errors[0].check} says: {attempt.errors[0].message}",
            found.note,
        )
    return found.right, found.reason, found.note


async def _played(tasks: Sequence[Task], given: argparse.Namespace, how: How) -> tuple[str, list[Row]]:
    engine = _engine(given)
    rows: list[Row] = []
    backend: Backend = Ungrammatical(engine.backend) if given.without_grammar else engine.backend
    engine.start()
    try:
        await engine.ready()
        for number, task in enumerate(tasks, start=1):
            rows.append(await ask(task, backend, engine.model, temperature=given.temperature, seed=given.seed, how=how))
            _say(f"{number} of {len(tasks)} {task.kind} {task.id}: {rows[-1].summary}")
    finally:
        await engine.aclose()
    return engine.model.name, rows


def _engine(given: argparse.Namespace) -> Engine:
    settings = Settings.model_validate(
        {
            "model": "auto" if given.gguf and given.model == "embedded" else given.model,
            "model_path": given.gguf,
            "endpoint": given.endpoint,
            "endpoint_model": given.endpoint_model,
            "idle_seconds": 0,
            "threads": given.threads,
        }
    )
    return open_engine(settings, lambda status: None, patience=READY_SECONDS)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
