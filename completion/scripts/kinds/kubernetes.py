"""Kubernetes manifests: one object, or several with `---` between them."""

from __future__ import annotations

import re

from completion.scripts.kinds.base import Example, Kind, begins_with, lines
from completion.scripts.types import Material


def wanted(material: Material) -> str:
    """The version that the manifest is for."""
    return f"The cluster runs Kubernetes {material.version.lstrip('v')}." if material.version else ""


def clean(text: str) -> str:
    """Tidy lines, without the separator of a document that does not follow."""
    return lines(re.sub(r"\n---\s*\Z", "\n", lines(text)))


KIND = Kind(
    name="kubernetes",
    title="Kubernetes manifest",
    fence="yaml",
    languages=("kubernetes", "yaml"),
    marker="#",
    file="manifest.yaml",
    tokens=768,
    stops=("\n# ", "\n---\n# ", "\n\n\n"),
    instruction=(
        "You write Kubernetes manifests. Answer with the YAML only, in one fenced block, without any explanation. "
        "Separate several objects with ---. Pin the tag of every image, never use latest, let labels and selectors "
        "agree, and set requests and limits for containers. Use no privileged container and no hostPath unless asked. "
        "Put no password and no other secret into the text: refer to a Secret by name."
    ),
    examples=(
        Example(
            "service web on port 80 that sends to port 8080 of the pods of app web",
            "apiVersion: v1\n"
            "kind: Service\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  selector:\n"
            "    app: web\n"
            "  ports:\n"
            "    - port: 80\n"
            "      targetPort: 8080",
        ),
    ),
    wanted=wanted,
    frame=begins_with("apiVersion: "),
    clean=clean,
)
