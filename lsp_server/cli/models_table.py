"""`lsp-copilot models list` and `choose`: what there is, what of it this machine can run, and which one is best."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from completion.errors import NoModelFits
from lsp_server.options import Resolved

if TYPE_CHECKING:
    from completion.models import select
    from completion.models.catalog import Catalog
    from completion.models.spec import ModelSpec, Role
    from completion.models.store import Installed
    from completion.settings import Settings

_NAME, _FILE, _MEMORY, _TIME, _STATE = 28, 17, 8, 8, 10
_PATIENCE = 10
"""A model that needs so many times the budget is no use even to a person who waits."""

_STATES = {
    "fits": "fits",
    "memory": "too big",
    "slow": "too slow",
    "no file": "no file",
    "licence": "licence",
    "unverified": "unverified",
    "unknown": "not known",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One model as the table shows it; None where nobody knows.

    Sizes are in bytes. `time_ms` is the predicted time from a key to the first line, or to the whole script where
    the model only writes scripts; `room` is the memory that it may take. `verdict` and `reason` are the choice's.
    `chosen` names the roles for which it would be chosen, `fetchable` says that a file of it is published.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    quantization: str
    size: int | None
    size_is_exact: bool
    memory: int | None
    room: int
    time_ms: float | None
    verdict: str
    reason: str
    licence: str
    in_use: bool
    chosen: tuple[str, ...]
    installed: bool
    fetchable: bool

    @property
    def state(self) -> str:
        """The word for it."""
        if self.in_use:
            return "in use"
        return "installed" if self.installed else _STATES.get(self.verdict, self.verdict)


def run_list(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Print the table."""
    from lsp_server import choosing

    found = rows(choosing.catalogue(), resolved.settings)
    patience = _PATIENCE * resolved.settings.latency_ms
    shown = found if arguments.all else [row for row in found if _of_interest(row, patience)]
    if arguments.json:
        print(json.dumps({"models": [{**asdict(row), "state": row.state} for row in shown]}))
        return 0
    print("\n".join(table(shown)))
    print("\nTIME: from a key to the first line, or to the whole script for models that only write scripts.")
    for role in ("completion", "script"):
        best = next((row.name for row in found if role in row.chosen), None)
        if best is not None:
            print(f"Best here for {role}: {best}. Why: lsp-copilot models choose --role {role} --explain")
    left = len(found) - len(shown)
    if left:
        print(f"{left} more are too big or far too slow for this machine, or nobody knows where to fetch them: --all")
    return 0


def run_choose(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Print the choice: its name and the reason, or all of the arithmetic."""
    from completion.models import device, select
    from lsp_server import choosing

    choosing.measure(resolved.settings, device.read(), lambda sentence: print(sentence, file=sys.stderr, flush=True))
    choice, loadable = survey(choosing.catalogue(), resolved.settings, arguments.role)
    row = choice.row
    if arguments.json:
        print(json.dumps(_as_json(choice, loadable)))
        return 0
    if not loadable:
        print(f"No model for {choice.role} is on this machine that fits it. Of those that can be fetched it would be:")
    if arguments.explain:
        print(select.explain(choice))
        return 0
    print(f"{row.model.name} {row.file.quantization if row.file else ''}: {row.reason}")
    if not loadable:
        print(f"Fetch it: lsp-copilot models pull {row.model.name}")
        return 0
    for warning in choice.warnings:
        print(f"warning: {warning}")
    if choice.better is not None:
        print(f"Better, and not here yet: lsp-copilot models pull {choice.better.model.name}")
    return 0


def survey(known: Catalog, settings: Settings, role: Role) -> tuple[select.Choice, bool]:
    """The choice for `role`, and whether it can be loaded now; otherwise it is the best that could be fetched.

    Raises `NoModelFits` when nothing fits at all.
    """
    from completion.models import device, select, worth
    from lsp_server import choosing

    try:
        return choosing.choose(settings, known, role), True
    except NoModelFits:
        fetchable = frozenset(
            (spec.name, file.quantization)
            for spec in known.models.values()
            for file in spec.files
            if file.name is not None and not worth.doubts(spec, file, False)
        )
        machine = device.read()
        rates = choosing.calibration(settings, machine)
        budget = settings.latency_ms if role == "completion" else None
        return select.choose(known, machine, rates, budget_ms=budget, role=role, installed=fetchable), False


def rows(known: Catalog, settings: Settings) -> list[Row]:
    """A row a model, the smallest first; models whose size nobody knows come last."""
    from completion.models import store

    present: dict[str, Installed] = {}
    for weights in store.installed(known):
        present.setdefault(weights.model, weights)
    predicted: dict[str, select.Row] = {}
    chosen: dict[str, tuple[str, ...]] = {}
    roles: tuple[Role, ...] = ("completion", "script")
    for role in roles:
        try:
            choice, _ = survey(_obtainable(known, present), settings, role)
        except NoModelFits:
            continue
        best = choice.better or choice.row
        if best.fits:
            chosen[best.model.name] = (*chosen.get(best.model.name, ()), role)
        for row in choice.rows:
            predicted.setdefault(row.model.name, row)
    used = {_used(known, settings, "completion"), _used(known, settings, "script")}
    found = [_row(spec, present, predicted, chosen, spec.name in used) for spec in known.models.values()]
    return sorted(found, key=lambda row: (row.size is None, row.size or 0, row.name))


def _used(known: Catalog, settings: Settings, role: Role) -> str:
    """The name of the model that answers for `role` now; "" where none does."""
    from lsp_server import choosing

    named = settings.model if role == "completion" else settings.script_model
    try:
        if named != "auto":
            return named
        return choosing.without_choice(known, role) or choosing.choose(settings, known, role).model.name
    except NoModelFits:
        return ""


def table(shown: Iterable[Row]) -> list[str]:
    """Aligned lines of at most 100 columns."""
    head = f"{'NAME':<{_NAME}} {'FILE':<{_FILE}} {'MEMORY':>{_MEMORY}} {'TIME':>{_TIME}} {'STATE':<{_STATE}} LICENCE"
    return [head, *(_line(row).rstrip() for row in shown)]


def _line(row: Row) -> str:
    size = "?" if row.size is None else f"{'' if row.size_is_exact else '~'}{row.size / 1e9:.2f} GB"
    file = f"{row.quantization:<7} {size:>{_FILE - 8}}"
    memory = "?" if row.memory is None else f"{row.memory / 1e9:.1f} GB"
    time = "?" if row.time_ms is None else _short(row.time_ms)
    measured = f"{memory:>{_MEMORY}} {time:>{_TIME}}"
    return f"{row.name:<{_NAME}} {file:<{_FILE}} {measured} {row.state:<{_STATE}} {row.licence[:24]}"


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.0f} s"


def _of_interest(row: Row, patience_ms: float) -> bool:
    if row.in_use or row.installed:
        return True
    soon = "completion" not in row.roles or (row.time_ms is not None and row.time_ms <= patience_ms)
    return row.fetchable and row.memory is not None and row.memory <= row.room and soon


def _obtainable(known: Catalog, present: Mapping[str, Installed]) -> Catalog:
    """Without files that nobody publishes, where a model has others: the table shows what `pull` would bring."""
    specs = {}
    for name, spec in known.models.items():
        here = present[name].stored.quantization if name in present else None
        files = tuple(file for file in spec.files if file.name is not None or file.quantization == here)
        specs[name] = spec.model_copy(update={"files": files or spec.files})
    return known.model_copy(update={"models": specs})


def _row(
    spec: ModelSpec,
    present: Mapping[str, Installed],
    predicted: Mapping[str, select.Row],
    chosen: Mapping[str, tuple[str, ...]],
    in_use: bool,
) -> Row:
    from completion.models.order import usual_file

    weights, row = present.get(spec.name), predicted.get(spec.name)
    file = row.file if row is not None and row.file is not None else usual_file(spec)
    return Row(
        name=spec.name,
        title=spec.title,
        roles=spec.roles,
        quantization=weights.stored.quantization if weights else file.quantization if file else "-",
        size=weights.bytes if weights else file.bytes if file else None,
        size_is_exact=weights is not None or (file is not None and file.basis == "exact"),
        memory=row.memory.total if row is not None and row.memory is not None else None,
        room=row.room.bytes if row is not None else 0,
        time_ms=row.speed.warm_ms if row is not None and row.speed is not None else None,
        verdict=row.verdict if row is not None else "unknown",
        reason=row.reason if row is not None else "",
        licence=spec.licence,
        in_use=in_use,
        chosen=chosen.get(spec.name, ()),
        installed=weights is not None,
        fetchable=any(file.name and not file.shipped for file in spec.files),
    )


def _as_json(choice: select.Choice, loadable: bool) -> dict[str, Any]:
    better = choice.better if loadable else choice.row
    return {
        "role": choice.role,
        "budget_ms": choice.budget_ms,
        "chosen": _row_as_json(choice.row) if loadable else None,
        "better": _row_as_json(better) if better is not None else None,
        "warnings": list(choice.warnings),
        "device": asdict(choice.device),
        "calibration": choice.calibration.model_dump(),
        "rows": [_row_as_json(row) for row in choice.rows],
    }


def _row_as_json(row: select.Row) -> dict[str, Any]:
    return {
        "model": row.model.name,
        "quantization": row.file.quantization if row.file is not None else None,
        "engine": row.engine,
        "gpu": row.gpu.name if row.gpu is not None else None,
        "context_tokens": row.context_tokens,
        "batch": row.batch,
        "slots": row.slots,
        "memory": row.memory.total if row.memory is not None else None,
        "room": row.room.bytes,
        "time_ms": row.speed.warm_ms if row.speed is not None else None,
        "cold_ms": row.speed.cold_ms if row.speed is not None else None,
        "installed": row.installed,
        "verdict": row.verdict,
        "reason": row.reason,
    }
