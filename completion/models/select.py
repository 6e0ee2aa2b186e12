"""The choice: the best model, quantization, context and batch that memory and the latency budget allow.

A pure function of the catalogue, the device and the calibration; every model gets a row with a verdict and its
reason. Loads, measures and downloads nothing.

The budget is for a key while a person types: nineteen of twenty keys append at most three tokens to a prompt that the
engine still holds, so the time to the first line is that append and a line, and `speed.LATE` times that at one key in
twenty. The first key in a document, and the seldom one after which the window moves, cost the whole prompt; that time
is shown and not budgeted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from completion.errors import NoModelFits
from completion.models import memory, speed, worth
from completion.models.calibration import Calibration, Place
from completion.models.catalog import Catalog
from completion.models.device import DeviceProfile, Gpu
from completion.models.memory import MemoryNeed, Room
from completion.models.spec import Engine, ModelFile, ModelSpec, Role
from completion.models.speed import Prediction

__all__ = ["BUDGET_MS", "Choice", "Row", "Verdict", "choose", "explain", "step_down"]

Verdict = Literal["fits", "slow", "memory", "no file", "unverified", "licence", "unknown"]

BUDGET_MS = {"completion": 400.0, "script": 20_000.0}
"""The first line while typing, and a whole script."""

SLOTS = 3
ANSWER_TOKENS = 512
_SHORTER_PROMPTS = (1536, 1024, 768, 512)
_BATCHES = (64, 32)
_CARD_BATCH = 512
_CANCEL_MS = 250.0
"""A request is cancelled between two batches, so a batch should not take longer."""

_CLEARLY = 0.9
_ORDER: tuple[Verdict, ...] = ("fits", "no file", "slow", "memory", "unverified", "licence", "unknown")


@dataclass(frozen=True, slots=True)
class Row:
    """One model in the form that suits this machine best, and what speaks for and against it.

    `model` is the catalogue's table with `prompt_tokens` as chosen; `gpu` is None on the processor. `file`, `memory`
    and `speed` are None where the catalogue does not know enough. `verdict` is "fits" or the first thing that speaks
    against the model, `reason` its sentence. `worth` is out of 100, `merit` says how it comes about.
    """

    model: ModelSpec
    file: ModelFile | None
    engine: Engine
    gpu: Gpu | None
    context_tokens: int
    slots: int
    batch: int
    memory: MemoryNeed | None
    room: Room
    speed: Prediction | None
    worth: float
    merit: str
    installed: bool
    verdict: Verdict
    reason: str

    @property
    def fits(self) -> bool:
        """Whether it may be chosen here."""
        return self.verdict == "fits"


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen row, the better one that could be fetched, and a row for every model that serves the role.

    `options` are all forms of what is installed that memory allows, the best first; a step down takes the next one.
    """

    row: Row
    better: Row | None
    rows: tuple[Row, ...]
    options: tuple[Row, ...]
    device: DeviceProfile
    calibration: Calibration
    budget_ms: float
    role: Role
    warnings: tuple[str, ...] = ()

    @property
    def model(self) -> ModelSpec:
        """The chosen model, with `prompt_tokens` as chosen."""
        return self.row.model

    @property
    def memory(self) -> MemoryNeed:
        """What it takes."""
        if self.row.memory is None:
            raise NoModelFits(f"{self.row.model.title}: {self.row.reason}")
        return self.row.memory


def choose(
    catalog: Catalog,
    device: DeviceProfile,
    calibration: Calibration,
    *,
    budget_ms: float | None = None,
    role: Role = "completion",
    installed: frozenset[tuple[str, str]] = frozenset(),
) -> Choice:
    """The choice for `role`. `installed` are pairs of model and quantization that can be loaded now.

    What ships is always there. Chosen is the best that is installed; `better` is the best that could be fetched.
    Raises `NoModelFits` when nothing that is installed goes into memory.
    """
    budget = BUDGET_MS[role] if budget_ms is None else budget_ms
    rows, options = [], []
    for spec in catalog.models.values():
        if role not in spec.roles:
            continue
        forms = list(_forms(catalog, spec, device, calibration, budget, role, installed))
        if forms:
            rows.append(min(forms, key=_preference))
        options += [row for row in forms if row.installed and row.verdict in ("fits", "slow")]
    rows.sort(key=_preference)
    options.sort(key=_preference)
    if not options:
        raise NoModelFits(
            f"no installed model for {role} fits this machine.",
            advice="Free some memory, or fetch a smaller one; lsp-copilot models list shows what fits.",
        )
    chosen = options[0]
    better = next((row for row in rows if row.fits and not row.installed and row.worth > chosen.worth), None)
    return Choice(
        chosen, better, tuple(rows), tuple(options), device, calibration, budget, role, _warnings(chosen, calibration)
    )


def step_down(choice: Choice) -> Choice | None:
    """The next choice of what is installed that takes clearly less memory or time; None where there is none."""
    now = choice.row
    place = choice.options.index(now) + 1 if now in choice.options else 0
    for row in choice.options[place:]:
        if row.memory is None or row.speed is None or now.memory is None or now.speed is None:
            continue
        elsewhere = row.gpu != now.gpu
        if elsewhere or row.memory.total < _CLEARLY * now.memory.total:
            return replace(choice, row=row, better=None, warnings=_warnings(row, choice.calibration))
    return None


def explain(choice: Choice) -> str:
    """The answer to "why this one?", with the arithmetic."""
    from completion.models import explain as words

    return words.explain(choice)


def _forms(
    catalog: Catalog,
    spec: ModelSpec,
    device: DeviceProfile,
    calibration: Calibration,
    budget: float,
    role: Role,
    installed: frozenset[tuple[str, str]],
) -> Iterator[Row]:
    """Every quantization, length of prompt and place of a model; one that cannot run where there is no file."""
    best, merit = worth.worth(catalog, spec, role)
    blank = Row(
        model=spec,
        file=None,
        engine="llama",
        gpu=None,
        context_tokens=min(spec.context_limit, spec.prompt_tokens + ANSWER_TOKENS),
        slots=SLOTS,
        batch=_BATCHES[0],
        memory=None,
        room=memory.room(device),
        speed=None,
        worth=best,
        merit=merit,
        installed=False,
        verdict="unknown",
        reason="",
    )
    if not spec.files:
        yield _judged(blank, budget)
    for file in spec.files:
        engine: Engine = "transformers" if file.format == "safetensors" else "llama"
        for gpu, place in _places(device, calibration, engine):
            for tokens in _prompts(spec, role):
                less = worth.loss(file, tokens, spec.prompt_tokens)
                form = replace(
                    blank,
                    model=spec.model_copy(update={"prompt_tokens": tokens}),
                    file=file,
                    engine=engine,
                    gpu=gpu,
                    context_tokens=min(spec.context_limit, tokens + ANSWER_TOKENS),
                    batch=_CARD_BATCH if gpu else _BATCHES[0],
                    room=memory.room(device, gpu),
                    worth=best - less,
                    merit=f"{merit}; {less:.1f} less for {file.quantization} and {tokens} tokens" if less else merit,
                    installed=file.shipped or (spec.name, file.quantization) in installed,
                )
                yield _judged(_calculated(form, file, place, role), budget)


def _calculated(row: Row, file: ModelFile, place: Place, role: Role) -> Row:
    """With memory and speed; on a processor with the largest batch that can be cancelled soon enough."""
    spec = row.model
    for batch in (row.batch,) if row.gpu else _BATCHES:
        fast = speed.predict(spec, file, place, prompt_tokens=spec.prompt_tokens, batch=batch, role=role)
        row = replace(row, speed=fast, batch=batch)
        if fast is None or fast.batch_ms <= _CANCEL_MS:
            break
    need = memory.need(spec, file, context_tokens=row.context_tokens, slots=row.slots, batch=row.batch, gpu=row.gpu)
    return replace(row, memory=need)


def _judged(row: Row, budget: float) -> Row:
    verdict, reason = _verdict(row, budget)
    return replace(row, verdict=verdict, reason=reason)


def _verdict(row: Row, budget: float) -> tuple[Verdict, str]:
    spec, file = row.model, row.file
    if file is None or row.memory is None or row.speed is None:
        keys = ("files",) if file is None else (*memory.missing(spec, file), *speed.missing(spec, file))
        return "unknown", f"the catalogue does not know enough of it: {', '.join(dict.fromkeys(keys))}"
    forbidden = worth.licence_obstacle(spec)
    if forbidden:
        return "licence", forbidden
    doubtful = worth.doubts(spec, file, row.installed)
    if doubtful:
        return "unverified", f"not chosen on facts that nobody has verified: {', '.join(doubtful)}"
    if row.memory.total > row.room.bytes:
        return "memory", f"takes {_gb(row.memory.total)}, there are {_gb(row.room.bytes)} ({row.room.name})"
    if row.speed.late_ms > budget:
        return "slow", f"{row.speed.late_ms:.0f} ms at one key in twenty, the budget is {budget:.0f}"
    if not (row.installed or file.name):
        return "no file", "would fit; no published file is known, bring your own: models add FILE"
    return "fits", f"{_gb(row.memory.total)} of {_gb(row.room.bytes)}, {row.speed.late_ms:.0f} of {budget:.0f} ms"


def _preference(row: Row) -> tuple[int, float, float]:
    """What fits first, by worth, the smaller file where that is equal; of what is too slow or too large the least."""
    order = _ORDER.index(row.verdict)
    size = float(row.file.bytes or 0) if row.file else 0.0
    if row.verdict == "slow" and row.speed is not None:
        return order, row.speed.warm_ms, size
    if row.verdict == "memory" and row.memory is not None:
        return order, float(row.memory.total - row.room.bytes), size
    return order, -row.worth, size


def _places(device: DeviceProfile, calibration: Calibration, engine: Engine) -> Iterator[tuple[Gpu | None, Place]]:
    """Where an engine can compute: the card with the most free memory, and the processor."""
    if engine in device.accelerated and device.gpus and calibration.gpu is not None:
        yield max(device.gpus, key=lambda gpu: gpu.free_bytes), calibration.gpu
    if calibration.cpu is not None:
        yield None, calibration.cpu


def _prompts(spec: ModelSpec, role: Role) -> tuple[int, ...]:
    """Lengths of prompt to try: the catalogue's own and shorter ones."""
    if role == "script":
        return (spec.prompt_tokens,)
    return (spec.prompt_tokens, *(tokens for tokens in _SHORTER_PROMPTS if tokens < spec.prompt_tokens))


def _warnings(row: Row, calibration: Calibration) -> tuple[str, ...]:
    found = []
    if not row.fits:
        found.append(f"Nothing that is installed meets the budget; {row.model.title} {row.reason}.")
    if not calibration.measured:
        found.append(f"The speed of this machine is {calibration.source}.")
    note = worth.CHOOSABLE.get(row.model.licence, "")
    if note:
        found.append(f"{row.model.title}: {note}.")
    return tuple(found)


def _gb(count: int) -> str:
    return f"{count / 1e9:.2f} GB"
