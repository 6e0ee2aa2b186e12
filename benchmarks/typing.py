"""Replays typing traces through our whole server, and through the request policies of other clients, in one run.

    python -m benchmarks.typing [--quick] [--model embedded|FILE.gguf] [--policies ours,llama.vscode,naive]
                                [--seed N] [--picture FILE.svg]

Real functions of real files in several languages are typed again key by key, in natural rhythm and at full speed,
on the same engine build, model and threads for every policy:

    ours            the whole server over LSP, on the engine host of the product
    llama.vscode    its requests, waiting and cache (benchmarks/typing_http.py), on the library's own HTTP server
    naive           300 ms debounce, the whole window as a text prompt, aborted by hanging up; the same server

With a FILE.gguf the weights count as noise: the engine computes all that it is asked for, and an oracle that knows
40 % of the lines says the text, the same one to every policy. The embedded model speaks for itself. Figures are good
on an idle machine only; the load is printed. With --quick it ends within 10 minutes, else it takes about 25
minutes. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import typing_play, typing_report
from benchmarks.typing_http import RING_LINES, HttpPolicy
from benchmarks.typing_lsp import Ours
from benchmarks.typing_oracle import Oracle, Source
from benchmarks.typing_policies import Policy
from benchmarks.typing_server import Setup
from benchmarks.typing_traces import PAUSE_MS, Trace, material
from completion.engine.llama import default_threads
from completion.errors import CopilotError
from completion.models import catalog, files, gguf
from completion.models.spec import ModelSpec

POLICIES = ("ours", "llama.vscode", "naive")
CONTEXT_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is played: keys of a trace in natural rhythm, and for how long the rest, for one policy."""

    natural: int
    keys: int
    fast: int
    fast_seconds: float
    turn_seconds: float

    def within(self, seconds: float) -> Plan:
        """The same with less time for full speed and for two windows, where only so much is left for them."""
        part = max(0.25, min(1.0, seconds / (self.fast_seconds + self.turn_seconds)))
        # The first key of each further function costs the most of all.
        fast = self.fast if part > 0.7 else 1
        return replace(self, fast=fast, fast_seconds=self.fast_seconds * part, turn_seconds=self.turn_seconds * part)


QUICK = Plan(natural=2, keys=72, fast=2, fast_seconds=36, turn_seconds=24)
QUICK_SECONDS = 560.0
WHOLE = Plan(natural=12, keys=80, fast=8, fast_seconds=120, turn_seconds=80)


def main() -> None:
    """Run the policies one after the other and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="end within 10 minutes")
    parser.add_argument("--model", default="embedded", help="embedded, or a GGUF file whose weights count as noise")
    parser.add_argument("--name", default="", help="the file's model in the catalogue; found by its shape")
    parser.add_argument("--policies", default=",".join(POLICIES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="engine threads of every policy; 0: as our server")
    parser.add_argument("--natural", type=int, help="how many functions in natural rhythm")
    parser.add_argument("--natural-keys", type=int, help="at most so many keys of each of them")
    parser.add_argument("--fast", type=int, help="how many functions at full speed")
    parser.add_argument("--fast-seconds", type=float, help="how long at full speed, for one policy")
    parser.add_argument("--turn-seconds", type=float, help="how long in two windows, for one policy")
    parser.add_argument("--picture", type=Path, help="write an SVG or PNG")
    parser.add_argument("--keys", type=Path, help="write every key as a line of JSON")
    arguments = parser.parse_args()
    names = [name.strip() for name in arguments.policies.split(",")]
    unknown = [name for name in names if name not in POLICIES]
    if unknown:
        parser.error(f"--policies: {unknown[0]} is none of {', '.join(POLICIES)}")
    plan = QUICK if arguments.quick else WHOLE
    given = {
        "natural": arguments.natural,
        "keys": arguments.natural_keys,
        "fast": arguments.fast,
        "fast_seconds": arguments.fast_seconds,
        "turn_seconds": arguments.turn_seconds,
    }
    plan = replace(plan, **{key: value for key, value in given.items() if value is not None})
    spec, path = model_of(arguments.model, arguments.name)
    traces = material(arguments.seed, plan.natural + plan.fast + 4)
    oracle = None if arguments.model == "embedded" else Oracle([_source(trace) for trace in traces], arguments.seed)
    threads = arguments.threads or default_threads()
    loads, found = [os.getloadavg()[0]], dict[str, typing_report.Figures]()
    begun = time.monotonic()
    for number, name in enumerate(names):
        spent = time.monotonic() - begun
        share = (QUICK_SECONDS - spent) / (len(names) - number) if arguments.quick else float("inf")
        with tempfile.TemporaryDirectory(prefix="lspt") as folder:
            policy = _policy(name, spec, path, threads, oracle, traces, Path(folder))
            try:
                played = _play(policy, plan, traces, share)
            finally:
                policy.close()
        found[name] = typing_report.figures(played)
        if arguments.keys is not None:
            typing_report.write_keys(arguments.keys, name, played)
        loads.append(os.getloadavg()[0])
    model = spec.name if oracle is None else path.stem
    title = f"{model}, {threads} thread(s), load {loads[0]:.1f} to {max(loads):.1f}"
    print(f"{title}\n{typing_report.table(found)}")
    if arguments.picture is not None:
        typing_report.picture(arguments.picture, title, found)
    report = {
        "policies": found,
        "model": model,
        "load": round(sum(loads) / len(loads), 1),
        "load_max": round(max(loads), 1),
        "threads": threads,
        "seed": arguments.seed,
        "files": sorted({trace.name for trace in traces}),
    }
    print(json.dumps(report))


def model_of(given: str, name: str) -> tuple[ModelSpec, Path]:
    """The catalogue's model and its file. Ends the program with a sentence where that cannot be told."""
    known = catalog.builtin()
    if given == "embedded":
        spec = known.find("embedded")
        return spec, files.locate(spec, "")
    path = Path(given).expanduser().absolute()
    header = gguf.read_header(path)
    if name:
        return known.find(name), path
    shape = (header.architecture, header.layers, header.hidden)
    for spec in known.models.values():
        if spec.fim is not None and (spec.architecture, spec.layers, spec.hidden) == shape:
            return spec, path
    raise SystemExit(f"{path} has the shape of no model in the catalogue; say which one with --name.")


def _play(policy: Policy, plan: Plan, traces: Sequence[Trace], seconds: float) -> typing_report.Played:
    begun = time.monotonic()
    slow = [trace.cut(plan.keys) for trace in traces[: plan.natural]]
    pauses = sum(gap >= PAUSE_MS for trace in slow for gap in trace.gaps[1:])
    _say(f"{policy.name}: natural rhythm, {len(slow)} functions, {pauses} pauses")
    natural = typing_play.natural(policy, slow)
    if not policy.generations():
        raise SystemExit(f"{policy.name}: the engine has generated nothing, so there is nothing to measure.")
    plan = plan.within(seconds - (time.monotonic() - begun))
    fast = traces[len(slow) : len(slow) + plan.fast]
    _say(f"{policy.name}: full speed, {plan.fast_seconds:.0f} s")
    rapid = typing_play.full_speed(policy, fast, plan.fast_seconds)
    alone = turn = typing_play.Section(())
    if plan.turn_seconds:
        _say(f"{policy.name}: two windows in turn, {plan.turn_seconds:.0f} s")
        alone, turn = typing_play.in_turn(policy, traces[-4:-2], traces[-2:], plan.turn_seconds)
    return typing_report.Played(natural, rapid, alone, turn)


def _policy(
    name: str,
    spec: ModelSpec,
    path: Path,
    threads: int,
    oracle: Oracle | None,
    traces: Sequence[Trace],
    folder: Path,
) -> Policy:
    template = spec.template
    if name != "ours":
        controls = (template.prefix, template.suffix, template.middle or "")
        context = min(CONTEXT_TOKENS, spec.context_limit)
        return HttpPolicy(name, Setup(path, threads, context, controls, oracle, _chunks(traces)))
    settings: dict[str, object] = {"model": spec.name, "model_path": path, "threads": threads}
    if oracle is None:
        return Ours(folder, settings, None)
    written = folder / "oracle"
    roles = {"prefix": template.prefix, "suffix": template.suffix}
    oracle.write(written, roles | ({"middle": template.middle} if template.middle is not None else {}))
    return Ours(folder, settings, written)


def _source(trace: Trace) -> Source:
    begin = len(trace.prefix)
    return Source(trace.name, trace.prefix + trace.typed + trace.suffix, begin, begin + len(trace.typed))


def _chunks(traces: Sequence[Trace]) -> list[tuple[str, str]]:
    """What a client that collects context would have seen of other files: a piece of each of the last ones."""
    found = dict[str, str]()
    for trace in reversed(traces):
        lines = trace.prefix.splitlines(keepends=True)
        found[trace.name.partition(":")[0]] = "".join(lines[len(lines) // 3 :][:RING_LINES])
    return list(found.items())


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except CopilotError as error:
        sys.exit(str(error))
