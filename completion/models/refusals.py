"""What a person is told when a download is refused or cut. Knows status codes and sentences, and no HTTP library."""

from __future__ import annotations

from pathlib import Path

from completion.errors import ModelError
from completion.models.order import Order, endpoint, shown
from completion.models.part import amount

_LOGIN = "hf auth login"


def refused(status: int, code: str, url: str, wanted: Order, name: str) -> ModelError:
    """The error for an answer of 400 or more; `code` is the hub's `X-Error-Code`."""
    if code == "GatedRepo" or (status in (401, 403) and wanted.place == "hub" and wanted.spec.gated):
        return gated(wanted, logged_in=status == 403)
    if wanted.place == "hub" and (code == "RepoNotFound" or status == 401):
        return ModelError(
            f"{endpoint()} has no repository {wanted.base}, or it is not public.",
            advice="Name another place: --from URL or --from FOLDER.",
        )
    if wanted.place == "hub" and code == "RevisionNotFound":
        return ModelError(f"{wanted.base} has no revision {wanted.revision}.", advice="Correct commit in models.toml.")
    if status == 404:
        return ModelError(f"{wanted.source} has no file {name} (404).", advice="Look at what is published there.")
    if status in (401, 403):
        return ModelError(f"{shown(url)} may not be read by you ({status}).", advice="Look at who may.")
    return ModelError(f"{shown(url)} answered with {status}.", advice="Try again later; what has come is kept.")


def gated(wanted: Order, *, logged_in: bool) -> ModelError:
    """The error for a model whose publisher wants to be asked first."""
    first = f"Open {wanted.page}, accept the terms there"
    if logged_in:
        return ModelError(
            f"model {wanted.spec.name} is gated, and your account of the hub may not have it yet.",
            advice=f"{first} with the account of your token, then run the same command again.",
        )
    return ModelError(
        f"model {wanted.spec.name} is gated: its publisher hands it out to known accounts only.",
        advice=f"{first}, log in once with: {_LOGIN}, then run the same command again.",
    )


def unreachable(host: str, reason: str, wanted: Order) -> ModelError:
    """The error for a connection that could not be made, or was cut too often."""
    come = kept(wanted)
    advice = f"{amount(come)} have come and are kept: the same command goes on there." if come else ""
    return ModelError(
        f"{host} cannot be reached: {reason.rstrip('.') or 'no reason was given'}.",
        advice=advice or "Look at the connection and the proxy (HTTPS_PROXY), or fetch from a folder: --from FOLDER.",
    )


def kept(wanted: Order) -> int:
    """Bytes that lie there of downloads that were begun."""
    parts = [wanted.folder / (Path(name).name + ".part") for name in wanted.names]
    return sum(path.stat().st_size for path in parts if path.is_file())
