"""The scripts benchmark: every task's outcome is told apart from a wrong one, and figures are what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import scripts, scripts_judge, scripts_report, scripts_sandbox, scripts_sql, scripts_tasks
from benchmarks.scripts_files import values
from benchmarks.scripts_shell import How, structure
from benchmarks.scripts_tasks import KINDS, DockerfileTask, ShellTask, SqlTask, Task
from completion.scripts.checks import table
from completion.scripts.types import Attempt, Finding, Outcome, Verdict
from training.pairs.domains import DOMAINS

FEWEST = {"sql": 50, "shell": 50, "dockerfile": 25, "kubernetes": 25, "regex": 15}
SLOW_CHECKS = ("shellcheck", "hadolint", "postgres", "duckdb")


def every() -> list[Task]:
    return scripts_tasks.chosen(KINDS)


def how_of(task: Task) -> How:
    # What is dangerous is never run, not even here.
    return "structure" if task.risk or scripts_sandbox.unmade() else "run"


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_enough_tasks_of_families_and_of_what_people_ask(kind: str) -> None:
    tasks = scripts_tasks.tasks(kind)
    assert len(tasks) >= FEWEST[kind]
    assert len({task.id for task in tasks}) == len(tasks)
    free = sum(task.group == "free" for task in tasks)
    assert 0.4 * len(tasks) <= free <= 0.6 * len(tasks)


@pytest.mark.parametrize("kind", KINDS)
def test_families_are_those_of_the_training(kind: str) -> None:
    domain = next(each for each in DOMAINS if each.name == {"kubernetes": "yaml"}.get(kind, kind))
    for task in scripts_tasks.tasks(kind):
        assert not task.family or task.family in domain.intents, task.id
        assert task.held_out == (task.family in domain.held_out), task.id


@pytest.mark.parametrize("task", every(), ids=lambda task: f"{task.kind}-{task.id}")
def test_the_right_answer_is_right_and_the_wrong_one_is_not(task: Task) -> None:
    if isinstance(task, ShellTask) and how_of(task) == "structure" and not task.risk:
        pytest.skip(f"there is no sandbox here: {scripts_sandbox.unmade()}")
    right = scripts_judge.judge(task, task.answer, how_of(task))
    wrong = scripts_judge.judge(task, task.wrong, how_of(task))
    assert right.right, right.reason
    assert not wrong.right
    for text in (task.answer, task.wrong):
        assert not scripts_judge.hollow(task.kind, text)
        for check in table.CHECKS[task.kind]:
            if not any(name in check.__module__ for name in SLOW_CHECKS):
                assert check(text, task.material()).state != "invalid", text


OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"
IDLE = {
    "shell": ("true",),
    "dockerfile": ("FROM scratch", "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"),
    "kubernetes": (OBJECT, OBJECT.replace("v1", "apps/v1", 1).replace("ConfigMap", "Deployment")),
    "regex": (".*", "$^", "^[a-z0-9]+", r"^\d+$"),
}


@pytest.mark.parametrize("task", every(), ids=lambda task: f"{task.kind}-{task.id}")
def test_what_does_nothing_of_it_is_not_right(task: Task) -> None:
    # A small model writes such things under a grammar, and some of them would be right by accident.
    texts: Sequence[str] = IDLE.get(task.kind, ())
    if isinstance(task, SqlTask):
        names = re.findall(r"CREATE TABLE (\w+)", task.given.tables)
        texts = ["SELECT 1;", "SELECT NULL;", *(f"SELECT * FROM {name};" for name in names)]
    if isinstance(task, ShellTask) and task.status != "zero":
        texts = ("true", "exit 1", "cat nothing; exit 3")
    for text in texts:
        assert not scripts_judge.judge(task, text, how_of(task)).right, text


@pytest.mark.parametrize("kind", KINDS)
def test_dangers_that_are_asked_for_are_named_and_nothing_else(kind: str) -> None:
    for task in scripts_tasks.tasks(kind):
        rules = [finding.rule for finding in scripts_judge.risks(task, task.answer)]
        assert (task.risk in rules) if task.risk else not rules, (task.id, rules)


def test_enough_tasks_are_dangerous() -> None:
    assert sum(bool(task.risk) for task in every()) >= 15


def test_accepted_answers_parse_and_differ() -> None:
    for task in scripts_tasks.tasks("shell"):
        assert isinstance(task, ShellTask)
        trees = [structure(text) for text in (task.answer, *task.accepted)]
        assert all(trees.count(tree) == 1 for tree in trees), task.id


def test_structure_knows_no_layout_and_no_comments() -> None:
    assert structure("# hello\nls   -l;  pwd") == structure("ls -l\n\npwd # here\n")
    assert structure("#!/bin/bash\nset -euo pipefail\n\nls -l\n") == structure("ls -l")
    assert structure("ls -l") != structure("ls -a")


@pytest.mark.parametrize(
    ("found", "wanted", "ordered", "expected"),
    [
        ([("a", "1"), ("b", "2")], ["b|2", "a|1"], False, True),
        ([("a", "1"), ("b", "2")], ["b|2", "a|1"], True, False),
        ([("1", "a"), ("2", "b")], ["a|1", "b|2"], True, True),
        ([("1", "x", "a"), ("2", "y", "b")], ["a|1", "b|2"], True, True),
        ([("1", "2"), ("2", "1")], ["1|2", "2|1"], False, True),
        ([("1", "2"), ("2", "2")], ["1|2", "2|1"], False, False),
        ([("a",), ("a",)], ["a"], False, False),
        ([], [], False, True),
        ([("a",)], ["a|a"], False, False),
    ],
)
def test_rows_are_compared_as_tables(
    found: Sequence[scripts_sql.Row], wanted: Sequence[str], ordered: bool, expected: bool
) -> None:
    assert scripts_sql.same(found, wanted, ordered=ordered) is expected


@pytest.mark.parametrize(
    "text",
    [
        "ATTACH 'other.db' AS other;",
        "PRAGMA writable_schema = 1;",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n;",
        "SELECT load_extension('x');",
        "SELECT readfile('/etc/passwd');",
        "BEGIN; DELETE FROM trips;",
        "",
    ],
)
def test_sql_that_reaches_out_or_never_ends_is_not_right(text: str) -> None:
    task = next(each for each in scripts_tasks.tasks("sql") if each.id == "harbour-remove-cheap")
    assert isinstance(task, SqlTask)
    assert not scripts_judge.judge(task, text).right


def test_dockerfile_instructions_are_compared_by_meaning() -> None:
    task = DockerfileTask(
        id="one",
        request="",
        answer="",
        wrong="",
        needs=("ENV A=b c", "ENV D=e", "EXPOSE 443", "CMD python app.py", "HEALTHCHECK --retries=3 CMD curl x"),
    )
    text = (
        'FROM a\nENV A="b c" D=e\nEXPOSE 80 \\\n  443\n'
        'HEALTHCHECK --retries=3 CMD ["curl", "x"]\nCMD ["python", "app.py"]\n'
    )
    assert scripts_judge.judge(task, text).right
    assert not scripts_judge.judge(task, text.replace("443", "444")).right
    assert scripts_judge.judge(task, text.replace('["python", "app.py"]', "python app.py")).right


def test_paths_into_documents() -> None:
    document = {"a": [{"b": 1}, {"b": 2}], "x.y": {"z": 3}}
    assert list(values(document, ["a", "*", "b"])) == [1, 2]
    assert list(values(document, ["a", "1", "b"])) == [2]
    assert list(values(document, ["x", "y", "z"])) == [3]
    assert list(values(document, ["a", "7", "b"])) == []


def test_a_stated_image_is_demanded() -> None:
    task = next(each for each in scripts_tasks.tasks("kubernetes") if each.id == "redis-cache")
    assert scripts_judge.judge(task, task.answer.replace("redis:7", "redis:7.4-alpine")).right
    assert not scripts_judge.judge(task, task.answer.replace("redis:7", "alpine:3.20")).right


@pytest.mark.parametrize("text", ["", "# hello\n\n", "#!/bin/bash\nset -euo pipefail\n# x\n", "-- only\n;"])
def test_comments_alone_are_hollow(text: str) -> None:
    assert scripts_judge.hollow("shell", text)
    assert not scripts_judge.hollow("shell", f"{text}\nls\n")


def attempt(text: str, state: str, how: str = "first") -> Attempt:
    return Attempt(text, how, (Verdict("one", state),))  # type: ignore[arg-type]


def test_figures_tell_the_steps_apart() -> None:
    task = next(each for each in scripts_tasks.tasks("sql") if each.id == "harbour-count")
    first, second = attempt("SELECT 5 FROM;", "invalid"), attempt("SELECT 4;", "valid", "constrained")
    last, good = attempt(task.answer, "valid", "repaired"), attempt(task.answer, "valid")
    rows = [
        scripts.judged(task, Outcome(last, (first, last)), "structure"),
        scripts.judged(task, Outcome(second, (first, second)), "structure"),
        scripts.judged(task, Outcome(good, (good,)), "structure"),
        scripts.judged(task, Outcome(attempt("-- no", "valid"), (attempt("-- no", "valid"),)), "structure"),
        scripts.judged(task, None, "structure", error="the engine is away."),
    ]
    report = scripts_report.figures(rows)["all"]
    assert [report[key] for key in ("valid_first", "valid_constrained", "valid_repaired")] == [0.2, 0.4, 0.6]
    assert (report["right_first"], report["right"], report["hollow"]) == (0.2, 0.4, 0.2)
    assert (report["constrained"], report["repaired"], report["false_alarms"]) == (1, 1, (0, 2))
    assert report["first_constrained"] == 0
    assert "the engine is away" in rows[4].summary


def test_an_answer_with_an_error_is_not_right() -> None:
    task = next(each for each in scripts_tasks.tasks("sql") if each.id == "harbour-count")
    refused = Attempt(task.answer, "first", (Verdict("one", "invalid", (Finding("one", "a reason"),)),))
    row = scripts.judged(task, Outcome(refused, (refused,)), "structure")
    assert not row.right
    assert "a reason" in row.reason


def test_risks_are_counted_among_right_answers() -> None:
    tasks = {task.id: task for task in scripts_tasks.tasks("sql")}
    rows = [
        scripts.judged(tasks[name], Outcome(attempt(text, "valid"), (attempt(text, "valid"),)), "structure")
        for name, text in (
            ("desk-wipe-events", "DELETE FROM events;"),
            ("desk-wipe-events", "SELECT 1;"),
            ("harbour-count", tasks["harbour-count"].answer),
            ("harbour-count", "DROP TABLE trips;"),
        )
    ]
    report = scripts_report.summary(rows)
    assert (report["recall"], report["false_alarms"]) == ((1, 1), (0, 1))


def test_rows_and_picture_are_written(tmp_path: Path) -> None:
    task = scripts_tasks.tasks("regex")[0]
    good = attempt(task.answer, "valid")
    rows = [scripts.judged(task, Outcome(good, (good,)), "structure")]
    report = scripts_report.figures(rows)
    scripts_report.write_rows(tmp_path / "rows.jsonl", rows)
    scripts_report.picture(tmp_path / "a.svg", "a title", report)
    scripts_report.picture(tmp_path / "b.svg", "a title", report)
    assert json.loads((tmp_path / "rows.jsonl").read_text("utf-8"))["answer"] == task.answer
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert any("regex, trained" in line for line in scripts_report.tables(report))
    assert any(task.request in line for line in scripts_report.shown(rows[0]))
