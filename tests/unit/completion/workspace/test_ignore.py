"""What may enter context: precedence, secret files, reasons, and rules that are read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from completion.types import Mode
from completion.workspace.file_rules import secret_pattern
from completion.workspace.ignore import Ignore, refusal


def words(text: str) -> list[str]:
    return text.split()


SECRET = words("""
.env .env.local .env.production .envrc prod.env .dev.vars a/b/.env
server.pem server.key id_rsa id_ed25519 id_rsa.bak store.jks cert.p12 cert.pfx key.p8 my.kdbx x.ppk deploy_rsa
.netrc _netrc .pgpass .npmrc .pypirc .git-credentials .htpasswd .dockercfg .docker/config.json .my.cnf auth.json
.aws/credentials home/.aws/config .kube/config kubeconfig prod.kubeconfig .ssh/config .gnupg/pubring.kbx
.config/gcloud/credentials.db home/u/.config/gcloud/x/y.json .cargo/credentials.toml .vault-token
credentials.json credentials service-account-prod.json client_secret_1.json google-services.json
terraform.tfstate terraform.tfstate.backup prod.tfvars prod.auto.tfvars.json secrets.yaml secrets.toml app-secrets.yml
.ENV Server.PEM ID_RSA Secrets.YAML .bash_history local.settings.json
""")

HARMLESS = words("""
.env.example .env.sample .env.template .env.local.example prod.env.py env.py environment.ts id_rsa.pub
secrets.py secrets.go secret.ts credentials.py credentials/__init__.py keys.py key.ts monkey.py config.json
docker/config.json aws/credentials.go .env/lib/x.py password.rb tokens.rs terraform.tf variables.tf public.crt
README.md package.json gcloud/main.py
""")


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", SECRET)
def test_secret_files_never_enter_context_and_get_no_suggestions(tmp_path: Path, path: str) -> None:
    write(tmp_path / ".copilotignore", f"!{path}\n!*\n")
    verdict = Ignore(tmp_path).verdict(path)
    assert verdict.ignored
    assert verdict.reason.startswith("secret file (")
    for given in (path, str(tmp_path / path), f"untitled:{path}", f"file:///w/{path}"):
        refused = refusal(given, Ignore(tmp_path))
        assert refused is not None
        assert (refused.mode, refused.reason) == (Mode.NONE, "secret file")


@pytest.mark.parametrize("path", HARMLESS)
def test_names_that_only_sound_secret(tmp_path: Path, path: str) -> None:
    assert Ignore(tmp_path).verdict(path).reason == ""
    assert refusal(path, Ignore(tmp_path)) is None


@pytest.mark.parametrize(
    ("ignoring", "path", "reason"),
    [
        ({".gitignore": "*.log\n"}, "a/x.log", "ignored by .gitignore:1 (*.log)"),
        ({".gitignore": "a\n\n# c\nbuild/\n"}, "x/build/y.py", "ignored by .gitignore:4 (build/)"),
        ({".gitignore": "*.log\n", "a/.gitignore": "!x.log\n"}, "a/x.log", ""),
        ({"a/.gitignore": "/x.py\n"}, "a/x.py", "ignored by a/.gitignore:1 (/x.py)"),
        ({"a/.gitignore": "/x.py\n"}, "a/b/x.py", ""),
        ({".gitignore": "a/\n!a/x.py\n"}, "a/x.py", "ignored by .gitignore:1 (a/)"),
        ({".git/info/exclude": "x.py\n"}, "a/x.py", "ignored by .git/info/exclude:1 (x.py)"),
        ({".git/info/exclude": "x.py\n", ".gitignore": "!x.py"}, "x.py", ""),
        ({".copilotignore": "x.py\n"}, "a/x.py", "ignored by .copilotignore:1 (x.py)"),
        ({".copilotignore": "!gen/\n", ".gitignore": "gen/\n"}, "gen/x.py", ""),
        ({".copilotignore": "gen/\n", "gen/.gitignore": "!*\n"}, "gen/x.py", "ignored by .copilotignore:1 (gen/)"),
        ({"a/.copilotignore": "*.py\n", ".copilotignore": "!*.py"}, "a/x.py", "ignored by a/.copilotignore:1 (*.py)"),
        ({".gitignore": "\ufeffx.py\r\n"}, "x.py", "ignored by .gitignore:1 (x.py)"),
        ({".gitignore": "[\n!\n\\\n//\n"}, "x.py", ""),
        ({}, ".git/config", "git's own files"),
        ({}, "../x.py", "outside the workspace"),
        ({}, "a/../../x.py", "outside the workspace"),
    ],
)
def test_reasons(tmp_path: Path, ignoring: dict[str, str], path: str, reason: str) -> None:
    for name, text in ignoring.items():
        write(tmp_path / name, text)
    assert Ignore(tmp_path).verdict(path).reason == reason
    assert Ignore(tmp_path).verdict(tmp_path / path).reason == reason


def test_a_changed_ignore_file_is_read_again(tmp_path: Path) -> None:
    ignore = Ignore(tmp_path)
    assert not ignore.verdict("x.py").ignored
    rules = write(tmp_path / ".gitignore", "x.py\n")
    assert ignore.verdict("x.py").ignored
    rules.write_text("other.py\n")
    assert not ignore.verdict("x.py").ignored
    rules.unlink()
    assert not ignore.verdict("other.py").ignored


def test_a_repository_around_the_workspace_counts(tmp_path: Path) -> None:
    write(tmp_path / ".git" / "HEAD")
    write(tmp_path / ".gitignore", "*.log\n/app/out/\n")
    (tmp_path / "app").mkdir()
    ignore = Ignore(tmp_path / "app")
    assert ignore.verdict("x.log").ignored
    assert ignore.verdict("out/x.py").reason == "ignored by .gitignore:2 (/app/out/)"
    assert not ignore.verdict("x.py").ignored


def test_a_repository_that_ignores_the_whole_workspace_does_not_count(tmp_path: Path) -> None:
    write(tmp_path / ".git" / "HEAD")
    write(tmp_path / ".gitignore", "*\n")
    (tmp_path / "app").mkdir()
    assert not Ignore(tmp_path / "app").verdict("x.py").ignored


def test_a_worktree_has_its_excludes_elsewhere(tmp_path: Path) -> None:
    write(tmp_path / "main" / ".git" / "info" / "exclude", "x.py\n")
    write(tmp_path / "main" / ".git" / "worktrees" / "w" / "commondir", "../..\n")
    write(tmp_path / "w" / ".git", f"gitdir: {tmp_path}/main/.git/worktrees/w\n")
    assert Ignore(tmp_path / "w").verdict("x.py").ignored


def test_what_copilotignore_names_gets_no_suggestions_and_what_git_ignores_does(tmp_path: Path) -> None:
    write(tmp_path / ".copilotignore", "plans/\n")
    write(tmp_path / ".gitignore", "notes.py\n")
    ignore = Ignore(tmp_path)
    refused = refusal(tmp_path / "plans" / "a.py", ignore)
    assert refused is not None
    assert refused.reason == "ignored by .copilotignore:1 (plans/)"
    assert refusal(tmp_path / "notes.py", ignore) is None
    assert ignore.verdict("notes.py").ignored


def test_a_link_to_a_secret_file_is_one(tmp_path: Path) -> None:
    write(tmp_path / ".env", "A=1")
    try:
        (tmp_path / "notes.txt").symlink_to(tmp_path / ".env")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    assert Ignore(tmp_path).verdict("notes.txt").ignored
    assert refusal(tmp_path / "notes.txt") is not None


@pytest.mark.parametrize(
    "name", ["a\nb/.env", "\udcff/.env", "é\u202e/.env", "a" * 300 + "/.env", "\0/.env", "a\nb/x.log"]
)
def test_hostile_names_are_judged_too(tmp_path: Path, name: str) -> None:
    write(tmp_path / ".gitignore", "*.log\n")
    assert Ignore(tmp_path).verdict(name).ignored
    refusal(name, Ignore(tmp_path))


@pytest.mark.timeout(20)
def test_a_hostile_pattern_ends_and_ignores_rather_more(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "*a" * 60 + "z\n" + "!" + "*b" * 60 + "\n" + "**/a/" * 40 + "\n")
    ignore = Ignore(tmp_path)
    assert ignore.verdict("a" * 200).ignored
    assert not ignore.verdict("b" * 200).ignored


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["a\n" * 200_000, "b" * (2 << 20)])
def test_an_endless_ignore_file_ignores_everything_below_it(tmp_path: Path, text: str) -> None:
    write(tmp_path / "a" / ".gitignore", text)
    ignore = Ignore(tmp_path)
    assert ignore.verdict("a/x.py").ignored
    assert not ignore.verdict("x.py").ignored


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in the file system")
@pytest.mark.timeout(20)
def test_a_repository_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".git")
    assert not Ignore(tmp_path).verdict("x.py").ignored


def test_ignore_files_that_are_no_files_say_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / ".copilotignore")
    assert not Ignore(tmp_path).verdict("x.py").ignored


def test_a_built_in_pattern_is_named() -> None:
    assert secret_pattern("a/server.pem") == "*.pem"
    assert secret_pattern("a/.aws/credentials") == "credentials"
    assert secret_pattern("x/.docker/config.json") == ".docker/config.json"
    assert secret_pattern(".ssh", "folder") == ".ssh/"
    assert secret_pattern("main.py") == ""
