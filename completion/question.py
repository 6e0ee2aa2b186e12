"""One question to the model, however often it is asked: the prompt, the generation that answers, and for how long
one waits for it.

Knows the waist (`Backend`), not what is done with an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from completion import gate
from completion.errors import EngineRejected
from completion.memory import Memory
from completion.models.catalog import ModelSpec
from completion.postprocess.draft import Draft
from completion.prompt import fim
from completion.prompt.anchors import cold_tokens
from completion.running import Generated, Generation
from completion.settings import Settings
from completion.types import Backend, CompletionRequest, Prompt, Purpose, Sampling, Trigger, Usage

RETRY_SHARE = 0.4

COLD_SECONDS = 0.45
"""Of a document that the engine has not seen, as much is shown at first as it reads in this time."""


@dataclass(frozen=True, slots=True)
class Question:
    """What comes in `draft`, which is empty or begins the answer?"""

    request: CompletionRequest
    draft: Draft
    backend: Backend
    model: ModelSpec
    memory: Memory
    settings: Settings
    on_text: Callable[[str], None] | None = None

    async def answer(self, running: Generation | None, typed: str, patience: float | None) -> Generated:
        """What the generation says that is `running` and about to say what was `typed`, or a new one.

        After `patience` seconds (None: at the end) what was said by then. Raises `EngineError`.
        """
        asked = time.perf_counter()
        if running is not None:
            found = await running.result(patience)
            if found.text.startswith(typed) and len(found.text) > len(typed):
                return found.behind(typed)
            if found.goes_on and typed.startswith(found.text):
                # It has not got behind what was typed.
                return replace(found, text="", logprobs=())
            running.stop()
        left = None if patience is None else patience - (time.perf_counter() - asked)
        return await self._new(left)

    async def answer_late(self, patience: float) -> Generated:
        """What the same generation has said after so many further seconds. Raises `EngineError`."""
        generation = self.memory.generation(self.request.document.path)
        prefix = self.draft.prefix
        if generation is None or not prefix.startswith(generation.draft.prefix):
            return Generated("", (), "stopped", Usage(), 0.0, 0.0)
        found, typed = await generation.result(patience), prefix[len(generation.draft.prefix) :]
        if found.text.startswith(typed) and len(found.text) > len(typed):
            return found.behind(typed)
        if typed and not (found.goes_on and typed.startswith(found.text)):
            # It was taken over, and says something else.
            generation.stop()
            return await self._new(None)
        return replace(found, text="", logprobs=())

    async def rest(self) -> Generated:
        """The whole answer, of which the draft's text was said before. Raises `EngineError`."""
        return await self._new(None)

    async def sampled(self, sampling: Sampling, patience: float) -> Generated:
        """Another answer, which no later key will take over. Raises `EngineError`."""
        prompt = replace(self._prompt(), sampling=sampling)
        generation = Generation(self.backend, prompt, self.draft, deadline_ms=self.settings.deadline_ms)
        try:
            return await generation.result(patience)
        finally:
            generation.stop()

    def stop(self) -> None:
        """Nobody waits for the rest of the answer."""
        generation = self.memory.generation(self.request.document.path)
        if generation is not None:
            generation.stop()

    def learn(self, generated: Generated) -> None:
        """What an answer says of the engine's speed."""
        self.memory.learn(generated.usage)
        if generated.line_ms:
            self.memory.rhythm.answered(generated.line_ms / 1000)

    async def _new(self, patience: float | None) -> Generated:
        self.memory.meet(self.backend)
        asked = time.perf_counter()
        try:
            return await self._begin(self._prompt()).result(patience)
        except EngineRejected:
            # Text with few letters has more tokens than estimated, and only the engine can count them.
            layout = fim.typing_layout(self.model.template)
            prompt = fim.render(self._request, self.model, self.draft.mode, layout, share=RETRY_SHARE)
            left = None if patience is None else patience - (time.perf_counter() - asked)
            return await self._begin(prompt).result(left)

    def _prompt(self) -> Prompt:
        tokens = fim.text_tokens(self.model)
        cold = cold_tokens(self.memory.rate_for(self.model), COLD_SECONDS)
        draft = self.draft
        path = self.request.document.path
        view = self.memory.anchors.view(path, draft.prefix + draft.text, draft.suffix, tokens, cold)
        return fim.render(self._request, self.model, draft.mode, view=view)

    @property
    def _request(self) -> CompletionRequest:
        """The request behind what was said before."""
        if not self.draft.text:
            return self.request
        request, text = self.request, self.draft.text.encode()
        source = request.document.source[: request.offset] + text + request.document.source[request.offset :]
        return replace(request, document=replace(request.document, source=source), offset=request.offset + len(text))

    @property
    def _may_be_silent(self) -> bool:
        """Whether an answer that is not sure enough is not shown; nor, then, generated."""
        return self.request.trigger is not Trigger.INVOKED and "gate" not in self.memory.without

    def _begin(self, prompt: Prompt) -> Generation:
        """A new generation, which its document remembers."""
        purpose: Purpose = "ahead" if self.request.trigger is Trigger.AHEAD else "answer"
        generation = Generation(
            self.backend,
            replace(prompt, purpose=purpose),
            self.draft.with_text(""),
            deadline_ms=self.settings.deadline_ms,
            said=self.draft.text,
            is_hopeless=gate.is_hopeless if self._may_be_silent else None,
            on_text=self.on_text,
        )
        self.memory.begun(self.request.document.path, generation)
        return generation
