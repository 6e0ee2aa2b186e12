"""Figures of holes that were asked at: tables, a picture, rows. Pure but for writing files."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.infilling_holes import KINDS
from benchmarks.infilling_score import Row
from completion import gate
from completion.evaluate.score import interval, luck, percentile
from training import reliability
from training.reliability import Bin

Figures = dict[str, Any]
CURVE_BINS = 10


def figures(rows: Mapping[str, Sequence[Row]], replayed: Collection[str] = ()) -> Figures:
    """All figures; `rows` by variant, "" is the product as it is.

    Variants that are `replayed` have looked again at what the engine had said, as "again" did with all of the product;
    others have asked it anew, as "anew" did.
    """
    own = rows[""]
    by_language = {language: summary([row for row in own if row.language == language]) for language in _languages(own)}
    by_kind = {kind: summary([row for row in own if row.kind == kind]) for kind in KINDS}
    said, came = [row.confidence for row in own if row.answered], [row.right for row in own if row.answered]
    found: Figures = {
        "all": summary(own),
        "languages": by_language,
        "kinds": {kind: row for kind, row in by_kind.items() if row["n"]},
        "gate": {
            "threshold": gate.weights().threshold,
            "ece": _rounded(reliability.calibration_error(said, came)),
            "auc": _rounded(reliability.ranking(said, came)),
            "curve": [
                [each.count, _rounded(each.said), _rounded(each.came)]
                for each in reliability.curve(said, came, CURVE_BINS)
            ],
        },
    }
    variants = {name: others for name, others in rows.items() if name not in ("", "again", "anew")}
    if variants:
        found["ablation"] = {
            name: _compared(rows["again" if name in replayed else "anew"], others) for name, others in variants.items()
        }
        found["ablation"]["gate"] = _without_gate(own)
    return found


def summary(rows: Sequence[Row]) -> Figures:
    """Figures of some rows; shares 0..1, None of nothing."""
    shown, answered = [row for row in rows if row.shown], [row for row in rows if row.answered]
    exact, among_shown = _share([row.exact for row in rows]), _share([row.shown_exact for row in shown])
    milliseconds = [row.own_ms + row.engine_ms for row in rows]
    return {
        "n": len(rows),
        "exact": exact,
        "exact_interval": [_rounded(edge) for edge in interval(sum(row.exact for row in rows), len(rows))],
        "similarity": _rounded(sum(row.similarity for row in rows) / len(rows)) if rows else None,
        "answered": _share([row.answered for row in rows]),
        "shown": _share([row.shown for row in rows]),
        "exact_of_shown": among_shown,
        "gain": round(among_shown / exact, 2) if exact and among_shown is not None else None,
        "shown_parsed": sum(row.shown_clean is not None for row in shown),
        "parsed": sum(row.clean is not None for row in rows),
        "raw_parses": _share([row.raw_clean for row in rows if row.raw_clean is not None]),
        "raw_parses_open": _share([row.raw_open for row in rows if row.raw_open is not None]),
        "parses": _share([row.clean for row in answered if row.clean is not None]),
        "parses_open": _share([row.open for row in answered if row.open is not None]),
        "parses_alone": _share([row.clean for row in answered if row.clean is not None and not row.opens]),
        "shown_parses_alone": _share(
            [row.shown_clean for row in shown if row.shown_clean is not None and not row.shown_opens]
        ),
        "shown_alone": sum(row.shown_clean is not None and not row.shown_opens for row in shown),
        "shown_parses": _share([row.shown_clean for row in shown if row.shown_clean is not None]),
        "shown_parses_open": _share([row.shown_open for row in shown if row.shown_open is not None]),
        # Files that parse with the hole in them, too: what is shown unasked there must not break them.
        "stood": sum(row.stood and row.shown_clean is not None for row in shown),
        "stood_parses": _share([row.shown_clean for row in shown if row.stood and row.shown_clean is not None]),
        "repeats": sum(row.repeats for row in rows),
        "repeats_rightly": sum(row.repeats_rightly for row in rows),
        "control": sum(row.control for row in rows),
        "p50_ms": round(percentile(milliseconds, 0.5), 1),
        "p95_ms": round(percentile(milliseconds, 0.95), 1),
    }


def tables(report: Figures) -> Iterator[str]:
    """Markdown lines."""
    yield "| | n | exact, all (95 %) | similarity | answered | shown | exact, shown | gain | ms p50 / p95 |"
    yield "| --- " * 9 + "|"
    groups = {**report["languages"], **report["kinds"], "all": report["all"]}
    for name, row in groups.items():
        low, high = row["exact_interval"]
        yield (
            f"| {name} | {row['n']} | {_percent(row['exact'])} ({_percent(low)} to {_percent(high)}) "
            f"| {_percent(row['similarity'])} | {_percent(row['answered'])} | {_percent(row['shown'])} "
            f"| {_percent(row['exact_of_shown'])} | {row['gain'] or '-'} | {row['p50_ms']:.0f} / {row['p95_ms']:.0f} |"
        )
    yield ""
    yield (
        "| files that parsed: no error / none where the text opens nothing / none but what may go on | n | as it came "
        "| answered | shown unasked "
        "| shown, file parsed as it stood | repeats next line (rightly) | control tokens |"
    )
    yield "| --- " * 8 + "|"
    for name, row in groups.items():
        came = f"{_percent(row['raw_parses'])} / - / {_percent(row['raw_parses_open'])}"
        cells = " | ".join(
            " / ".join(_percent(row[f"{which}{how}"]) for how in ("parses", "parses_alone", "parses_open"))
            for which in ("", "shown_")
        )
        repeats = f"{row['repeats']} ({row['repeats_rightly']})"
        stood = f"{_percent(row['stood_parses'])} of {row['stood']}"
        yield f"| {name} | {row['parsed']} | {came} | {cells} | {stood} | {repeats} | {row['control']} |"
    yield ""
    yield from _gate_lines(report)
    if "ablation" in report:
        yield ""
        yield from _ablation_lines(report)


def write_rows(path: Path, rows: Mapping[str, Sequence[Row]]) -> None:
    """Every row as a line of JSON. Holds no document text."""
    lines = [json.dumps({"variant": name} | asdict(row)) for name, some in rows.items() for row in some]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def picture(path: Path, title: str, report: Figures) -> None:
    """Draw exact match by language without and with the gate, and the reliability curve."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    # The same figures give the same file.
    mpl.rcParams["svg.hashsalt"] = "infilling"
    figure, (bars, curve) = pyplot.subplots(
        1, 2, figsize=(12, 4.4), constrained_layout=True, gridspec_kw={"width_ratios": (1.6, 1)}
    )
    groups = {**report["languages"], "all": report["all"]}
    for number, (key, label) in enumerate((("exact", "all holes, no gate"), ("exact_of_shown", "shown unasked"))):
        values = [100 * (row[key] or 0.0) for row in groups.values()]
        places = [place + (number - 0.5) * 0.38 for place in range(len(groups))]
        drawn = bars.bar(places, values, 0.36, color=("#9db8da", "#3465a4")[number], label=label)
        bars.bar_label(drawn, fmt="%.0f", fontsize=8, padding=2)
    names = [f"{name}\n{100 * (row['shown'] or 0):.0f} %" for name, row in groups.items()]
    bars.set_xticks(range(len(groups)), names, fontsize=8)
    bars.set(ylabel="exactly right, %", xlabel="share that is shown unasked", title="Exact match by language")
    bars.legend(frameon=False)
    said = f"Reliability: error {report['gate']['ece']:.3f}, AUC {report['gate']['auc']:.2f}"
    reliability.draw(curve, [Bin(*row) for row in report["gate"]["curve"]], report["gate"]["threshold"], said)
    bars.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=11)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
    pyplot.close(figure)


def _gate_lines(report: Figures) -> Iterator[str]:
    found = report["gate"]
    yield (
        f"Gate: threshold {found['threshold']}, expected calibration error {found['ece']:.3f}, AUC {found['auc']:.3f}. "
        "Confidence said / first line right:"
    )
    yield "; ".join(f"{said:.3f} / {came:.3f}" for _, said, came in found["curve"])


def _ablation_lines(report: Figures) -> Iterator[str]:
    yield (
        "| without | exact, points (p) | answered | parses / may go on | repeats | control | own ms | engine ms "
        "| prepared ms | raw answers changed |"
    )
    yield "| --- " * 10 + "|"
    whole = report["all"]
    yield (
        f"| *(nothing)* | {_percent(whole['exact'])} | {_percent(whole['answered'])} "
        f"| {_percent(whole['parses'])} / {_percent(whole['parses_open'])} | {whole['repeats']} | {whole['control']} "
        "| | | | |"
    )
    for name, row in report["ablation"].items():
        if name == "gate":
            yield (
                f"| gate | exact among the shown {_percent(row['exact_of_shown'])} instead of "
                f"{_percent(whole['exact_of_shown'])} | shown {_percent(row['shown'])} instead of "
                f"{_percent(whole['shown'])} | | | | | | | |"
            )
            continue
        yield (
            f"| {name} | {100 * row['exact']:+.2f} ({row['luck']:.2g}) | {100 * row['answered']:+.1f} "
            f"| {100 * row['parses']:+.1f} / {100 * row['parses_open']:+.1f} | {row['repeats']:+d} "
            f"| {row['control']:+d} | {row['own_ms']:+.2f} | {row['engine_ms']:+.1f} | {row['prepared_ms']:+.1f} "
            f"| {row['changed']} |"
        )


def _compared(own: Sequence[Row], others: Sequence[Row]) -> Figures:
    """What a variant changes: differences of shares, counts and mean milliseconds; `luck` is the p of a sign test."""
    before, after = summary(own), summary(others)
    found: Figures = {
        key: _rounded((after[key] or 0.0) - (before[key] or 0.0))
        for key in ("exact", "answered", "parses", "parses_open")
    }
    found |= {key: after[key] - before[key] for key in ("repeats", "control")}
    for key in ("own_ms", "engine_ms", "prepared_ms"):
        found[key] = round(_mean([getattr(row, key) for row in others]) - _mean([getattr(row, key) for row in own]), 3)
    found["changed"] = sum(one.raw != other.raw for one, other in zip(own, others, strict=True))
    found["luck"] = luck([row.exact for row in own], [row.exact for row in others])
    return found


def _without_gate(rows: Sequence[Row]) -> Figures:
    answered = [row for row in rows if row.answered]
    return {"shown": _share([row.answered for row in rows]), "exact_of_shown": _share([row.exact for row in answered])}


def _languages(rows: Sequence[Row]) -> list[str]:
    return sorted({row.language for row in rows})


def _share(hits: Sequence[bool | None]) -> float | None:
    return _rounded(sum(bool(hit) for hit in hits) / len(hits)) if hits else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def _rounded(value: float) -> float:
    return round(value, 4)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
