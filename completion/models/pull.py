"""Fetches weights: from the hub by the means of its own library, or from a plain URL. The only room that connects.

Tokens, proxies, mirrors (`HF_ENDPOINT`) and offline mode are huggingface_hub's, and so is the HTTP client. The
bytes are written here, because a download that was cut must go on where it ended in the next run, and the
library starts anew. It is imported when something is fetched: nobody else shall wait for it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from completion import __version__
from completion.errors import ChecksumMismatch, ModelError, ModelFileInvalid
from completion.models import arrive, order, refusals, store
from completion.models.checksum import Progress, sha256, silent
from completion.models.order import Order
from completion.models.part import Part, check_space
from completion.models.store import Installed, StoredFile

if TYPE_CHECKING:
    import httpx2

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each new attempt while nothing comes; any byte that comes starts the row again."""

_TIMEOUT = 30.0
_AGENT = {"User-Agent": f"lsp-copilot/{__version__}"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BUSY = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class _Remote:
    """One file at the other side; `identity` names its content where that is known before it comes."""

    url: str
    name: str
    size: int | None
    sha256: str | None
    identity: str
    headers: Mapping[str, str] = field(default_factory=dict)


def pull(wanted: Order, progress: Progress = silent, pause: Callable[[float], None] = time.sleep) -> Installed:
    """Fetch `wanted` into the store, going on where an earlier attempt ended.

    Raises `ModelError` (with how to go on), `ModelFileInvalid`, `ChecksumMismatch`, `ModelFileMissing`.
    """
    if wanted.place == "folder":
        return arrive.bring(wanted.spec, Path(wanted.base), wanted.names, wanted.quantization, progress)
    import httpx2
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    # Nothing but the file is anybody's business. Otherwise the library would tell the hub what is installed here
    # and which program runs it, and fetch a list of such programs first.
    constants.HF_HUB_DISABLE_TELEMETRY = True

    host = urlsplit(order.endpoint() if wanted.place == "hub" else wanted.base).hostname or "the server"
    with store.locked(wanted.spec.name) as folder:
        try:
            remotes = _hub_files(wanted) if wanted.place == "hub" else _url_files(wanted)
            _check_space(folder, remotes)
            files = [_fetched(remote, folder, wanted, progress, pause) for remote in remotes]
        except OfflineModeIsEnabled:
            raise ModelError(
                "HF_HUB_OFFLINE is set in the environment, so nothing is fetched.",
                advice="Unset it, or fetch from your own disk: --from FOLDER.",
            ) from None
        except HfHubHTTPError as error:
            raise _refusal(error.response, wanted, wanted.names[0]) from None
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise refusals.unreachable(host, str(error), wanted) from None
        vouched = all(remote.sha256 for remote in remotes)
        return arrive.enter(wanted.spec, wanted.quantization, files, source=wanted.source, vouched=vouched)


def _hub_files(wanted: Order) -> list[_Remote]:
    """Ask the hub for size, commit and checksum of each file; its ETag is the SHA-256 of files it stores by LFS."""
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError

    token = huggingface_hub.get_token() if wanted.spec.gated else None
    headers = dict(_AGENT)
    found, revision = [], wanted.revision
    for name in wanted.names:
        url = huggingface_hub.hf_hub_url(wanted.base, name, revision=revision, endpoint=order.endpoint())
        try:
            facts = huggingface_hub.get_hf_file_metadata(url, token=token or False, headers=headers)
        except HfHubHTTPError as error:
            # A model may have become gated since the catalogue was written; only then is a token shown.
            if token or error.response.headers.get("X-Error-Code") != "GatedRepo":
                raise
            token = huggingface_hub.get_token()
            if not token:
                raise
            facts = huggingface_hub.get_hf_file_metadata(url, token=token, headers=headers)
        # All parts from one commit, and the same one when the download goes on another day.
        revision = facts.commit_hash or revision
        published = facts.etag if facts.etag and _SHA256.fullmatch(facts.etag) else None
        if wanted.sha256 and published and published != wanted.sha256:
            raise ChecksumMismatch(
                f"{wanted.source} has another {name} than the catalogue: its SHA-256 is {published}, "
                f"expected {wanted.sha256}.",
                advice="It was replaced or tampered with; nothing was fetched.",
            )
        pinned = huggingface_hub.hf_hub_url(wanted.base, name, revision=revision, endpoint=order.endpoint())
        checksum = wanted.sha256 or published
        identity = checksum or f"{revision}:{facts.etag}"
        shown = {**headers, "Authorization": f"Bearer {token}"} if token else headers
        found.append(_Remote(pinned, name, facts.size, checksum, identity, shown))
    return found


def _url_files(wanted: Order) -> list[_Remote]:
    checksum, size = wanted.sha256, wanted.size if wanted.size_is_exact and len(wanted.names) == 1 else None
    found = []
    for name in wanted.names:
        first = wanted.names[0]
        url = wanted.base + name if wanted.base.endswith("/") else wanted.base.replace(first, name)
        found.append(_Remote(url, name, size, checksum, checksum or "", _AGENT))
    return found


def _fetched(
    remote: _Remote, folder: Path, wanted: Order, progress: Progress, pause: Callable[[float], None]
) -> StoredFile:
    """One file, whole, checked and in its place."""
    target = folder / Path(remote.name).name
    if remote.sha256 and target.is_file() and sha256(target, progress) == remote.sha256:
        return StoredFile(name=target.name, bytes=target.stat().st_size, sha256=remote.sha256)
    with Part(target) as part:
        _stream(remote, part, wanted, progress, pause)
        found = sha256(part.path, progress)
        if remote.sha256 and found != remote.sha256:
            part.discard()
            raise ChecksumMismatch(
                f"{target.name} from {wanted.source} is not the published file: its SHA-256 is {found}, "
                f"expected {remote.sha256}. What had come was deleted.",
                advice="Try again; if it happens again, the place serves another file: use another one.",
            )
        try:
            arrive.check_header(part.path, wanted.spec)
        except ModelFileInvalid as error:
            part.discard()
            raise ModelFileInvalid(f"{error.message} What had come was deleted.", advice=error.advice) from None
        part.finish()
    return StoredFile(name=target.name, bytes=target.stat().st_size, sha256=found)


def _stream(remote: _Remote, part: Part, wanted: Order, progress: Progress, pause: Callable[[float], None]) -> None:
    """Fill `part`, connecting again where the connection is cut. Raises what the last attempt raised."""
    import httpx2

    if remote.identity and part.identity != remote.identity:
        part.begin(remote.identity)
    attempt = 0
    while True:
        before = part.size
        try:
            if _attempt(remote, part, wanted, progress):
                return
            reason: httpx2.RequestError = httpx2.RemoteProtocolError("the connection ended too early")
        except httpx2.TransportError as error:
            reason = error
        attempt = 0 if part.size > before else attempt
        if attempt == len(PAUSES) or isinstance(reason, httpx2.UnsupportedProtocol):
            raise reason
        pause(PAUSES[attempt])
        attempt += 1


def _attempt(remote: _Remote, part: Part, wanted: Order, progress: Progress) -> bool:
    """One connection: True when the file is whole, False when the server was busy or the body too short."""
    from huggingface_hub import get_session

    if remote.size is not None and part.size == remote.size:
        return True
    # Without a name for its content, the beginning of a file cannot be told from that of another.
    if part.size and (not part.identity or (remote.size is not None and part.size > remote.size)):
        part.begin(remote.identity)
    headers = {**remote.headers, "Accept-Encoding": "identity"}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if not remote.identity:
            headers["If-Range"] = part.identity
    with get_session().stream("GET", remote.url, headers=headers, timeout=_TIMEOUT) as response:
        if response.status_code in _BUSY:
            return False
        if response.status_code == 416:
            # What lies here is longer than, or as long as, what lies there.
            whole = response.headers.get("Content-Range", "").rpartition("/")[2] == str(part.size)
            if not whole:
                part.begin(remote.identity)
            return whole
        if response.status_code >= 400:
            raise _refusal(response, wanted, remote.name)
        if response.status_code != 206:
            part.begin(remote.identity or _validator(response))
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {part.size}-"):
            # An answer to another question; the next attempt asks for the whole file.
            part.begin(remote.identity)
            return False
        total = _total(response, part.size)
        if total is not None and remote.size is None:
            check_space(part.path.parent, total - part.size)
        total = total if total is not None else remote.size
        for block in response.iter_bytes():
            part.write(block)
            progress(f"fetching {Path(remote.name).name}", part.size, total)
    return total is None or part.size == total


def _refusal(response: httpx2.Response, wanted: Order, name: str) -> ModelError:
    code = response.headers.get("X-Error-Code", "")
    return refusals.refused(response.status_code, code, str(response.request.url), wanted, name)


def _check_space(folder: Path, remotes: list[_Remote]) -> None:
    """Only for what is known; a size that comes with the answer is looked at then."""
    needed = 0
    for remote in remotes:
        target = folder / Path(remote.name).name
        here = (target, target.with_name(target.name + ".part"))
        come = max((path.stat().st_size for path in here if path.is_file()), default=0)
        needed += max(0, (remote.size or 0) - come)
    check_space(folder, needed)


def _validator(response: httpx2.Response) -> str:
    """What `If-Range` may be given (RFC 9110, section 13.1.5): a strong ETag, else the date of the last change."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _total(response: httpx2.Response, before: int) -> int | None:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    length = response.headers.get("Content-Length", "")
    return before + int(length) if length.isdigit() else None
