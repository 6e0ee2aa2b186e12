"""What a training run is told: one frozen plan, and the command line that makes it. Knows no torch."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from training.data import Mixture
from training.vocabulary import SHIPPED

Keep = Literal["checkpoint", "parts", "nothing"]
"""Beside the small state: a full checkpoint, or the state in parts to carry away (and the log on standard output)."""

NEW_CONTEXT = 768


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a run.

    `minutes` is wall-clock time for the whole run, earlier parts included where it is resumed;
    `steps` replaces the clock. `stop_after` ends this call after so many steps. `context` is in tokens;
    0 is the model's own, and `NEW_CONTEXT` for a new one. With a `long_context` the last `long_share` of the
    run has longer and so fewer rows. `late_pairs` is the share of generated pairs while the rate falls.
    The `rows` of a step are worked through in `accumulate` parts.
    """

    corpus: Path
    out: Path
    model: str = "256,6,4,2,768"
    context: int = 0
    rows: int = 8
    minutes: float = 60.0
    steps: int = 0
    stop_after: int = 0
    device: str = "auto"
    compile: bool = False
    workers: int = 0
    accumulate: int = 1
    ranks: int = 1
    threads: int = 1
    seed: int = 1
    mixture: Mixture = field(default_factory=Mixture)
    late_pairs: float | None = None
    long_context: int = 0
    long_share: float = 0.2
    muon_rate: float = 0.02
    adam_rate: float = 0.003
    decay: float = 0.3
    warmup: int = 30
    resume: bool = False
    decay_only: bool = False
    from_checkpoint: Path | None = None
    from_state: Path | None = None
    precision: str = "measure"
    vocabulary: Path = SHIPPED
    save_seconds: float = 240.0
    keep: Keep = "checkpoint"


def read_arguments(description: str, arguments: Sequence[str] | None = None) -> Plan:
    """A plan from a command line; exits with a message where it makes no sense."""
    command = parser("training.train", description)
    return plan_of(command, vars(command.parse_args(arguments)))


def parser(program: str, description: str) -> argparse.ArgumentParser:
    """The arguments that make a plan; what is not given is left out."""
    command = argparse.ArgumentParser(
        prog=program, description=description, argument_default=argparse.SUPPRESS, allow_abbrev=False
    )
    add = command.add_argument
    add("--from", dest="corpus", type=Path, required=True, help="folder of corpus shards")
    add("--out", type=Path, required=True, help="folder for checkpoint, state and log")
    add("--model", help="HIDDEN,LAYERS,HEADS,KV_HEADS,FEED_FORWARD of a new model")
    add("--context", type=int, help="tokens in a row; by default the model's own")
    add("--rows", type=int, help="rows a step, on each rank")
    add("--minutes", type=float, help="wall-clock length of the run, with --resume earlier parts included")
    add("--steps", type=int, help="length in steps instead of minutes")
    add("--stop-after", type=int, help="end this call after so many steps, wherever the schedule stands")
    add("--device", choices=("auto", "cpu", "cuda"), help="auto: a card where there is one")
    add("--compile", action="store_true", help="compile the layers; without, or where it fails, they run as they are")
    add("--workers", type=int, help="processes that make the rows; 0: the trainer itself")
    add("--accumulate", type=int, help="parts in which a step's rows are worked through")
    add("--ranks", type=int, help="single-threaded processes that share each step, on a processor")
    add("--threads", type=int, help="threads of a run of one process")
    add("--seed", type=int, help="decides the first weights and the order of the data")
    add("--infilling", type=float, help="share of infilling examples")
    add("--contiguous", type=float, help="share of the contiguous layout among these")
    add("--anchored", type=float, help="share of the anchored layout among these")
    add("--pairs", type=float, help="share of generated request and script pairs, where the corpus has any")
    add("--late-pairs", type=float, help="their share while the learning rate falls")
    add("--long-context", type=int, help="tokens in a row in the last part of the run; 0: as before")
    add("--long-share", type=float, help="that last part, 0..1")
    add("--muon-rate", type=float, help="peak learning rate of the hidden matrices")
    add("--adam-rate", type=float, help="peak learning rate of embedding and norms")
    add("--decay", type=float, help="last part of the run in which the learning rate falls, 0..1")
    add("--warmup", type=int, help="steps of rising learning rate; none after a full checkpoint")
    add("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    add("--decay-only", action="store_true", help="only let the learning rate fall, from where it stands")
    add("--from-checkpoint", type=Path, help="start from this checkpoint")
    add("--from-state", "--resume-state", type=Path, help="start from this small state, a file or a folder of parts")
    add("--precision", choices=("measure", "float32", "bfloat16"), help="of the arithmetic; measured by default")
    add("--vocabulary", type=Path, help="a SentencePiece model with the same control tokens")
    add("--save-seconds", type=float, help="time between two saves")
    return command


def plan_of(command: argparse.ArgumentParser, given: Mapping[str, Any]) -> Plan:
    """The plan of parsed arguments; exits with `command`'s message where they make no sense."""
    fields = dict(given)
    if sum(name in fields for name in ("resume", "from_checkpoint", "from_state")) > 1:
        command.error("name one starting point: --resume, --from-checkpoint or --from-state")
    if fields.get("ranks", 1) > 1:
        if fields.get("device", "auto") == "cuda":
            command.error("--ranks share a processor; a card has one process")
        fields["device"] = "cpu"
    if min(fields.get("accumulate", 1), fields.get("rows", 1)) < 1 or fields.get("workers", 0) < 0:
        command.error("--rows and --accumulate are at least 1, --workers at least 0")
    shares = {name: fields.pop(name) for name in ("infilling", "contiguous", "anchored", "pairs") if name in fields}
    return Plan(**fields, mixture=Mixture(**shares))
