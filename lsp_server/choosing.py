"""The automatic choice: this machine, what is installed on it, and the settings become a `Choice`.

Reads the device, the store and the calibration; `completion.models.select` decides.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from completion.errors import ConfigError, EngineError, ModelFileMissing
from completion.settings import Settings
from lsp_server.options import user_file

if TYPE_CHECKING:
    from completion.models.catalog import Catalog
    from completion.models.device import DeviceProfile
    from completion.models.select import Choice
    from completion.models.spec import Role
    from completion.models.speed import Calibration

NAME_IT = 'Name it as the catalogue does, for example model = "qwen2.5-coder-7b"; see lsp-copilot models list.'


def catalogue() -> Catalog:
    """The catalogue, with the user's own `models.toml` beside `config.toml`. Raises `ConfigError`."""
    from completion.models import catalog

    return catalog.load_with(user_file().with_name("models.toml"))


def choose(settings: Settings, known: Catalog, role: Role, tell: Callable[[str], None] | None = None) -> Choice:
    """The model for `role` among those that can be loaded now. Raises `NoModelFits`.

    Where there is more than one and nobody has measured this machine yet, it is measured, if somebody is to be told.
    """
    from completion.models import device, select, store

    installed = frozenset((weights.model, weights.stored.quantization) for weights in store.installed(known))
    profile = device.read()
    if tell is not None and sum(role in known.find(name).roles for name, _ in installed) > 1:
        measure(settings, profile, tell)
    return select.choose(
        known,
        profile,
        calibration(settings, profile),
        budget_ms=settings.latency_ms if role == "completion" else None,
        role=role,
        installed=installed,
    )


def without_choice(known: Catalog, role: Role) -> str:
    """The name of the model for `role` where one alone can be loaded now, so that there is nothing to choose; else "".

    It is used whatever the arithmetic says of it: right after install that is the shipped model, on any machine.
    """
    from completion.models import store

    loadable = {
        (weights.model, weights.stored.quantization)
        for weights in store.installed(known)
        if role in known.find(weights.model).roles
    }
    return next(iter(loadable))[0] if len(loadable) == 1 else ""


def calibration(settings: Settings, profile: DeviceProfile) -> Calibration:
    """What was measured of this machine, or careful assumptions."""
    from completion.models import speed

    return speed.load(profile, settings.threads) or speed.assumed(profile)


def measure(settings: Settings, profile: DeviceProfile, tell: Callable[[str], None]) -> None:
    """Measure this machine if nobody has yet; `tell` hears what takes so long, or why it could not be done."""
    from completion.engine import measure as measuring
    from completion.models import speed

    if speed.load(profile, settings.threads) is not None:
        return
    tell("Measuring how fast this machine is (once, some seconds).")
    try:
        measuring.calibrate(profile, settings.threads, settings.engine_python)
    except EngineError as error:
        tell(f"{error.message} {error.advice}")


def path_of(choice: Choice, known: Catalog) -> Path:
    """The file of a choice. Raises `ModelFileMissing`."""
    from completion.models import files, store

    file = choice.row.file
    for weights in store.weights_of(known, choice.model.name):
        if file is not None and weights.stored.quantization == file.quantization:
            return weights.path
    return files.locate(choice.model)


def name_of_file(model_path: str, known: Catalog) -> str:
    """The catalogue name of a file that the user gave without one: it has a published name or size.

    Raises `ConfigError` where it has not, and `ModelFileMissing` where there is no file.
    """
    path = Path(model_path).expanduser()
    if not path.exists():
        raise ModelFileMissing(f"model_path: {path} does not exist.", advice="Correct model_path or remove it.")
    size = path.stat().st_size
    for spec in known.models.values():
        for file in spec.files:
            same_size = file.basis == "exact" and file.bytes == size
            if path.is_file() and (same_size or (file.name is not None and file.name == path.name)):
                return spec.name
    raise ConfigError(f"model_path: {path} is no file of the catalogue's, and model does not name it.", advice=NAME_IT)
