"""Scripts on request: what the model writes below a comment, judged by the validators of `training.pairs`.

Three kinds of request: `train` is a trained intent in trained words with other names and numbers (a few of the
smallest may have been seen as they are), `wording` a trained intent in words never trained on, `intent`
something never asked for in training. The question is the product's own prompt; the answer is what the model
writes up to its end token or `ANSWER_TOKENS`, greedy. Nothing of it is executed but SQL and patterns, both in a
sandbox (`training.pairs.judge`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from completion.errors import EngineRejected
from completion.models.catalog import ModelSpec
from completion.prompt import fim
from completion.question import RETRY_SHARE
from completion.types import Backend, Mode
from training.holes import Hole
from training.pairs.checks import NotInstalled
from training.pairs.domains import DOMAINS
from training.pairs.generate import generate
from training.pairs.items import SPLITS, Item
from training.pairs.judge import Verdict, has_slots, judge
from training.pairs.names import Vocabulary
from training.product import request_of
from training.scores import percent

SEED = 4242
"""Not a seed that training items are made with."""

ANSWER_TOKENS = 256
SHORT_ANSWER_TOKENS = 96
"""For a model whose context holds no more beside the question."""


async def measured(backend: Backend, model: ModelSpec, each: int) -> dict[str, Any]:
    """Shares of valid, equal and slot-true answers in percent, by domain and split.

    A domain whose validator is not installed says so instead. Raises `EngineError`.
    """
    found: dict[str, Any] = {}
    for domain in DOMAINS:
        found[domain.name] = {}
        for split in SPLITS:
            items = list(generate(domain, split, each, seed=SEED, vocabulary=Vocabulary()))
            answers = [await answer_to(item, backend, model) for item in items]
            print(f"scripts: {domain.name}, {split}: {len(items)}", file=sys.stderr, flush=True)
            try:
                verdicts = [_judged(item, answer) for item, answer in zip(items, answers, strict=True)]
            except NotInstalled as error:
                found[domain.name] = f"not checked: {error}"
                break
            found[domain.name][split] = _shares(verdicts) | {"example": _example(items[0], answers[0])}
    return found


async def answer_to(item: Item, backend: Backend, model: ModelSpec) -> str:
    """What the model writes in the place of the item's answer; "" where its context holds no question and answer.

    Raises `EngineError`.
    """
    request = request_of(Hole(item.path, item.language, "block", item.before, item.answer, item.after))
    for share, tokens in ((1.0, ANSWER_TOKENS), (RETRY_SHARE, ANSWER_TOKENS), (RETRY_SHARE, SHORT_ANSWER_TOKENS)):
        prompt = replace(fim.render(request, model, Mode.BLOCK, share=share), max_tokens=tokens)
        try:
            return "".join([chunk.text async for chunk in backend.stream(prompt)]).rstrip()
        except EngineRejected:
            continue  # too long for this model's context
    return ""


def _judged(item: Item, answer: str) -> Verdict:
    try:
        return judge(item, answer)
    except NotInstalled:
        raise
    except Exception:
        # Whatever a validator makes of hostile text, it does not accept it.
        return Verdict(valid=False, equal=False, slots=has_slots(item, answer))


def _shares(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "n": len(verdicts),
        "valid": percent([verdict.valid for verdict in verdicts]),
        "equal": percent([verdict.equal for verdict in verdicts]),
        "slots": percent([verdict.slots for verdict in verdicts]),
    }


def _example(item: Item, answer: str) -> dict[str, str]:
    return {"request": item.request, "wanted": item.answer, "answer": answer}
