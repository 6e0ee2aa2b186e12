"""`lsp-copilot models pull NAME`: shows what would be fetched, asks, fetches, and says what to do next."""

from __future__ import annotations

import argparse
import sys
import textwrap
from typing import TYPE_CHECKING

from completion.errors import InputError, NoModelFits
from lsp_server.options import Resolved

if TYPE_CHECKING:
    from completion.models.catalog import Catalog
    from completion.models.order import Order
    from completion.models.spec import ModelSpec
    from completion.models.store import Installed
    from completion.settings import Settings


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Fetch a model. Nothing is asked over the network before the person has agreed."""
    from completion.models import order, refusals
    from completion.models.part import amount
    from completion.models.pull import pull
    from lsp_server import choosing
    from lsp_server.cli.progress import Bar

    known = choosing.catalogue()
    spec = known.find(arguments.name)
    quantization = arguments.quantization or suited(known, spec, resolved.settings)
    wanted = order.make(spec, quantization, arguments.source)
    print("\n".join(terms(wanted)))
    if not arguments.yes and not agreed("Fetch it, and accept this licence?"):
        print("Nothing was fetched.")
        return 1
    try:
        with Bar() as bar:
            weights = pull(wanted, bar)
    except KeyboardInterrupt:
        kept = refusals.kept(wanted)
        if not kept:
            raise
        print(
            f"lsp-copilot: interrupted. {amount(kept)} are kept: the same command goes on there, "
            f"and lsp-copilot models remove {spec.name} deletes them.",
            file=sys.stderr,
        )
        return 130
    print("\n".join(outcome(weights)))
    return 0


def suited(known: Catalog, spec: ModelSpec, settings: Settings) -> str | None:
    """The quantization with which the model would be chosen on this machine, if such a file is published."""
    from lsp_server.cli.models_table import survey

    if sum(file.name is not None for file in spec.files) < 2:
        return None
    try:
        choice, _ = survey(known, settings, spec.roles[0])
    except NoModelFits:
        return None
    file = next((row.file for row in choice.rows if row.model.name == spec.name and row.fits), None)
    return file.quantization if file is not None and file.name is not None else None


def agreed(question: str) -> bool:
    """Ask a person. Raises `InputError` where there is none to ask."""
    if not sys.stdin.isatty():
        raise InputError("Nobody is there to agree: standard input is no terminal.", advice="Add --yes if you do.")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def terms(wanted: Order) -> list[str]:
    """What a person agrees to, line by line."""
    from completion.models.part import amount, free_space
    from completion.models.refusals import kept

    spec = wanted.spec
    if wanted.size is None:
        size = "not known before it begins"
    else:
        size = amount(wanted.size) if wanted.size_is_exact else f"about {amount(wanted.size)}"
    begun = kept(wanted)
    names = ", ".join(wanted.names[:1]) + (f" and {len(wanted.names) - 1} more" if len(wanted.names) > 1 else "")
    rows = [
        ("file", names or "all files of the folder"),
        ("size", size + (f", of which {amount(begun)} have come already" if begun else "")),
        ("licence", spec.licence),
        ("", spec.licence_note),
        ("from", wanted.source),
        ("to", f"{wanted.folder} ({amount(free_space(wanted.folder))} free)"),
        ("checksum", _voucher(wanted)),
        ("gated", f"its publisher wants to be asked first: {wanted.page}" if spec.gated else ""),
        ("warning", "nobody has verified what the catalogue says of its files" if spec.doubts(("files",)) else ""),
    ]
    lines = [f"{spec.title} ({spec.name}), quantization {wanted.quantization}"]
    for label, text in rows:
        if text:
            lines.extend(textwrap.wrap(text, 100, initial_indent=f"  {label:<10}", subsequent_indent=" " * 12))
    return lines


def outcome(weights: Installed) -> list[str]:
    """What came, who vouches for it, and how to use it."""
    from completion.models.part import amount

    stored = weights.stored
    lines = [f"{weights.model}: {amount(weights.bytes)} in {weights.path}"]
    lines.extend(f"SHA-256 {file.sha256}  {file.name}" for file in stored.files)
    if stored.vouched:
        lines.append("So it was published.")
    else:
        lines.append("Nobody vouches for that; it is noted, and lsp-copilot models verify compares with it.")
    lines.append(f"Use it: lsp-copilot models use {weights.model}")
    return lines


def _voucher(wanted: Order) -> str:
    if wanted.sha256:
        return f"SHA-256 {wanted.sha256[:16]}…, from the catalogue"
    return "the one that the hub publishes" if wanted.place == "hub" else "none is known; nobody vouches for the file"
