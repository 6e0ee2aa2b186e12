"""The sandbox of the scripts benchmark: no network, nothing to write to outside, nothing that outlives its time."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from benchmarks import scripts_judge, scripts_sandbox, scripts_tasks
from benchmarks.scripts_sandbox import Ran
from benchmarks.scripts_tasks import ShellTask


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    if reason := scripts_sandbox.unmade():
        pytest.skip(f"there is no sandbox here: {reason}")


def ran(script: str, *, seconds: float = scripts_sandbox.SECONDS, **more: object) -> Ran:
    with scripts_sandbox.folder() as place:
        return scripts_sandbox.run(place, script, seconds=seconds, **more)  # type: ignore[arg-type]


def test_a_script_works_in_its_folder() -> None:
    with scripts_sandbox.folder() as place:
        (place.work / "given").write_text("x\n", encoding="utf-8")
        found = scripts_sandbox.run(
            place,
            'pwd; cat given; cat; echo "$1" > made; comm -12 <(seq 3) <(seq 2 5)',
            arguments=["a b"],
            stdin="in\n",
        )
        assert found == Ran(0, "/work\nx\nin\n2\n3\n", "")
        assert place.text("made") == "a b\n"
    assert not place.base.exists()


def test_stubs_tell_that_they_were_called() -> None:
    found = ran("docker run --rm 'a b'; docker ps", stubs={"docker": "said\n"})
    assert found.calls == ("docker run --rm a b", "docker ps")
    assert found.stdout == "said\nsaid\n"


@pytest.mark.parametrize("script", ["while :; do :; done", "sleep 600", "trap '' TERM INT; sleep 600 & wait"])
def test_what_takes_too_long_is_stopped(script: str) -> None:
    assert ran(script, seconds=0.5).status is None


def test_nothing_outlives_its_script() -> None:
    # A number that nobody else sleeps for.
    for script, seconds in (("setsid sleep 98765 & exit 0", 5.0), ("setsid sleep 98765 & sleep 98765", 0.5)):
        ran(script, seconds=seconds)
        left = [each for each in psutil.process_iter(["cmdline"]) if "98765" in (each.info["cmdline"] or [])]
        gone, alive = psutil.wait_procs(left, timeout=10)
        assert not alive, gone


def test_there_is_no_network() -> None:
    found = ran("cat /proc/net/route | tail -n +2; : > /dev/tcp/127.0.0.1/9 && echo connected")
    assert found.stdout == ""
    assert found.status != 0


@pytest.mark.parametrize("place", ["/", "/usr", "/usr/bin", "/etc", "/stubs", "/dev", "/old", "/proc", "/nowhere"])
def test_nothing_outside_can_be_written(place: str) -> None:
    assert ran(f"touch {place}/canary && echo written").stdout == ""


def test_the_machine_is_not_to_be_seen(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("here", encoding="utf-8")
    script = f"cat {tmp_path}/secret; ls /home /root /var /tmp /old; cat /etc/shadow; env | cut -d= -f1 | sort; whoami"
    found = ran(script)
    assert "here" not in found.stdout
    assert "TOKEN" not in found.stdout
    assert not (tmp_path / "new").exists()


def test_rights_cannot_be_regained() -> None:
    script = (
        "grep ^Cap /proc/self/status | awk '{ print $2 }' | sort -u;"
        "mount -o remount,rw /usr; mount -t tmpfs tmpfs /tmp;"
        "unshare --user --map-root-user --mount true && echo regained;"
        "echo 1 > /proc/sys/kernel/panic && echo set"
    )
    assert ran(script).stdout == "0000000000000000\n"


def test_memory_and_files_are_bounded() -> None:
    assert ran("head -c 100000000 /dev/zero > big").status != 0
    assert ran("dd if=/dev/zero of=/dev/null bs=2G count=1").status != 0


def test_links_that_lead_out_are_not_followed() -> None:
    with scripts_sandbox.folder() as place:
        scripts_sandbox.run(place, "ln -s /etc/passwd out; mkfifo pipe; mkdir folder; echo a > file; ln -s file in")
        assert place.text("out") is None
        assert place.text("pipe") is None
        assert place.text("folder") is None
        assert (place.text("file"), place.text("in")) == ("a\n", "a\n")
        assert place.link("out") == "/etc/passwd"
        assert place.has("out")
        assert not place.has("nothing")


def test_a_risky_answer_is_not_run() -> None:
    task = next(each for each in scripts_tasks.tasks("shell") if each.id == "drop-old-dumps")
    assert isinstance(task, ShellTask)
    found = scripts_judge.judge(task, "rm -rf /\n" + task.answer, "run")
    assert not found.right
    assert found.note == "not run because of the risk recursive-delete"


def test_what_is_dangerous_is_not_run_whatever_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **more: object) -> Ran:
        raise AssertionError("it was run")

    monkeypatch.setattr(scripts_sandbox, "run", refuse)
    task = next(each for each in scripts_tasks.tasks("shell") if each.id == "zero-disk")
    for text in ("echo hello", "# nothing\nset -eu\n"):
        found = scripts_judge.judge(task, text, "run")
        assert not found.right
        assert found.note == "not run because what is asked for is dangerous"


def test_where_there_is_none_structure_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts_sandbox, "unmade", lambda: "of a test")
    task = next(each for each in scripts_tasks.tasks("shell") if each.id == "drop-old-dumps")
    assert isinstance(task, ShellTask)
    found = scripts_judge.judge(task, task.accepted[0], "run")
    assert found.right
    assert found.note == "not run because of a test"
    assert not scripts_judge.judge(task, "echo hello", "run").right


def test_nothing_is_run_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **more: object) -> Ran:
        raise AssertionError("it was run")

    monkeypatch.setattr(scripts_sandbox, "run", refuse)
    task = next(each for each in scripts_tasks.tasks("shell") if each.id == "drop-old-dumps")
    assert scripts_judge.judge(task, task.answer).right
