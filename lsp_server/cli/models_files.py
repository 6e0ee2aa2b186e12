"""`lsp-copilot models add`, `verify` and `remove`: the user's own files, and what is in the store."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from completion.errors import CopilotError, InputError
from lsp_server.options import Resolved

if TYPE_CHECKING:
    from completion.models.catalog import Catalog


def add(arguments: argparse.Namespace, _resolved: Resolved) -> int:
    """Take a file or a safetensors folder into the store."""
    from completion.models import arrive
    from lsp_server import choosing
    from lsp_server.cli.models_pull import outcome
    from lsp_server.cli.progress import Bar

    with Bar() as bar:
        weights = arrive.add(choosing.catalogue(), arguments.file, arguments.name, bar)
    print("\n".join(outcome(weights)))
    return 0


def verify(arguments: argparse.Namespace, _resolved: Resolved) -> int:
    """Read everything and compare checksums: exit code 1 when something is not what it was."""
    from completion.models import store
    from completion.models.part import amount
    from lsp_server import choosing
    from lsp_server.cli.progress import Bar

    known = choosing.catalogue()
    if arguments.name is not None:
        known.find(arguments.name)
    names = [arguments.name] if arguments.name is not None else [*known.models, *_others(known)]
    wrong = found = 0
    for name in names:
        try:
            for weights in store.weights_of(known, name):
                found += 1
                with Bar() as bar:
                    store.verify(weights, bar)
                vouched = "as published" if weights.stored.vouched else "as when it was added"
                print(f"ok     {name} {weights.stored.quantization}, {amount(weights.bytes)}, {vouched}")
        except CopilotError as error:
            wrong += 1
            print(f"WRONG  {name}: {error}")
    if not found and not wrong:
        raise InputError(
            f"model {arguments.name} is not on this machine.",
            advice=f"Fetch it: lsp-copilot models pull {arguments.name}",
        )
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


def _others(known: Catalog) -> list[str]:
    """Models of the store that the catalogue does not know (any more)."""
    from completion.models import store

    folders = store.store_folder().iterdir() if store.store_folder().is_dir() else ()
    return sorted(folder.name for folder in folders if folder.is_dir() and folder.name not in known.models)
