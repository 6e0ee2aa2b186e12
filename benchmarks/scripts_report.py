"""Figures, tables and a picture of the scripts benchmark. Knows neither tasks nor models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from completion.evaluate.score import interval

Figures = dict[str, Any]

STEPS = (
    ("valid_first", "first attempt"),
    ("valid_constrained", "and one under a grammar"),
    ("valid_repaired", "and repaired"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one task. `valid_` are cumulative and ask for an answer that says something.

    `state` is the best attempt's, `hollow` that it says nothing but comments; `note` says why it was not run.
    """

    id: str
    kind: str
    group: str
    dangerous: bool
    state: str
    hollow: bool
    valid_first: bool
    valid_constrained: bool
    valid_repaired: bool
    right_first: bool
    right: bool
    flagged: bool
    attempts: tuple[str, ...]
    finished: bool
    seconds: float
    request: str
    texts: tuple[str, ...]
    answer: str
    findings: tuple[str, ...]
    """Of the first attempt."""
    reason: str
    note: str

    @property
    def summary(self) -> str:
        """A line for whoever watches."""
        told = "right" if self.right else f"not right ({self.reason[:100]})"
        return f"{self.state} after {len(self.attempts)}, {told}, {self.seconds:.1f} s"


def figures(rows: Sequence[Row]) -> Figures:
    """All figures: of all tasks, by kind, by group, and by kind and group."""
    kinds, groups = dict.fromkeys(row.kind for row in rows), dict.fromkeys(row.group for row in rows)
    return {
        "all": summary(rows),
        "kinds": {kind: summary([row for row in rows if row.kind == kind]) for kind in kinds},
        "groups": {group: summary([row for row in rows if row.group == group]) for group in groups},
        "both": {
            f"{kind}, {group}": summary(some)
            for kind in kinds
            for group in groups
            if (some := [row for row in rows if (row.kind, row.group) == (kind, group)])
        },
    }


def summary(rows: Sequence[Row]) -> Figures:
    """Shares of some rows, 0..1. Recall and false alarms are of answers that are right, as (flagged, of)."""
    danger = [row.flagged for row in rows if row.dangerous and row.right]
    harmless = [row.flagged for row in rows if not row.dangerous and row.right]
    found: Figures = {key: _share([getattr(row, key) for row in rows]) for key, _ in STEPS}
    return found | {
        "n": len(rows),
        "interval_first": interval(sum(row.valid_first for row in rows), len(rows)),
        "hollow": _share([row.hollow for row in rows]),
        "not_checked": _share([row.state == "not checked" for row in rows]),
        "right_first": _share([row.right_first for row in rows]),
        "right": _share([row.right for row in rows]),
        "first_constrained": sum(row.attempts[:1] == ("constrained",) for row in rows),
        "constrained": sum("constrained" in row.attempts[1:] for row in rows),
        "repaired": sum("repaired" in row.attempts for row in rows),
        "recall": (sum(danger), len(danger)),
        "false_alarms": (sum(harmless), len(harmless)),
        "not_run": sum(bool(row.note) for row in rows),
        "seconds": round(sum(row.seconds for row in rows) / max(1, len(rows)), 2),
    }


def tables(report: Figures) -> Iterator[str]:
    """Markdown lines."""
    yield (
        "| | n | valid at first attempt (95 %) | of these under a grammar | with a grammar behind it (asked) "
        "| after repair (asked) | not checked "
        "| only comments | right at first attempt | right | risk recall | false alarms | s |"
    )
    yield "| --- " * 13 + "|"
    groups = {**report["both"], **report["kinds"], **report["groups"], "all": report["all"]}
    for name, row in groups.items():
        low, high = row["interval_first"]
        yield (
            f"| {name} | {row['n']} | {_percent(row['valid_first'])} ({_percent(low)} to {_percent(high)}) "
            f"| {row['first_constrained']} of {row['n']} "
            f"| {_percent(row['valid_constrained'])} ({row['constrained']}) "
            f"| {_percent(row['valid_repaired'])} ({row['repaired']}) | {_percent(row['not_checked'])} "
            f"| {_percent(row['hollow'])} "
            f"| {_percent(row['right_first'])} | {_percent(row['right'])} "
            f"| {_of(row['recall'])} | {_of(row['false_alarms'])} | {row['seconds']:.1f} |"
        )
    if report["all"]["not_run"]:
        yield ""
        yield f"{report['all']['not_run']} shell answers were not run but compared by structure."


def shown(row: Row) -> Iterator[str]:
    """A request with its answers, to look at."""
    yield f"--- {row.kind} {row.id} ({row.group}): {row.request}"
    for how, text in zip(row.attempts, row.texts, strict=True):
        yield f"[{how}]"
        yield text.rstrip()
    yield from (f"! {finding}" for finding in row.findings)
    yield f"= {row.summary}" + (f", {row.note}" if row.note else "")


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Every row as a line of JSON, with its texts: the requests are our own."""
    path.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), encoding="utf-8")


def picture(path: Path, title: str, report: Figures) -> None:
    """Draw by kind what is valid after which step, and what is right."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    # The same figures give the same file.
    mpl.rcParams["svg.hashsalt"] = "scripts"
    groups = {**report["kinds"], **report["groups"], "all": report["all"]}
    drawn = (*STEPS, ("right", "right outcome"))
    colors = ("#c6d4ea", "#86a5d3", "#3465a4", "#4e9a06")
    figure, axes = pyplot.subplots(figsize=(12, 4.4), constrained_layout=True)
    for number, ((key, label), color) in enumerate(zip(drawn, colors, strict=True)):
        values = [100 * (row[key] or 0.0) for row in groups.values()]
        places = [place + (number - 1.5) * 0.21 for place in range(len(groups))]
        bars = axes.bar(places, values, 0.2, color=color, label=label)
        axes.bar_label(bars, fmt="%.0f", fontsize=7, padding=2)
    axes.set_xticks(range(len(groups)), [f"{name}\n{row['n']} tasks" for name, row in groups.items()], fontsize=8)
    axes.axhline(50, color="#999999", linewidth=0.8, linestyle=":")
    axes.set(ylabel="of the tasks, %", ylim=(0, 108), title=title)
    axes.legend(frameon=False, ncols=4, loc="upper right", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
    pyplot.close(figure)


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _of(pair: Sequence[int]) -> str:
    return f"{pair[0]} of {pair[1]}" if pair[1] else "-"
