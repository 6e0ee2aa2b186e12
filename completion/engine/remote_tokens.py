"""A llama-server's tokenizer, asked over HTTP: a person's text as ids in which nothing is a control token.

Its prompts may be ids, but strings inside them are parsed for control tokens, so each text goes to `/tokenize`
with special parsing off first. What has not changed since the last key is remembered.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from completion.engine import healing, spelling
from completion.engine.engine import Token
from completion.engine.http import HttpSession
from completion.engine.remote_prompts import Asked
from completion.engine.tokens import after_break, without_markers
from completion.errors import EngineRejected, EngineUnavailable
from completion.types import Control, Prompt, Text

_KEPT_TEXTS = 64


class RemoteTokens:
    """Ids from one server, until `forget`: another model may answer at the same address one day.

    `controls` are the control tokens that the catalogue knows of the model.
    """

    def __init__(self, who: str, controls: Sequence[str]) -> None:
        self._who = who
        self._names = tuple(controls)
        self._texts: OrderedDict[str, tuple[Token, ...]] = OrderedDict()
        self._controls: dict[str, int] = {}
        self._blank_first: bool | None = None

    def forget(self) -> None:
        """The server may have been started again with another model."""
        self._texts.clear()
        self._controls.clear()
        self._blank_first = None

    async def asked(self, session: HttpSession, prompt: Prompt) -> Asked:
        """`prompt` as ids, healed. Raises `EngineError`; `EngineRejected` for a control token the model lacks."""
        texts = {part.text for part in prompt.segments if isinstance(part, Text) and part.text}
        names = {part.token for part in prompt.segments if isinstance(part, Control)}
        missing = [text for text in texts if text not in self._texts]
        unknown = [name for name in names if name not in self._controls]
        await _all(
            *(self._learn_text(session, text) for text in missing),
            *(self._learn_control(session, name) for name in unknown),
        )
        known = {text: self._texts[text] for text in texts}
        rendered = healing.render(prompt, lambda text: known[text], self._controls)
        self._remember(known)
        start = "" if prompt.grammar else rendered.left_over + prompt.required_start
        # To a grammar a control token is its text, so one that could spell the beginning is banned.
        spelt = [name for name in self._names if start and spelling.agree(name, start)]
        await _all(*(self._learn_control(session, name) for name in spelt if name not in self._controls))
        banned = tuple(self._controls[name] for name in spelt)
        return Asked(rendered.ids, start, len(rendered.left_over), rendered.dropped, banned)

    def _remember(self, used: Mapping[str, tuple[Token, ...]]) -> None:
        for text in used:
            self._texts.move_to_end(text)
        while len(self._texts) > max(_KEPT_TEXTS, len(used)):
            self._texts.popitem(last=False)

    async def _learn_text(self, session: HttpSession, text: str) -> None:
        self._texts[text] = await self._plain(session, text)

    async def _learn_control(self, session: HttpSession, name: str) -> None:
        special, plain = await _all(
            self._ask(session, name, special=True),
            self._plain(session, name),
        )
        if len(special) != 1 or special[0].id in {token.id for token in plain}:
            raise EngineRejected(
                f"{name!r} is not a control token of this model, which {self._who} runs.",
                advice="Set model to the catalogue name of the model that it really runs.",
            )
        self._controls[name] = special[0].id

    async def _plain(self, session: HttpSession, text: str) -> tuple[Token, ...]:
        """As our own engine does it, see `completion.engine.tokens`."""
        tokens = await self._inside(session, text)
        parts = without_markers(text, tokens)
        if len(parts) == 1:
            return tokens
        return tuple(token for group in await _all(*(self._inside(session, p) for p in parts)) for token in group)

    async def _inside(self, session: HttpSession, text: str) -> tuple[Token, ...]:
        if self._blank_first is None:
            probe = await self._ask(session, "a", special=False)
            self._blank_first = b"".join(token.piece for token in probe).startswith(b" ")
        if not self._blank_first:
            return await self._ask(session, text, special=False)
        return after_break(await self._ask(session, "\n" + text, special=False))

    async def _ask(self, session: HttpSession, text: str, *, special: bool) -> tuple[Token, ...]:
        request = {"content": text, "add_special": False, "parse_special": special, "with_pieces": True}
        answer = await session.json("POST", "/tokenize", request)
        try:
            return tuple(Token(int(token["id"]), _piece(token["piece"])) for token in answer["tokens"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineUnavailable(
                f"{self._who} does not tokenize as llama-server does.",
                advice="If it is another server, write its kind in front of the URL in endpoint.",
            ) from error


async def _all(*questions: Any) -> list[Any]:
    """All answers; the first error, as it is, and the other questions given up."""
    tasks = [asyncio.ensure_future(question) for question in questions]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _piece(piece: str | list[int]) -> bytes:
    return piece.encode() if isinstance(piece, str) else bytes(piece)
