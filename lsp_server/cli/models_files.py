"""`lsp-copilot models add`, `verify` and `remove`: the user's own files, and what is in the store."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from completion.errors import CopilotError, InputError
from lsp_server.options import Resolved

if TYPE_CHECKING:
    from completion.models.store import Installed


def add(arguments: argparse.Namespace, _resolved: Resolved) -> int:
    """Take a file or a safetensors folder into the store."""
    from completion.models import arrive
    from lsp_server.cli.models_pull import outcome
    from lsp_server.cli.models_table import known_models
    from lsp_server.cli.progress import Bar

    with Bar() as bar:
        weights = arrive.add(known_models(), arguments.file, arguments.name, bar)
    print("\n".join(outcome(weights)))
    return 0


def verify(arguments: argparse.Namespace, _resolved: Resolved) -> int:
    """Read everything and compare checksums: exit code 1 when something is not what it was."""
    from completion.models import store
    from completion.models.part import amount
    from lsp_server.cli.progress import Bar

    wrong = 0
    for weights in _chosen(arguments.name):
        try:
            with Bar() as bar:
                store.verify(weights, bar)
        except CopilotError as error:
            wrong += 1
            print(f"WRONG  {weights.model}: {error}")
            continue
        vouched = "as published" if weights.stored.vouched else "as when it was added; nobody had vouched for it then"
        print(f"ok     {weights.model} {weights.stored.quantization}, {amount(weights.bytes)}, {vouched}")
    return 1 if wrong else 0


def remove(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Delete a model from the store, after asking."""
    from completion.models import store
    from completion.models.part import amount
    from lsp_server.cli.models_pull import agreed

    name: str = arguments.name
    folder = store.model_folder(name)
    if not folder.is_dir():
        raise InputError(
            f"model {name}: nothing of it is stored in {store.store_folder()}.",
            advice="lsp-copilot models list shows what is installed.",
        )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {amount(size)}")
    if not arguments.yes and not agreed(f"Delete the model {name}?"):
        print("Nothing was deleted.")
        return 1
    print(f"{amount(store.remove(name))} deleted.")
    for key in ("model", "script_model"):
        if getattr(resolved.settings, key) == name:
            print(f"{key} still names it ({resolved.origins[key]}): lsp-copilot models use ANOTHER")
    return 0


def _chosen(name: str | None) -> tuple[Installed, ...]:
    from completion.models import store
    from lsp_server.cli.models_table import known_models

    known = known_models()
    if name is None:
        return store.installed(known)
    spec = known.find(name)
    found = tuple(weights for weights in store.installed(known) if weights.model == name) or store.find(spec.name)
    if not found:
        raise InputError(f"model {name} is not on this machine.", advice=f"Fetch it: lsp-copilot models pull {name}")
    return found
