"""Single instructions that build an image: packages, copies, downloads, arguments."""

from __future__ import annotations

from training.pairs.dockerfile.parts import USERS, Notes, image
from training.pairs.grammar import Plan, intents
from training.pairs.names import Draw

PACKAGES = tuple(
    "curl git ca-certificates build-essential libpq-dev gcc make unzip jq tzdata ffmpeg imagemagick libxml2 openssh-client gnupg wget rsync vim-tiny netcat-openbsd postgresql-client default-jre-headless graphviz".split()
)


def apt_packages(draw: Draw) -> Plan:
    notes = Notes(draw)
    names = [notes.hold(f"package{number}", name) for number, name in enumerate(draw.some(PACKAGES, 1, 4))]
    said = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    heads = (
        f"<install> {said} [with apt|]",
        f"system packages: {', '.join(names)}",
        f"apt packages {said}, and clean up the lists",
    )
    one_line = f"RUN apt-get update && apt-get install -y --no-install-recommends {' '.join(names)} && rm -rf /var/lib/apt/lists/*"
    many = (
        "RUN apt-get update \\\n    && apt-get install -y --no-install-recommends "
        + (" \\\n        ".join(["", *names]) if draw.chance(0.5) else " ".join(names))
        + " \\\n    && rm -rf /var/lib/apt/lists/*"
    )
    return image(notes, heads, [draw.one((one_line, many.replace("recommends  \\", "recommends \\")))])


def build_argument(draw: Draw) -> Plan:
    notes = Notes(draw)
    name = notes.hold(
        "name", f"{draw.noun().upper()}_{draw.one(('VERSION', 'REVISION', 'CHANNEL', 'COMMIT', 'BUILD'))}"
    )
    value = notes.hold("value", f"{draw.number(0, 9)}.{draw.number(0, 20)}.{draw.number(0, 9)}")
    if draw.chance(0.5):
        heads = (
            f"build argument {name}, {value} by default, also as environment variable",
            f"arg {name} (default {value}) that is kept in the environment",
        )
        return image(
            notes,
            heads,
            [f"ARG {name}={value}", f"ENV {name}=${{{name}}}" if draw.chance(0.5) else f"ENV {name}=${name}"],
        )
    heads = (f"build argument {name}, {value} by default", f"arg {name} with default {value}")
    return image(notes, heads, [f"ARG {name}={value}"])


def image_labels(draw: Draw) -> Plan:
    notes = Notes(draw)
    app, team = notes.hold("app", draw.slug()), notes.hold("team", f"{draw.noun().replace('_', '-')}@example.com")
    heads = (f"labels: title {app}, authors {team}", f"label the image with the title {app} and {team} as authors")
    start = "org.opencontainers.image"
    return image(notes, heads, [f'LABEL {start}.title="{app}" \\\n    {start}.authors="{team}"'])


def owned_copy(draw: Draw) -> Plan:
    notes = Notes(draw)
    name, folder = (
        notes.hold("user", draw.one(USERS)),
        notes.hold("folder", draw.one(("src", "app", "config", "static", "templates", draw.noun()))),
    )
    target = notes.hold("target", draw.one(("/app", "/srv", "/opt")))
    heads = (
        f"<copy> {folder} to {target}/{folder}, owned by {name}",
        f"{folder} goes to {target}/{folder} and belongs to {name}",
    )
    return image(notes, heads, [f"COPY --chown={name}:{name} {folder}/ {target}/{folder}/"])


def pip_with_cache(draw: Draw) -> Plan:
    notes = Notes(draw)
    file = notes.hold(
        "file",
        draw.one(
            (
                "requirements.txt",
                "requirements-prod.txt",
                "requirements/base.txt",
                f"requirements-{draw.noun().replace('_', '-')}.txt",
            )
        ),
    )
    heads = (f"<install> {file} with a pip cache mount", f"pip install of {file}, cache mounted")
    return image(
        notes,
        heads,
        [
            f"COPY {file} ./",
            f"RUN --mount=type=cache,target=/root/.cache/pip pip install -r {file.replace('requirements/', '')}",
        ],
    )


def pip_packages(draw: Draw) -> Plan:
    notes = Notes(draw)
    names = draw.some(
        tuple(
            "flask requests numpy pandas gunicorn uvicorn sqlalchemy celery redis boto3 httpx pydantic jinja2 click rich".split()
        ),
        1,
        3,
    )
    held = [
        notes.hold(f"package{number}", f"{name}=={draw.number(0, 9)}.{draw.number(0, 30)}.{draw.number(0, 9)}")
        for number, name in enumerate(names)
    ]
    heads = (
        f"<install> {' and '.join(held)} with pip, no cache",
        f"pip packages {', '.join(held)}, without keeping the cache",
    )
    return image(notes, heads, [f"RUN pip install --no-cache-dir {' '.join(held)}"])


def copy_from_stage(draw: Draw) -> Plan:
    notes = Notes(draw)
    app, stage = (
        notes.hold("app", draw.noun().replace("_", "-")),
        notes.hold("stage", draw.one(("build", "builder", "compile"))),
    )
    heads = (
        f"<copy> the binary {app} from the {stage} stage to /usr/local/bin",
        f"take /src/{app} out of stage {stage} into /usr/local/bin",
    )
    return image(notes, heads, [f"COPY --from={stage} /src/{app} /usr/local/bin/{app}"])


def download_tool(draw: Draw) -> Plan:
    notes = Notes(draw)
    tool, version = (
        notes.hold("tool", draw.slug()),
        notes.hold("version", f"{draw.number(0, 9)}.{draw.number(0, 20)}.{draw.number(0, 9)}"),
    )
    host = notes.hold("host", draw.one(("downloads.example.com", "get.example.org", "releases.example.net")))
    heads = (
        f"<download> {tool} {version} from {host} to /usr/local/bin and make it executable",
        f"{tool} {version} out of {host}, as /usr/local/bin/{tool}",
    )
    url = f"https://{host}/{tool}/{version}/{tool}"
    return image(
        notes, heads, [f"RUN curl -fsSL {url} -o /usr/local/bin/{tool} \\\n    && chmod +x /usr/local/bin/{tool}"]
    )


def secret_mount(draw: Draw) -> Plan:
    notes = Notes(draw)
    name = notes.hold("name", f"{draw.noun()}_token")
    heads = (
        f"<install> from the private index with the secret {name} mounted",
        f"mount the build secret {name} for pip install",
    )
    return image(
        notes,
        heads,
        [
            f'RUN --mount=type=secret,id={name} \\\n    PIP_INDEX_URL="$(cat /run/secrets/{name})" pip install --no-cache-dir -r requirements.txt'
        ],
    )


def make_folders(draw: Draw) -> Plan:
    notes = Notes(draw)
    path, name = (
        notes.hold("path", f"/var/{draw.one(('lib', 'cache', 'log', 'spool'))}/{draw.noun().replace('_', '-')}"),
        notes.hold("user", draw.one(USERS)),
    )
    heads = (f"<make> {path} and give it to {name}", f"{path} must exist and belong to {name}")
    return image(notes, heads, [f"RUN mkdir -p {path} && chown {name}:{name} {path}"])


INTENTS = intents(
    apt_packages, build_argument, image_labels, owned_copy, pip_with_cache, pip_packages, copy_from_stage, download_tool, secret_mount, make_folders,
)  # fmt: skip
