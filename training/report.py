"""Tables and pictures of an evaluation.

    python -m training.report FOLDER [--log RUN/log.jsonl] [--pictures docs/images]

Reads `evaluation.json` and `ablation.json` of FOLDER, whichever is there, and prints Markdown. With `--pictures`
also draws the loss of the run (`--log`) and the exact match by language as PNG. Computes nothing new.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.scores import margin, sign_test

COLOURS = {"model": "#8a8f98", "copy": "#c9a227", "mixed": "#2f6f8f"}
LONGEST_CELL = 60
SPLITS = ("train", "wording", "intent")


def evaluation_tables(report: Mapping[str, Any]) -> Iterator[str]:
    """Lines, cursors, blocks and samples as Markdown lines."""
    languages: Mapping[str, Any] = report["languages"]
    yield f"`{report['model']}` (SHA-256 `{report['sha256'][:16]}…`), {report['date']}, seed {report['seed']}."
    yield ""
    yield "| line ends | n | bits per byte | exact: model | copy, raw | mixed | ± | right: only mixed / only copy |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for name, row in languages.items():
        line, better = row["lines"], row["lines"]["better"]
        chance = sign_test(better)
        yield (
            f"| {name} | {line['n']} | {row.get('bits_per_byte', '-')} | {line['model']['exact']} % "
            f"| {line['unchecked_copy']['exact']} % | {line['mixed']['exact']} % "
            f"| {margin(line['mixed']['exact'], line['n']):.1f} "
            f"| {better['mixed']} / {better['copy']} (p {chance:.2g}) |"
        )
    yield ""
    yield "| line ends | similarity: model / copy / mixed | shown: model / copy / mixed | ends by itself | parses |"
    yield "| --- | --- | --- | --- | --- |"
    for name, row in languages.items():
        yield _second_row(name, row["lines"])
    yield ""
    yield "| exact, each as shown: model / copy / mixed | line start | separator | inside a word |"
    yield "| --- | --- | --- | --- |"
    for name, row in languages.items():
        cells = " | ".join(_three(kind, "exact") for kind in row["kinds"].values())
        yield f"| {name} | {cells} |"
    yield ""
    yield "| blocks of 2 to 8 lines | n | exact, as shown: model / copy / mixed | similarity | ends there | parses |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, row in languages.items():
        block = row["blocks"]
        if block["n"]:
            raw = block["raw"]
            yield (
                f"| {name} | {block['n']} | {_three(block, 'exact')} | {_three(block, 'similarity')} "
                f"| {raw['ends']} % | {raw['parses']} % |"
            )
    yield ""
    yield from script_table(report.get("scripts", {}))
    yield "| file | before the cursor | wanted | the model wrote | shown |"
    yield "| --- | --- | --- | --- | --- |"
    for sample in report["samples"]:
        name = sample["path"].rsplit("/", 1)[-1]
        texts = (sample["before"].lstrip()[-LONGEST_CELL:], sample["wanted"], sample["raw"], sample["mixed"])
        yield f"| `{name}` | " + " | ".join(_code(text) for text in texts) + " |"


def script_table(scripts: Mapping[str, Any]) -> Iterator[str]:
    """Scripts on request as Markdown lines."""
    if not scripts:
        return
    yield "| scripts, %: valid / equal / all names there | n | trained intents | new wordings | new intents |"
    yield "| --- | --- | --- | --- | --- |"
    for domain, splits in scripts.items():
        if isinstance(splits, str):
            yield f"| {domain} | - | {splits} | | |"
            continue
        cells = (f"{row['valid']} / {row['equal']} / {row['slots']}" for row in map(splits.get, SPLITS) if row)
        yield f"| {domain} | {splits[SPLITS[0]]['n']} each | " + " | ".join(cells) + " |"
    yield ""


def ablation_tables(report: Mapping[str, Any]) -> Iterator[str]:
    """Exact match and similarity of every variant as Markdown lines."""
    for language, row in report["languages"].items():
        yield f"{language}, n = {row['n']}, the model's raw answer; exact match % (similarity %):"
        yield ""
        yield "| layout | healed, header | plain, header | healed, no header | plain, no header |"
        yield "| --- | --- | --- | --- | --- |"
        table = {(found["layout"], found["healed"], found["header"]): found for found in row["variants"]}
        for layout in dict.fromkeys(found["layout"] for found in row["variants"]):
            cells = [table[layout, healed, header] for header in (True, False) for healed in (True, False)]
            yield f"| {layout} | " + " | ".join(f"{cell['exact']} ({cell['similarity']})" for cell in cells) + " |"
        yield ""
        yield "| healed, header; exact by cursor | line start | separator | inside a word |"
        yield "| --- | --- | --- | --- |"
        for (layout, healed, header), found in table.items():
            if header:
                cells = [f"{value} %" for value in found["by_kind"].values()]
                yield f"| {layout}, {'healed' if healed else 'plain'} | " + " | ".join(cells) + " |"
        yield ""


def draw(folder: Path, report: Mapping[str, Any] | None, log: Path | None) -> list[Path]:
    """The pictures, as PNG files in `folder`."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    drawn = []
    folder.mkdir(parents=True, exist_ok=True)
    if log is not None:
        records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        steps = [record for record in records if "loss" in record]
        figure, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
        tokens = [record["tokens"] / 1e6 for record in steps]
        axes.plot(tokens, [record["loss"] for record in steps], ".", color="#c8ccd2", markersize=3, label="one step")
        axes.plot(tokens, [record["mean"] for record in steps], color=COLOURS["mixed"], label="running mean")
        axes.set(xlabel="million tokens", ylabel="loss, nats a token (training mixture)", title="Training")
        axes.grid(alpha=0.3)
        axes.legend()
        drawn.append(_saved(figure, folder / "training-loss.png"))
    if report is not None:
        names = list(report["languages"])
        figure, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
        for place, (by, colour) in enumerate(COLOURS.items()):
            key = "unchecked_copy" if by == "copy" else by
            rates = [report["languages"][name]["lines"][key]["exact"] for name in names]
            spots = [index + (place - 1) * 0.27 for index in range(len(names))]
            bars = axes.bar(spots, rates, 0.25, color=colour, label=by)
            axes.bar_label(bars, fmt="%.1f", fontsize=7)
        axes.set_xticks(range(len(names)), names)
        axes.set(ylabel="exact match of line ends, %", title="Packages never trained on, through the product")
        axes.legend()
        drawn.append(_saved(figure, folder / "exact-match.png"))
    return drawn


def _saved(figure: Any, path: Path) -> Path:
    # Without the library's version and the time, the same figures give the same file.
    figure.savefig(path, dpi=130, metadata={"Software": None})
    return path


def _second_row(name: str, row: Mapping[str, Any]) -> str:
    raw = row["raw"]
    return f"| {name} | {_three(row, 'similarity')} | {_three(row, 'answered')} | {raw['ends']} % | {raw['parses']} % |"


def _three(row: Mapping[str, Any], key: str) -> str:
    return " / ".join(str(row[by][key]) for by in COLOURS) if row["n"] else "-"


def _code(text: str) -> str:
    if not text.strip():
        return "*(nothing)*"
    shown = text.strip().replace("\n", "⏎").replace("|", "\\|").replace("`", "´")
    return f"`{shown[:LONGEST_CELL]}{'…' if len(shown) > LONGEST_CELL else ''}`"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(prog="training.report", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="what training.evaluate wrote")
    parser.add_argument("--log", type=Path, help="log.jsonl of the run, for the picture of the loss")
    parser.add_argument("--pictures", type=Path, help="folder for PNG files")
    given = parser.parse_args(arguments)
    reports = {}
    try:
        for name in ("evaluation", "ablation"):
            path = given.folder / f"{name}.json"
            if path.exists():
                reports[name] = json.loads(path.read_text(encoding="utf-8"))
        if not reports:
            raise FileNotFoundError(f"{given.folder}: neither evaluation.json nor ablation.json")
        lines: list[str] = []
        if "evaluation" in reports:
            lines += evaluation_tables(reports["evaluation"])
        if "ablation" in reports:
            lines += ["", *ablation_tables(reports["ablation"])]
        print("\n".join(lines))
        if given.pictures is not None:
            for path in draw(given.pictures, reports.get("evaluation"), given.log):
                print(f"wrote {path}", file=sys.stderr)
    except KeyError as error:
        print(f"training.report: {given.folder}: {error} is missing; was it written by this version?", file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        print(f"training.report: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
