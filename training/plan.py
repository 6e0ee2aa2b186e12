"""What a training run is told: one frozen plan, and the command line that makes it. Knows no torch."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.data import Mixture
from training.vocabulary import SHIPPED


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a run.

    `minutes` is wall-clock time for the whole run, earlier parts included where it is resumed;
    `steps` replaces the clock. `stop_after` ends this call after so many steps.
    """

    corpus: Path
    out: Path
    model: str = "256,6,4,2,768"
    context: int = 768
    rows: int = 8
    minutes: float = 60.0
    steps: int = 0
    stop_after: int = 0
    ranks: int = 1
    threads: int = 1
    seed: int = 1
    mixture: Mixture = field(default_factory=Mixture)
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


def read_arguments(description: str, arguments: Sequence[str] | None = None) -> Plan:
    """A plan from a command line; exits with a message where it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="training.train", description=description, argument_default=argparse.SUPPRESS, allow_abbrev=False
    )
    add = parser.add_argument
    add("--from", dest="corpus", type=Path, required=True, help="folder of corpus shards")
    add("--out", type=Path, required=True, help="folder for checkpoint, state and log")
    add("--model", help="HIDDEN,LAYERS,HEADS,KV_HEADS,FEED_FORWARD of a new model")
    add("--context", type=int, help="tokens in a row, of a new model")
    add("--rows", type=int, help="rows a step, on each rank")
    add("--minutes", type=float, help="wall-clock length of the run, with --resume earlier parts included")
    add("--steps", type=int, help="length in steps instead of minutes")
    add("--stop-after", type=int, help="end this call after so many steps, wherever the schedule stands")
    add("--ranks", type=int, help="single-threaded processes that share each step")
    add("--threads", type=int, help="threads of a run of one process")
    add("--seed", type=int, help="decides the first weights and the order of the data")
    add("--infilling", type=float, help="share of infilling examples")
    add("--contiguous", type=float, help="share of the contiguous layout among these")
    add("--muon-rate", type=float, help="peak learning rate of the hidden matrices")
    add("--adam-rate", type=float, help="peak learning rate of embedding and norms")
    add("--decay", type=float, help="last part of the run in which the learning rate falls, 0..1")
    add("--warmup", type=int, help="steps of rising learning rate; none after a full checkpoint")
    add("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    add("--decay-only", action="store_true", help="only let the learning rate fall, from where it stands")
    add("--from-checkpoint", type=Path, help="start from this checkpoint")
    add("--from-state", type=Path, help="start from this small state file")
    add("--precision", choices=("measure", "float32", "bfloat16"), help="of the arithmetic; measured by default")
    add("--vocabulary", type=Path, help="a SentencePiece model with the same control tokens")
    given = vars(parser.parse_args(arguments))
    if sum(name in given for name in ("resume", "from_checkpoint", "from_state")) > 1:
        parser.error("name one starting point: --resume, --from-checkpoint or --from-state")
    shares = {"infilling": given.pop("infilling", None), "contiguous": given.pop("contiguous", None)}
    given["mixture"] = Mixture(**{name: share for name, share in shares.items() if share is not None})
    return Plan(**given)
