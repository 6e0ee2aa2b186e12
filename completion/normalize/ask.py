"""What a model decides: which of the values that stand in a record belong together. It can write no other value.

A grammar holds it to the values that were found; two differently ordered questions must have the same answer, and the
model must be sure of each. What it cannot decide stays doubtful. Whether the rows are right the proof says.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from completion.errors import EngineRejected
from completion.models.catalog import ModelSpec
from completion.normalize.reading import Reading
from completion.normalize.sought import Sought
from completion.normalize.types import Mention, Record
from completion.prompt import fim
from completion.prompt.budget import estimate
from completion.scripts import chat
from completion.scripts.chat import Turn
from completion.scripts.grammar.notation import literal, words
from completion.types import Backend, Prompt, Segment

SURE = 0.9
"""The probability that a model gives to its whole answer; what is below it is no decision. All other answers together
have less than a ninth of it."""

ANSWER_TOKENS = 400
MOST_ROWS = 12
_FRAME_TOKENS = 64
_MOST_VALUES = 24

_SYSTEM = (
    "You read one messy record that a person typed and copy what it says into rows of a table. "
    "Use only the values that are offered. Leave out numbers that are something else, such as telephone numbers and "
    "dates, and everything whose other half the record does not name. Answer with a JSON list of rows; [] for none."
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Rows that a model chose, as mentions; with a `reason` it has not decided. Not `asked` where nothing could be."""

    rows: tuple[tuple[Mention, ...], ...] = ()
    reason: str = ""
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Example:
    """A text and its rows, shown to the model: one of the person's own, or one that is made of the reference table."""

    text: str
    rows: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """The values that a model may choose from, by column: each with the place where it stands."""

    values: Mapping[str, Mapping[str, Mention]]

    def grammar(self) -> str:
        """GBNF of a JSON list of rows of these values."""
        rules = {}
        for place, (column, values) in enumerate(self.values.items()):
            rules[f"v{place}"] = (literal(json.dumps(column, ensure_ascii=False) + ": "), words(map(_json, values)))
        row = ' ", " '.join(f"{head} v{place}" for place, (head, _) in enumerate(rules.values()))
        rest = ""
        for _ in range(MOST_ROWS - 1):
            rest = f'( ", " row {rest} )?'
        lines = [f'root ::= "[" ( row {rest} )? "]"', f'row ::= "{{" {row} "}}"']
        return "\n".join([*lines, *(f"{name} ::= {body}" for name, (_, body) in rules.items())]) + "\n"


class Asker:
    """A model that is asked about doubtful records. `parallel` questions may run at once."""

    def __init__(
        self,
        backend: Backend,
        model: ModelSpec,
        sought: Sought,
        instruction: str,
        examples: Sequence[Example] = (),
    ) -> None:
        self._backend = backend
        self._model = model
        self._sought = sought
        self._examples = tuple(examples) or made_up(sought)
        self._instruction = " ".join(instruction.split())
        self.parallel = max(1, backend.capabilities.slots) if backend.capabilities.slots else 4

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    async def decide(self, record: Record, reading: Reading, finding: str = "", slot: int = 0) -> Decision:
        """The rows of a record that has several readings, or why there are none. Raises `EngineError`."""
        offer = offered(reading, self._sought)
        if offer is None or not self._backend.capabilities.grammar:
            return Decision(asked=False)
        first: str | None = None
        for turned in (False, True):
            segments = self._segments(record, offer, finding, turned=turned)
            if segments is None:
                return Decision(asked=False)
            said, probability = await self._said(segments, offer, slot)
            if probability < SURE:
                return Decision(reason=f"{self.name} is not sure.")
            if first is not None and said != first:
                return Decision(reason=f"{self.name} is of two minds.")
            first = said
        return _decided(first or "", offer, record)

    async def _said(self, segments: tuple[Segment, ...], offer: Offer, slot: int) -> tuple[str, float]:
        prompt = Prompt(segments, ANSWER_TOKENS, slot=f"normalize:{os.getpid()}-{slot}", grammar=offer.grammar())
        text, logprobs, whole = "", list[float](), False
        try:
            async with aclosing(self._backend.stream(prompt)) as chunks:
                async for chunk in chunks:
                    text += chunk.text
                    logprobs += chunk.logprobs
                    whole = whole or chunk.finish_reason == "stop"
        except EngineRejected:
            return "", 0.0  # Longer than was estimated.
        return text.strip(), math.exp(sum(logprobs)) if whole and logprobs else 0.0

    def _segments(self, record: Record, offer: Offer, finding: str, *, turned: bool) -> tuple[Segment, ...] | None:
        """The question; `turned`, its values and the examples come in the other order. None where it does not fit."""
        asked = _question({name: list(values) for name, values in offer.values.items()}, record.text, turned=turned)
        asked += f"\nA first try was wrong: {finding}" if finding else ""
        room = self._model.prompt_tokens - _FRAME_TOKENS - estimate(asked + self._instruction)
        if room < ANSWER_TOKENS // 4:
            return None
        shown = []
        for example in self._examples:
            values = {name: list(dict.fromkeys(row[name] for row in example.rows)) for name in offer.values}
            pair = (_question(values, example.text, turned=turned), json.dumps(example.rows, ensure_ascii=False))
            if (room := room - estimate("".join(pair)) - 8) > 0:
                shown.append(pair)
        if turned:
            shown.reverse()
        if self._model.chat is not None:
            turns = [Turn("system", f"{_SYSTEM} {self._instruction}".strip())]
            for question, answer in shown:
                turns += [Turn("user", question), Turn("assistant", answer)]
            return chat.render([*turns, Turn("user", asked)], self._model)
        if self._model.fim is None:
            return None
        template = self._model.template
        begun = fim.inside(template, "rows.py") + _comment(self._instruction)
        begun += "".join(f"{_comment(question)}rows = {answer}\n\n" for question, answer in shown)
        begun += f"{_comment(asked)}rows = "
        return (*fim.header(template, "rows.py"), *fim.arrange(template, template.layouts[0], begun, "\n"))


def made_up(sought: Sought) -> tuple[Example, ...]:
    """Examples of names in the reference table with numbers that nobody has; none for other kinds of columns."""
    columns = sought.columns()
    names = [column for column in columns if sought.rules[column].kind == "reference"]
    numbers = [column for column in columns if sought.rules[column].kind == "digits"]
    if len(columns) != 2 or not names or not numbers:
        return ()
    spellings = list(sought.references[names[0]].spellings.items())[:2]
    one, other = (code for code, _ in (spellings * 2)[:2])
    first, second = (written[-1] for _, written in (spellings * 2)[:2])
    rows = ({names[0]: one, numbers[0]: "40115092"}, {names[0]: other, numbers[0]: "0077123"})
    return (
        Example(f"{first} 4011-5092 and also {second} (0077123)", rows),
        Example(f"{second}: 0077123, my phone is 55501999", rows[1:]),
    )


def _question(values: Mapping[str, Sequence[str]], text: str, *, turned: bool) -> str:
    lines = [f"{name}: {', '.join(reversed(own) if turned else own)}" for name, own in values.items()]
    return "\n".join((f"Record: {text}", *lines))


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.split("\n") if line.strip())


def offered(reading: Reading, sought: Sought) -> Offer | None:
    """What a model may choose from; None where there is nothing to choose."""
    if reading.found is None or reading.empty:
        return None
    values: dict[str, dict[str, Mention]] = {column: {} for column in sought.rules if column in sought.columns()}
    for mention in reading.found.mentions:
        for value in mention.values:
            values[mention.column].setdefault(value, mention)
    if not all(values.values()) or sum(map(len, values.values())) > _MOST_VALUES:
        return None
    return Offer(values)


def _decided(said: str, offer: Offer, record: Record) -> Decision:
    try:
        rows = json.loads(said)
    except ValueError:
        return Decision(reason="The answer was cut off.")
    decided = []
    # Where the grammar was left out, the answer may be anything.
    for row in rows if isinstance(rows, list) else ["?"]:
        if not isinstance(row, dict) or row.keys() != offer.values.keys():
            return Decision(reason="The answer has another shape than was asked for.")
        if not all(isinstance(value, str) and value in offer.values[column] for column, value in row.items()):
            return Decision(reason="The answer holds a value that was not offered.")
        decided.append(
            tuple(_narrowed(record.text, offer.values[column][value], value) for column, value in row.items())
        )
    return Decision(tuple(decided), "" if decided else "The model finds no row in it.")


def _narrowed(text: str, mention: Mention, value: str) -> Mention:
    """The mention as this value alone: of several groups of digits, the one group."""
    start, end = mention.start, mention.end
    if mention.how == "digits":
        groups = (match for match in re.finditer(r"[0-9]+", text[start:end]) if match.group() == value)
        if (match := next(groups, None)) is not None:
            start, end = start + match.start(), start + match.end()
    return Mention(mention.column, start, end, (value,), mention.how)


def _json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
