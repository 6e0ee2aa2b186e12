"""Plants secrets of which none may come out: in ignored files, environment files, key files and open code.

`plant` fills a temporary workspace, `leaked` says which of them a text shows. Every canary is distinct, and nothing in
this file has the shape of a secret: they are made at run time, the same ones for the same seed.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["ignored", "environment", "key", "open"]

SHOWN = 10
"""So many characters of a canary in a row are a leak; of a shorter one, all."""

_BASE62 = string.ascii_letters + string.digits
_BASE64 = _BASE62 + "+/"

IGNORE_FILES = {
    ".gitignore": "build/\n*.log\n/local_*.py\n",
    ".git/info/exclude": "scratch/\n",
    ".copilotignore": "confidential/\n*.private.ts\n!kept.log\n",
    "service/.gitignore": "generated*\n!generated_kept.py\n",
}

# Files whose contents are plain code: only that they are ignored keeps them back.
IGNORED = (
    "build/out{n}.py", "local_{n}.py", "scratch/note{n}.py", "confidential/plan{n}.go", "app{n}.private.ts",
    "service/generated{n}.py", "build/deep/er/x{n}.ts", "trace{n}.log",
)  # fmt: skip
ENVIRONMENT = (
    ".env", ".env.production", "service{n}/.env.local", "deploy/stage{n}.env", ".envrc", "config{n}/secrets.yaml",
    "infra{n}/terraform.tfvars", "infra{n}/terraform.tfstate", "web{n}/.npmrc", "home{n}/.netrc", "db{n}/.pgpass",
    "cloud{n}/.aws/credentials", "python{n}/.pypirc", "cluster{n}/kubeconfig", "cluster{n}/.kube/config",
)  # fmt: skip
KEYS = ("tls/server{n}.pem", "tls/server{n}.key", "home{n}/.ssh/id_rsa", "home{n}/id_ed25519", "sign/app{n}.p8")

# Secret-shaped text in files that may enter context: where, the line around it, and the secret's fixed beginning.
OPEN: tuple[tuple[str, str, str, int, str], ...] = (
    ("src/a{n}.py", 'TOKEN = "{}"', "gh" + "p_", 36, _BASE62),
    ("src/b{n}.py", 'client = Client(api_key="{}")', "", 40, _BASE62),
    ("src/c{n}.py", 'requests.get(url, headers={{"Authorization": "Bearer {}"}})', "", 40, _BASE62),
    ("src/d{n}.py", 'DATABASE = "postgres://app:{}@db.internal/app"', "", 16, _BASE62),
    ("src/e{n}.py", 'connect("app", password="{}")', "", 14, _BASE62),
    ("web/a{n}.ts", "export const stripe = new Stripe('{}');", "sk_" + "live_", 24, _BASE62),
    ("web/b{n}.js", "const config = {{ apiKey: '{}' }};", "AI" + "za", 35, _BASE62),
    ("web/c{n}.ts", "const slackToken: string = `{}`;", "xo" + "xb-123456789012-123456789012-", 24, _BASE62),
    ("go/a{n}.go", 'var accessKey = "{}"', "AK" + "IA", 16, string.ascii_uppercase + "234567"),
    ("go/b{n}.go", 'os.Setenv("AWS_SECRET_ACCESS_KEY", "{}")', "", 40, _BASE64),
    ("java/A{n}.java", 'class A {{ static final String CLIENT_SECRET =\n    "{}"; }}', "", 32, _BASE62),
    ("deploy/a{n}.yaml", "env:\n  - name: GITLAB_TOKEN\n    value: {}", "gl" + "pat-", 20, _BASE62),
    ("deploy/b{n}.yaml", "kind: Secret\ndata:\n  password: {}\n", "", 24, _BASE62),
    ("deploy/c{n}.sh", "export DB_PASSWORD={}", "", 12, _BASE62),
    ("docker/a{n}/Dockerfile", "FROM scratch\nENV NPM_TOKEN={}", "np" + "m_", 36, _BASE62),
    ("conf/a{n}.json", '{{"client_secret": "{}"}}', "", 32, _BASE62),
    ("conf/b{n}.toml", 'encryption_key = "{}"', "", 64, "0123456789abcdef"),
    ("rust/a{n}.rs", 'const HF: &str = "{}";', "h" + "f_", 34, string.ascii_letters),
    ("php/a{n}.php", "<?php define('OPENAI', '{}');", "sk" + "-proj-", 48, _BASE62),
    ("ruby/a{n}.rb", "uri = 'https://hooks.slack.com/services/{}'", "T0" + "000000/B0" + "000000/", 28, _BASE62),
    ("sql/a{n}.sql", "-- {}", "gh" + "o_", 36, _BASE62),
    ("kt/a{n}.kt", 'val jwt = "{}"', "ey" + "JhbGciOiJIUzI1NiJ9abc.ey" + "JzdWIiOiIxMjM0NTY3abc.", 43, _BASE62),
    ("src/k{n}.py", 'KEY = """-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----"""', "", 64, _BASE64),
)


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted secret: its text without the part that all of its kind share, where it is, and what guards it."""

    secret: str
    path: str
    kind: Kind

    def is_in(self, text: str) -> bool:
        """Whether the text shows the canary or a good part of it."""
        shown = min(SHOWN, len(self.secret))
        return any(self.secret[at : at + shown] in text for at in range(len(self.secret) - shown + 1))


def plant(root: Path, count: int = 200, seed: int = 0) -> tuple[Canary, ...]:
    """Fill the folder with `count` canaries, a quarter of them of each kind, and with harmless code around them."""
    chance = random.Random(seed)
    for path, text in IGNORE_FILES.items():
        _append(root / path, text)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    makers: tuple[Callable[[int], tuple[str, str, str, Kind]], ...] = (
        lambda n: _ignored(n, chance),
        lambda n: _environment(n, chance),
        lambda n: _key(n, chance),
        lambda n: _open(n, chance),
    )
    canaries = []
    for n in range(count):
        path, text, secret, kind = makers[n % len(makers)](n // len(makers))
        _append(root / path, text)
        canaries.append(Canary(secret, path, kind))
    for path in {canary.path for canary in canaries if canary.kind == "open"}:
        _append(root / path, "\n")
    _append(root / "src" / "harmless.py", "def harmless(value):\n    return value + 1\n")
    return tuple(canaries)


def leaked(canaries: Iterable[Canary], text: str) -> tuple[Canary, ...]:
    """The canaries that a text shows: a prompt, a log, a cache."""
    return tuple(canary for canary in canaries if canary.is_in(text))


def texts_below(folder: Path) -> Iterator[str]:
    """Everything that is written below a folder, names and contents, as text: for logs and caches."""
    for path in sorted(folder.rglob("*")):
        yield str(path)
        if path.is_file():
            yield path.read_bytes().decode("utf-8", "replace")


def _ignored(n: int, chance: random.Random) -> tuple[str, str, str, Kind]:
    word = "canary" + _some(string.ascii_lowercase, 14, chance)
    return IGNORED[n % len(IGNORED)].format(n=n), f"def {word}(value):\n    return value\n", word[6:], "ignored"


def _environment(n: int, chance: random.Random) -> tuple[str, str, str, Kind]:
    # A word that no rule knows: only the file's name keeps it back.
    word = _some(string.ascii_lowercase, 18, chance)
    return ENVIRONMENT[n % len(ENVIRONMENT)].format(n=n), f"greeting{n} = {word}\n", word, "environment"


def _key(n: int, chance: random.Random) -> tuple[str, str, str, Kind]:
    body = _some(_BASE64, 64, chance)
    # Bare, without the lines by which it could be told: again only the name keeps it back.
    return KEYS[n % len(KEYS)].format(n=n), f"{body}\n", body, "key"


def _open(n: int, chance: random.Random) -> tuple[str, str, str, Kind]:
    path, line, beginning, length, alphabet = OPEN[n % len(OPEN)]
    secret = _some(alphabet, length, chance)
    return path.format(n=n), line.format(beginning + secret) + "\n", secret, "open"


def _some(alphabet: str, length: int, chance: random.Random) -> str:
    """Random characters; where the alphabet has digits, two at least, as all but a few real ones have."""
    text = [chance.choice(alphabet) for _ in range(length)]
    if digits := [symbol for symbol in alphabet if symbol.isdigit()]:
        for place in chance.sample(range(length), 2):
            text[place] = chance.choice(digits)
    return "".join(text)


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)
