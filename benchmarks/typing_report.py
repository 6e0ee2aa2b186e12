"""Figures of what was played: a table, one JSON object, a picture. Pure but for writing the picture."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.typing_play import Key, Section
from benchmarks.typing_traces import PAUSE_MS

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    """All sections of one policy."""

    natural: Section
    full_speed: Section
    alone: Section
    in_turn: Section


ROWS: Sequence[tuple[str, str]] = (
    ("ttft_p50_ms", "first token p50, ms"),
    ("ttft_p95_ms", "first token p95, ms"),
    ("ttft_less_queue_p50_ms", "less its own queue, p50"),
    ("line_p50_ms", "line p50, ms"),
    ("line_p95_ms", "line p95, ms"),
    ("line16_p50_ms", "line of 16 tokens p50, ms"),
    ("decode16_p50_ms", "16 tokens written, p50"),
    ("prompt_tokens_mean", "prompt tokens a key, mean"),
    ("prompt_tokens_p95", "prompt tokens a key, p95"),
    ("foreground_tokens_mean", "less those in preparation"),
    ("foreground_tokens_p95", "less those, p95"),
    ("pauses_answered", "pauses answered"),
    ("pauses_shown", "pauses with a suggestion"),
    ("shown_before_next_key", "keys with a suggestion"),
    ("cpu_ms_per_key", "engine CPU a key, ms"),
    ("client_cpu_ms_per_key", "own CPU a key, ms"),
    ("cold_p50_ms", "first in a new file p50, ms"),
    ("cold_max_ms", "first in a new file max, ms"),
    ("matched_p99_ms", "matching key p99, ms"),
    ("two_windows_first", "two windows, first token"),
    ("two_windows_latency", "two windows, line"),
    ("two_windows_tokens", "two windows, tokens more"),
)


def figures(played: Played) -> Figures:
    """All figures of one policy. Latencies and tokens are those of full speed, where every key is answered.

    Pauses, processor time and what was shown in time are those of natural rhythm; its own latencies, of the keys
    that were answered in time, stand under `natural`.
    """
    natural, fast = played.natural, played.full_speed
    keys = natural.plain
    pauses = [key for key in keys if key.gap_ms >= PAUSE_MS]
    cold = [key.latency_ms for key in natural.keys if key.apart and key.answer is not None]
    matched = [key.latency_ms for key in (*keys, *fast.plain) if key.matched and key.answer is not None]
    return {
        **_latencies(fast),
        "pauses_answered": _share([key.answer is not None for key in pauses]),
        "cpu_ms_per_key": _rounded(natural.engine_ms / len(keys)) if keys else None,
        "pauses_shown": _share([_is_shown(key) for key in pauses]),
        "pause_p50_ms": _quantile([key.latency_ms for key in pauses], 0.5),
        "shown_before_next_key": _share([_is_shown(key) for key in keys]),
        "client_cpu_ms_per_key": _rounded(natural.client_ms / len(keys)) if keys else None,
        "cold_p50_ms": _quantile(cold, 0.5),
        "cold_max_ms": _quantile(cold, 1.0),
        "matched_p50_ms": _quantile(matched, 0.5),
        "matched_p99_ms": _quantile(matched, 0.99),
        **_two_windows(played),
        "natural": _latencies(natural),
        "counts": {
            "keys_natural": len(keys),
            "pauses": len(pauses),
            "files": len(cold),
            "keys_full_speed": len(fast.plain),
            "first_tokens": len(_firsts(fast)),
            "matched": len(matched),
            "keys_in_turn": len(played.in_turn.plain),
        },
    }


def table(policies: Mapping[str, Figures]) -> str:
    """A line a figure, a column a policy."""
    lines = [f"{'':<30}" + "".join(f"{name:>14}" for name in policies)]
    for key, title in ROWS:
        lines.append(f"{title:<30}" + "".join(f"{_shown(key, found[key]):>14}" for found in policies.values()))
    counts = [f"{name} {count}" for found in policies.values() for name, count in found["counts"].items()]
    each = len(counts) // max(1, len(policies))
    for number, name in enumerate(policies):
        lines.append(f"{name}: " + ", ".join(counts[number * each : (number + 1) * each]))
    return "\n".join(lines)


def write_keys(path: Path, policy: str, played: Played) -> None:
    """Append every key as a line of JSON, for a closer look. Holds no document text."""
    with path.open("a", encoding="utf-8") as file:
        for name in ("natural", "full_speed", "alone", "in_turn"):
            section: Section = getattr(played, name)
            begun = section.keys[0].at if section.keys else 0.0
            for key in section.keys:
                answer = key.answer
                row = {
                    "policy": policy,
                    "section": name,
                    "trace": key.trace,
                    "index": key.index,
                    "at_ms": _rounded((key.at - begun) * 1000),
                    "gap_ms": key.gap_ms,
                    "latency_ms": _rounded(key.latency_ms) if answer else None,
                    "first_ms": _rounded(answer.first_ms) if answer else None,
                    "generated": answer.generated if answer else None,
                    "mode": answer.mode if answer else None,
                    "characters": len(answer.text) if answer else None,
                    "matched": key.matched,
                    "apart": key.apart,
                    "tokens": key.tokens,
                    "background": key.background,
                    "line16_ms": _rounded(key.line16_ms),
                    "asked": key.asked,
                }
                file.write(json.dumps(row) + "\n")


def picture(path: Path, title: str, policies: Mapping[str, Figures]) -> None:
    """Draw the figures that matter most."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    panels = (
        ("First token, ms (p50, p95)", ("ttft_p50_ms", "ttft_p95_ms"), True),
        ("A line of 16 tokens, ms (p50)", ("line16_p50_ms",), True),
        ("Prompt tokens a key (mean)", ("prompt_tokens_mean",), True),
        ("Pauses answered before they end", ("pauses_answered",), False),
        ("Engine CPU a key, ms", ("cpu_ms_per_key",), False),
        ("First suggestion in a new file, ms", ("cold_p50_ms",), True),
    )
    figure, axes = pyplot.subplots(2, 3, figsize=(12, 5.2), constrained_layout=True)
    names = list(policies)
    for axis, (heading, keys, logarithmic) in zip(axes.flat, panels, strict=True):
        height = 0.8 / len(keys)
        for number, key in enumerate(keys):
            values = [float(policies[name][key] or 0.0) for name in names]
            places = [place + number * height for place in range(len(names))]
            bars = axis.barh(places, values, height, color=("#3465a4", "#9db8da")[number])
            axis.bar_label(bars, [_shown(key, policies[name][key]) for name in names], padding=3, fontsize=8)
        axis.set_yticks([place + 0.4 - height / 2 for place in range(len(names))], names)
        axis.invert_yaxis()
        if logarithmic and any(policies[name][keys[0]] for name in names):
            axis.set_xscale("log")
            axis.set_xlim(left=0.1)
        axis.margins(x=0.25)
        axis.set_title(heading, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=11)
    figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def _latencies(section: Section) -> Figures:
    firsts, lines, tokens = _firsts(section), _lines(section), [key.tokens for key in section.plain]
    waited = [key.tokens - key.background for key in section.plain]
    return {
        "ttft_p50_ms": _quantile(firsts, 0.5),
        "ttft_p95_ms": _quantile(firsts, 0.95),
        "ttft_less_queue_p50_ms": _quantile(_firsts(section, less_queue=True), 0.5),
        "line_p50_ms": _quantile(lines, 0.5),
        "line_p95_ms": _quantile(lines, 0.95),
        "line16_p50_ms": _quantile([key.line16_ms for key in section.plain if key.line16_ms], 0.5),
        "decode16_p50_ms": _quantile([key.decode16_ms for key in section.plain if key.decode16_ms], 0.5),
        **{
            f"{mode}_mode_p50_ms": _quantile(some, 0.5) for mode in ("line", "block") if (some := _lines(section, mode))
        },
        "prompt_tokens_mean": _rounded(statistics.fmean(tokens)) if tokens else None,
        "prompt_tokens_p50": _quantile(tokens, 0.5),
        "prompt_tokens_p95": _quantile(tokens, 0.95),
        "foreground_tokens_mean": _rounded(statistics.fmean(waited)) if waited else None,
        "foreground_tokens_p95": _quantile(waited, 0.95),
    }


def _firsts(section: Section, *, less_queue: bool = False) -> list[float]:
    """Milliseconds to first tokens, or only those in which the engine was at it: a client may queue behind itself."""
    answers = [key.answer for key in section.plain if key.answer and key.answer.first_ms]
    return [answer.first_ms - (answer.begun_ms if less_queue else 0.0) for answer in answers]


def _lines(section: Section, mode: str = "") -> list[float]:
    """Of the keys whose suggestion the engine had to make: the others say nothing of how long a line takes."""
    answered = [key for key in section.plain if key.answer and key.answer.generated and key.answer.text]
    return [key.latency_ms for key in answered if key.answer and (not mode or key.answer.mode == mode)]


def _two_windows(played: Played) -> Figures:
    """Medians in turn by those alone, and how many prompt tokens a key more were evaluated."""
    alone, turn = played.alone, played.in_turn
    tokens = [[key.tokens for key in section.plain] for section in (turn, alone)]
    return {
        "two_windows_first": _ratio(_quantile(_firsts(turn), 0.5), _quantile(_firsts(alone), 0.5)),
        "two_windows_latency": _ratio(_quantile(_lines(turn), 0.5), _quantile(_lines(alone), 0.5)),
        "two_windows_tokens": _rounded(statistics.fmean(tokens[0]) - statistics.fmean(tokens[1]))
        if all(tokens)
        else None,
    }


def _ratio(value: float | None, by: float | None) -> float | None:
    return round(value / by, 2) if value is not None and by else None


def _is_shown(key: Key) -> bool:
    return key.answer is not None and key.answer.text != ""


def _share(found: Sequence[bool]) -> float | None:
    return round(sum(found) / len(found), 3) if found else None


def _quantile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank; None where there is none, or where it is a key that was never answered."""
    if not values:
        return None
    value = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
    return _rounded(value) if math.isfinite(value) else None


def _rounded(value: float) -> float:
    return round(value, 1)


def _shown(key: str, value: float | None) -> str:
    if value is None:
        return "never" if key == "pause_p50_ms" else "-"
    if key in ("pauses_answered", "pauses_shown", "shown_before_next_key"):
        return f"{100 * value:.0f} %"
    return f"{value:.2f}" if key in ("two_windows_first", "two_windows_latency") else f"{value:.1f}"
