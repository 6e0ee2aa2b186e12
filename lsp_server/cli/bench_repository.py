"""`lsp-copilot bench REPO`: ends of lines taken out of a person's own code, and who puts them back exactly."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from completion.errors import CopilotError, InputError
from completion.evaluate import ask, holes, repository, score
from completion.evaluate.ask import Answer
from completion.evaluate.holes import Hole
from completion.evaluate.repository import Found
from completion.settings import Settings
from lsp_server.cli import bench_models, bench_picture
from lsp_server.cli.bench_models import Candidate
from lsp_server.cli.bench_picture import Bar, Chart, Ticker
from lsp_server.options import Resolved

COPY = "copy predictor alone"
_SHOWN_CHARACTERS = 100
_CHANCE = 0.05
_FEW = 50


@dataclass(frozen=True, slots=True)
class Row:
    """Who answered, and the answers in the order of the holes."""

    name: str
    answers: tuple[Answer, ...]
    right: tuple[bool, ...]

    @property
    def hits(self) -> int:
        """How many were exactly right."""
        return sum(self.right)

    def as_dict(self) -> dict[str, object]:
        """All figures: shares 0..1, milliseconds."""
        low, high = score.interval(self.hits, len(self.right))
        checked = [answer.parses for answer in self.answers if answer.parses is not None]
        times = [answer.milliseconds for answer in self.answers]
        return {
            "who": self.name,
            "holes": len(self.right),
            "exact": self.hits,
            "exact_low": round(low, 4),
            "exact_high": round(high, 4),
            "shown": sum(bool(answer.shown) for answer in self.answers),
            "parses": round(sum(checked) / len(checked), 4) if checked else None,
            "p50_ms": round(score.percentile(times, 0.5), 1),
            "p95_ms": round(score.percentile(times, 0.95), 1),
        }


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Measure and print: exit code 0 when at least one model answered."""
    settings = ask.settings_for(resolved.settings)
    found = repository.gather(arguments.repository, arguments.language, seed=arguments.seed)
    punched = holes.punch(found.sources, arguments.holes, arguments.seed)
    if not punched:
        raise InputError(f"{arguments.repository} has no line that is long enough to take something out.")
    candidates, notes = bench_models.present(settings, arguments.only)
    unable = [one.label for one in candidates if one.spec.fim is None]
    notes += [f"{label} is left out: it does not complete code." for label in unable]
    with Ticker() as tick:
        rows = [_row(COPY, punched, [ask.copied(hole, settings) for hole in punched])]
        able = [one for one in candidates if one.spec.fim is not None]
        asked, failed = asyncio.run(_ask_all(able, punched, settings, tick))
    rows, notes = rows + asked, notes + failed
    if arguments.picture is not None:
        bench_picture.write(arguments.picture, [_chart(rows)])
    if arguments.json:
        print(
            json.dumps(
                {**_about(found, punched, arguments.seed), "rows": [row.as_dict() for row in rows], "notes": notes}
            )
        )
    else:
        print("\n".join([*_head(found, punched, arguments.seed), "", *table(rows), ""]))
        print("\n".join([*verdict(rows), *notes]))
    if arguments.show:
        print("\n".join(_shown(punched[: arguments.show], rows)))
    return 0 if asked else 1


def table(rows: Sequence[Row]) -> list[str]:
    """Lines of a table."""
    width = max(len(row.name) for row in rows)
    lines = [f"{'who':<{width}}{'exact':>9}{'95 % between':>16}{'shown':>8}{'parses':>8}{'p50 ms':>9}{'p95 ms':>9}"]
    for row in rows:
        figures, count = row.as_dict(), len(row.right)
        low, high = score.interval(row.hits, count)
        parses = figures["parses"]
        lines.append(
            f"{row.name:<{width}}{row.hits / count:>9.0%}{f'{low:.0%} and {high:.0%}':>16}"
            f"{sum(bool(answer.shown) for answer in row.answers) / count:>8.0%}"
            f"{f'{parses:.0%}' if isinstance(parses, float) else '-':>8}{figures['p50_ms']:>9}{figures['p95_ms']:>9}"
        )
    return lines


def verdict(rows: Sequence[Row]) -> list[str]:
    """Who serves best, and whether that may be chance."""
    best, *others = sorted(rows, key=lambda row: -row.hits)
    count = len(best.right)
    lines = [f"Most often exactly right: {best.name}, {best.hits} of {count}."]
    close = [row.name for row in others if score.luck(best.right, row.right) > _CHANCE]
    if close:
        lines.append(f"The lead over {', '.join(close)} may be chance; more --holes would tell.")
    if count < _FEW:
        lines.append(f"{count} holes are few: see how wide the intervals are.")
    lines.append("exact: the rest of the line as it stood there. parses: before the checks, of what was answered;")
    lines.append("what is shown has passed them. ms: from the question to the whole answer.")
    return lines


async def _ask_all(
    candidates: Sequence[Candidate], punched: Sequence[Hole], settings: Settings, tick: Ticker
) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    failed: list[str] = []
    for candidate in candidates:
        tick(f"{candidate.label}: loading")
        try:
            alone, mixed = await _ask_one(candidate, punched, settings, tick)
        except CopilotError as error:
            failed.append(f"{candidate.label} is left out: {error}")
            continue
        rows.append(_row(f"{candidate.label} alone", punched, alone))
        rows.append(_row(f"{candidate.label} + copy", punched, mixed))
    return rows, failed


async def _ask_one(
    candidate: Candidate, punched: Sequence[Hole], settings: Settings, tick: Ticker
) -> tuple[list[Answer], list[Answer]]:
    alone, mixed = list[Answer](), list[Answer]()
    async with bench_models.opened(candidate, settings) as backend:
        # The first question finds nothing prepared, which is no property of its hole.
        await ask.ask(punched[-1], backend, candidate.spec, settings)
        for number, hole in enumerate(punched, start=1):
            answers = await ask.ask(hole, backend, candidate.spec, settings)
            alone.append(answers.alone)
            mixed.append(answers.mixed)
            tick(f"{candidate.label}: {number} of {len(punched)} holes")
    return alone, mixed


def _row(name: str, punched: Sequence[Hole], answers: Sequence[Answer]) -> Row:
    right = tuple(score.exact(answer.shown, hole.answer) for answer, hole in zip(answers, punched, strict=True))
    return Row(name, tuple(answers), right)


def _about(found: Found, punched: Sequence[Hole], seed: int) -> dict[str, object]:
    languages: Mapping[str, int] = Counter(hole.language for hole in punched)
    files = len({hole.path for hole in punched})
    aside = {"files_left_out": dict(found.left_out), "listed_by_git": found.by_git}
    return {
        "holes": len(punched),
        "languages": languages,
        "files": files,
        "of_files": len(found.sources),
        "seed": seed,
        **aside,
    }


def _head(found: Found, punched: Sequence[Hole], seed: int) -> list[str]:
    languages = ", ".join(f"{name} {count}" for name, count in Counter(hole.language for hole in punched).most_common())
    files = len({hole.path for hole in punched})
    aside = ", ".join(f"{count} {reason}" for reason, count in sorted(found.left_out.items()))
    return [
        f"{len(punched)} holes in {files} of {len(found.sources)} files ({languages}); seed {seed}.",
        f"Listed by {'git' if found.by_git else 'folder'}; left out: {aside or 'nothing'}.",
    ]


def _chart(rows: Sequence[Row]) -> Chart:
    bars = []
    for row in rows:
        low, high = score.interval(row.hits, len(row.right))
        bars.append(Bar(row.name, 100 * row.hits / len(row.right), 100 * low, 100 * high, int(row.name == COPY)))
    return Chart(f"Rest of the line exactly right, % of {len(rows[0].right)} (line: 95 %)", bars)


def _shown(punched: Sequence[Hole], rows: Sequence[Row]) -> list[str]:
    lines = []
    for number, hole in enumerate(punched):
        before = hole.prefix[hole.prefix.rfind("\n") + 1 :].strip()
        lines += ["", f"{hole.path}:{hole.line}  {before}", f"  {'the file has':<24} {_short(hole.answer)}"]
        for row in rows:
            mark = "=" if row.right[number] else " "
            lines.append(f"{mark} {row.name:<24} {_short(row.answers[number].shown)}")
    return lines


def _short(text: str) -> str:
    first = text.split("\n", 1)[0].strip()
    safe = "".join(character if character.isprintable() else "?" for character in first)
    return safe if len(safe) <= _SHOWN_CHARACTERS else safe[: _SHOWN_CHARACTERS - 1] + "…"
