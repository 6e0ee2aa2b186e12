"""What is the same risk in a Dockerfile, a manifest and a compose file: tags of images, secrets in clear."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"(?:\A|_|-|\b)(?:passw(?:or)?d|passwd|pwd|secret|token|api_?key|access_?key|private_?key|secret_?key|credentials?|"
    r"auth_?key|encryption_?key|pgpassword)(?:\Z|_(?:key|base|access_key|value|\d+)\Z)",
    re.I,
)
_NO_SECRET = re.compile(r"(?:_file|_path|_dir|_url|_name|_length|_ttl|_id|_type|_policy)\Z", re.I)
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def moving_tag(image: str) -> str:
    """Why `image` may be another one tomorrow; "" where its tag or digest says which it is, or nobody can know."""
    if not image or "@" in image:
        return ""
    # A tag may be a variable with a default, as in app:${TAG:-1.0}; a colon before a slash belongs to a port.
    image = re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", image)
    name, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        return "" if "$" in image else f"uses {image} without a tag, which is another image tomorrow"
    return f"uses {name}:latest, which is another image tomorrow" if tag == "latest" else ""


def clear_secret(name: str, value: str) -> str:
    """Why a variable with this name and value is a secret in clear; "" where it is none or comes from elsewhere."""
    plain = _WORDS.sub("_", name)
    if not _SECRET.search(plain) or _NO_SECRET.search(plain):
        return ""
    value = value.strip().strip("\"'")
    if not value or re.match(r"\$|<|\{\{|/run/secrets/", value) or value.lower() in ("true", "false", "none", "null"):
        return ""
    return f"holds {name} in clear, for everybody who sees it"
