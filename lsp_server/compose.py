"""The composition root: settings become a model, a leased engine and what goes with them.

Everything heavy is imported inside, so that the server can answer `initialize` first.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from completion.errors import ConfigError
from completion.settings import Settings
from completion.types import Backend, EngineStatus

if TYPE_CHECKING:
    from completion.engine.lease import LeasedBackend
    from completion.engine.remote import RemoteBackend
    from completion.models.catalog import ModelSpec


@dataclass(frozen=True, slots=True)
class Engine:
    """A model and the backend that answers for it."""

    model: ModelSpec
    served: LeasedBackend | RemoteBackend

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

    async def aclose(self) -> None:
        """Give the lease back."""
        await self.served.aclose()


def open_engine(settings: Settings, on_status: Callable[[EngineStatus], None]) -> Engine:
    """Find the model that `settings` name and prepare its host or server; nothing is started yet.

    Raises `ConfigError` or `ModelError`.
    """
    from completion.models import catalog, files

    spec = catalog.builtin().find(settings.model)
    if settings.endpoint:
        from completion.engine.remote import RemoteBackend

        key = os.environ.get(settings.endpoint_key, "") if settings.endpoint_key else ""
        if settings.endpoint_key and not key:
            raise ConfigError(f"endpoint_key: the environment variable {settings.endpoint_key} is not set.")
        name = settings.endpoint_model
        return Engine(spec, RemoteBackend(spec, url=settings.endpoint, served_name=name, key=key, on_status=on_status))
    from completion.engine.lease import LeasedBackend, host_spec

    path = files.locate(spec, settings.model_path)
    return Engine(spec, LeasedBackend(host_spec(spec, path, settings), on_status=on_status))
