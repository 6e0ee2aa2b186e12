"""The composition root: settings become a model, a leased engine and what goes with them.

Everything heavy is imported inside, so that the server can answer `initialize` first.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from completion.errors import ConfigError, NoModelFits
from completion.settings import Settings
from completion.types import Backend, EngineState, EngineStatus
from lsp_server import choosing

if TYPE_CHECKING:
    from completion.engine.lease import LeasedBackend
    from completion.engine.remote import RemoteBackend
    from completion.models.catalog import Catalog
    from completion.models.select import Choice
    from completion.models.spec import ModelSpec, Role

PATIENCE = 10.0
SHIPPED = "embedded"
_LOADED_PER_FILE_BYTE = 2
"""What a model takes when nobody has calculated it: its file, and as much again for cache and copies."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A model and the backend that answers for it; `choice` says why, where it was chosen by measurement.

    `kind` is the engine's name, or what kind of server answers.
    """

    model: ModelSpec
    served: LeasedBackend | RemoteBackend
    settings: Settings
    choice: Choice | None = None
    file_bytes: int = 0
    kind: str = ""

    @property
    def backend(self) -> Backend:
        """The waist."""
        return self.served

    @property
    def status(self) -> EngineStatus:
        """What is known of the engine now."""
        return self.served.status

    def start(self) -> None:
        """Begin to acquire the lease or the connection (in a running event loop)."""
        self.served.start()

    async def ready(self) -> None:
        """Wait until the model is loaded. Raises `EngineError`."""
        await self.served.ready()

    async def drained(self, seconds: float) -> None:
        """Wait until no request runs, at most so long."""
        await self.served.drained(seconds)

    async def aclose(self) -> None:
        """Give the lease back."""
        await self.served.aclose()

    def fits_beside(self) -> bool:
        """Whether memory holds this engine while another one of ours is still loaded."""
        import psutil

        if self.settings.endpoint:
            return True
        need = self.choice.memory.total if self.choice is not None else _LOADED_PER_FILE_BYTE * self.file_bytes
        return need < psutil.virtual_memory().available

    def smaller(self) -> Choice | None:
        """The next smaller choice; None where there is none, or where the user has named the model."""
        from completion.models import select

        return select.step_down(self.choice) if self.choice is not None else None

    def other(self) -> Choice | None:
        """The next smaller choice with another file, for one that does not load; None as above."""
        from completion.models import select

        found = self.smaller()
        while found is not None and self.choice is not None and found.row.file == self.choice.row.file:
            found = select.step_down(found)
        return found


def open_engine(
    settings: Settings,
    on_status: Callable[[EngineStatus], None],
    *,
    role: Role = "completion",
    choice: Choice | None = None,
    patience: float = PATIENCE,
) -> Engine:
    """Find the model that `settings` name for `role`, or choose one, and prepare its host or server.

    Nothing is started yet. `choice` is used where it is given; `patience` are the seconds that a request waits for the
    model to load. Raises `ConfigError` or `ModelError`.
    """
    known = choosing.catalogue()
    name = settings.model if role == "completion" else settings.script_model
    model_path = settings.model_path
    if role == "script" and name == "auto" and (settings.endpoint or model_path):
        # What the user has attached serves for both.
        name = settings.model
    elif role == "script" and name not in ("auto", settings.model):
        model_path = ""
    if settings.endpoint:
        return _remote(settings, known, name, on_status)
    from completion.engine.lease import LeasedBackend, host_spec
    from completion.models import files

    if model_path and name == "auto":
        name = choosing.name_of_file(model_path, known)
    if choice is None and name == "auto":
        name = choosing.without_choice(known, role) or name
    if choice is None and name == "auto":

        def tell(sentence: str) -> None:
            on_status(EngineStatus(EngineState.LOADING, name, reason=sentence))

        try:
            choice = choosing.choose(settings, known, role, tell)
        except NoModelFits:
            if role == "script":
                # The model that completes writes rather than nobody; what takes instructions it is not asked.
                return open_engine(settings, on_status, patience=patience)
            # The smallest there is answers rather than nobody: what it needs may still be there.
            name = SHIPPED
    if choice is None:
        spec = known.find(name)
        path = files.locate(spec, model_path)
        host = host_spec(spec, path, settings)
    else:
        row, spec, path = choice.row, choice.model, choosing.path_of(choice, known)
        host = replace(host_spec(spec, path, settings), context_tokens=row.context_tokens, batch=row.batch)
    unload = settings.unload_minutes * 60
    served = LeasedBackend(host, on_status=on_status, ready_seconds=patience, unload_seconds=unload)
    return Engine(spec, served, settings, choice, path.stat().st_size, host.engine)


def _remote(settings: Settings, known: Catalog, name: str, on_status: Callable[[EngineStatus], None]) -> Engine:
    from completion.engine.kinds import parse_endpoint
    from completion.engine.remote import RemoteBackend

    key = os.environ.get(settings.endpoint_key, "") if settings.endpoint_key else ""
    if settings.endpoint_key and not key:
        raise ConfigError(f"endpoint_key: the environment variable {settings.endpoint_key} is not set.")
    if name == "auto":
        raise ConfigError(f"model: {settings.endpoint} serves a model that only you know.", advice=choosing.NAME_IT)
    spec = known.find(name)
    served = RemoteBackend(
        spec,
        url=settings.endpoint,
        served_name=settings.endpoint_model,
        key=key,
        key_variable=settings.endpoint_key,
        on_status=on_status,
    )
    return Engine(spec, served, settings, kind=parse_endpoint(settings.endpoint).kind.name)
