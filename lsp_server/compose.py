"""The composition root: settings become a model, a leased engine and what goes with them.

Everything heavy is imported inside, so that the server can answer `initialize` first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from completion.settings import Settings
from completion.types import Backend, EngineStatus

if TYPE_CHECKING:
    from completion.engine.lease import LeasedBackend

    from completion.models.catalog import ModelSpec


@dataclass(frozen=True, slots=True)
class Engine:
    """A model and the backend that answers for it."""

    model: ModelSpec
    leased: LeasedBackend

    @property
    def backend(self) -> Backend:
        """The waist."""
        return self.leased

    @property
    def status(self) -> EngineStatus:
        """What the lease knows of the host."""
        return self.leased.status

    def start(self) -> None:
        """Begin to acquire the lease (in a running event loop)."""
        self.leased.start()

    async def aclose(self) -> None:
        """Give the lease back."""
        await self.leased.aclose()


def open_engine(settings: Settings, on_status: Callable[[EngineStatus], None]) -> Engine:
    """Find the model that `settings` name and prepare its lease; nothing is started yet.

    Raises `ConfigError` or `ModelError`.
    """
    from completion.engine.lease import LeasedBackend, host_spec

    from completion.models import catalog, files

    spec = catalog.builtin().find(settings.model)
    path = files.locate(spec, settings.model_path)
    return Engine(spec, LeasedBackend(host_spec(spec, path, settings), on_status=on_status))
