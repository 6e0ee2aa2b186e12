"""`lsp-copilot normalize`, run as a person runs it: the shipped example, files, exit codes, hostile input."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import stat
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import ROOT, lsp_copilot

EXAMPLE = ROOT / "examples" / "bonus-cards"
TABLE = ("--table", EXAMPLE / "table.sql", "--reference", EXAMPLE / "airlines.csv")


def normalize(
    environment: dict[str, str], folder: Path, *arguments: str | Path, model: str = "--without-model"
) -> subprocess.CompletedProcess[str]:
    extra = [model] if model else []
    return lsp_copilot("normalize", *arguments, *extra, environment=environment, cwd=folder)


def test_the_example_with_the_embedded_model(isolated: dict[str, str], tmp_path: Path) -> None:
    done = normalize(
        isolated,
        tmp_path,
        EXAMPLE / "cards.txt",
        *TABLE,
        *("--instruction", f"@{EXAMPLE / 'instruction.txt'}"),
        *("-o", "cards.sql", "--report", "cards.html", "--look", "look.tsv", "--json"),
        model="",
    )
    assert done.returncode == 3, done.stderr
    assert "lsp-copilot: CardNumber: digits only; blanks, dashes and dots fall away, from the record" in done.stderr
    counts = json.loads(done.stdout)
    assert (counts["records"], counts["rows"], counts["nothing_found"], counts["need_a_look"]) == (19, 21, 2, 5)
    connection = sqlite3.connect(":memory:")
    connection.executescript((EXAMPLE / "table.sql").read_text("utf-8") + (tmp_path / "cards.sql").read_text("utf-8"))
    rows = set(connection.execute("SELECT UserId, Iata, CardNumber FROM BonusCards"))
    connection.close()
    assert {(1303, "S7", "322286519"), (1303, "U6", "1123469"), (1303, "OK", "68336846")} <= rows
    assert {(1046, "U6", "1206923"), (1063, "UT", "0003000000007034")} <= rows
    assert stat.S_IMODE((tmp_path / "cards.sql").stat().st_mode) == 0o600
    assert len((tmp_path / "look.tsv").read_text("utf-8").splitlines()) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cards.html", "cards.sql", "look.tsv"]
    _assert_self_contained((tmp_path / "cards.html").read_text("utf-8"))


def _assert_self_contained(page: str) -> None:
    seen: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            seen.append((tag, dict(attributes)))

    Reader().feed(page)
    assert not {tag for tag, _ in seen} & {"script", "link", "img", "iframe", "object"}
    assert not [
        name for _, attributes in seen for name in attributes if name in ("src", "href") or name.startswith("on")
    ]
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert page.index("Needs a look") < page.index("Written")


def test_what_is_written_is_the_same_each_time_and_on_standard_output(isolated: dict[str, str], tmp_path: Path) -> None:
    first = normalize(isolated, tmp_path, EXAMPLE / "cards.txt", *TABLE)
    assert normalize(isolated, tmp_path, EXAMPLE / "cards.txt", *TABLE, "-o", "a.sql").returncode == 3
    assert (tmp_path / "a.sql").read_text("utf-8") == first.stdout
    done = normalize(isolated, tmp_path, EXAMPLE / "cards.txt", *TABLE, "-o", "a.sql")
    assert done.returncode == 1
    assert "a.sql exists already. Name another file, or replace it with --force." in done.stderr


def test_control_c_loses_nothing(isolated: dict[str, str], tmp_path: Path) -> None:
    text = "".join(f"{place} S7 {1000000 + place}; Аэрофлот: {7000000 + place}\n" for place in range(6000))
    (tmp_path / "r.txt").write_text(text, "utf-8")
    command = [sys.executable, "-P", "-m", "lsp_server", "normalize", "r.txt", *map(str, TABLE), "--without-model"]
    with subprocess.Popen(
        [*command, "-o", "a.sql"],
        env=isolated,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # A shell has its background jobs ignore the signal, and they hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if " of 6,000 records" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode == 130, rest
    assert "a.sql.journal; the same command goes on." in rest
    assert not (tmp_path / "a.sql").exists()
    done = normalize(isolated, tmp_path, "r.txt", *TABLE, "-o", "a.sql")
    assert done.returncode == 0, done.stderr
    assert "records of an earlier run" in done.stderr
    assert normalize(isolated, tmp_path, "r.txt", *TABLE, "-o", "b.sql").returncode == 0
    assert (tmp_path / "a.sql").read_bytes() == (tmp_path / "b.sql").read_bytes()


def test_csv_and_jsonl(isolated: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('CustomerNo;Remark;x\n5;"S7 1234567;\nU6 7654321";\n6;;\n', "utf-8")
    columns = ("--id-column", "CustomerNo", "--text-column", "Remark")
    done = normalize(isolated, tmp_path, "a.csv", *TABLE, *columns)
    assert done.returncode == 0, done.stderr
    assert "(5, 'S7', '1234567'),\n  (5, 'U6', '7654321');" in done.stdout
    done = normalize(isolated, tmp_path, "a.csv", *TABLE)
    assert "a.csv, line 1: which columns are the id and the text?" in done.stderr
    (tmp_path / "a.jsonl").write_text('{"id": 7, "text": "S7 1234567"}\n{"id": 8, "text": "\\ud800"}\n', "utf-8")
    done = normalize(isolated, tmp_path, "a.jsonl", *TABLE)
    assert "(7, 'S7', '1234567');" in done.stdout
    (tmp_path / "a.jsonl").write_text('{"id": 7, "text": "S7 1234567"}\n{"id": 8}\n', "utf-8")
    done = normalize(isolated, tmp_path, "a.jsonl", *TABLE)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a.jsonl, line 2: there is no text under 'text'." in done.stderr


def test_rules_of_ones_own_and_another_dialect(isolated: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "t.sql").write_text(
        "CREATE TABLE `odd name` (`order` VARCHAR(9) NOT NULL, ref TEXT NOT NULL, src TEXT, n TEXT);"
    )
    (tmp_path / "r.txt").write_text("a'1 see AB123456\\ and more\nb2 AB12\n")
    rules = ("--column", "ref=match:[A-Z]{2}[0-9]{6}", "--column", "src=constant:it's\\", "--column", "order=id")
    done = normalize(
        isolated, tmp_path, "r.txt", "--table", "t.sql", "--dialect", "mysql", *rules, "--ignore", "see,more"
    )
    assert done.returncode == 3, done.stderr
    assert "INSERT INTO `odd name` (`order`, ref, src) VALUES" in done.stdout
    assert "('a''1', 'AB123456', 'it''s\\\\');" in done.stdout


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        (
            "wrong encoding",
            "1 Аэрофлот 1234567\n2 Крылья\n".encode("cp1251"),
            "r.txt, line 1: byte 3 of the line is no UTF-8",
        ),
        ("utf-16", "1 S7 1234567\n".encode("utf-16"), "r.txt: it is UTF-16. Convert it: iconv -f utf-16 -t utf-8 FILE"),
        ("empty", b"\n \n", "r.txt: there is no record in it."),
    ],
)
def test_files_that_are_refused(isolated: dict[str, str], tmp_path: Path, name: str, data: bytes, told: str) -> None:
    (tmp_path / "r.txt").write_bytes(data)
    done = normalize(isolated, tmp_path, "r.txt", *TABLE, "-o", "out.sql")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["r.txt"]


def test_records_that_are_no_records(isolated: dict[str, str], tmp_path: Path) -> None:
    hostile = (
        b"1 S7 1234567\x00\n"
        b"2 " + b"S7 1234567; " * 100_000 + b"\n"
        b"3 S7 1234567\n"
        b"3 U6 1234567\n"
        b"x S7 1234567\n"
        b"5 S7 1234567'); DELETE FROM BonusCards; --\n"
        b"6 <script>alert(1)</script> S7 1234567\n"
        b"99999999999999999999 S7 1234567\n"
        b"007 S7 1234567\n"
        b"8\x009 S7 1234567\n"
    )
    (tmp_path / "r.txt").write_bytes(hostile)
    done = normalize(isolated, tmp_path, "r.txt", *TABLE, "-o", "out.sql", "--report", "r.html")
    assert done.returncode == 3, done.stderr
    text = (tmp_path / "out.sql").read_text("utf-8")
    assert "(3, 'S7', '1234567'),\n  (3, 'U6', '1234567');" in text
    told = re.findall(r"^-- line (\d+), (.+?): (.*)$", text, re.M)
    assert [line for line, _, _ in told] == ["1", "2", "5", "6", "7", "8", "9", "10"]
    assert "It has a NUL character" in told[0][2]
    assert "more than the 65,536 that are read" in told[1][2]
    assert told[2][2] == "UserId is INTEGER, and 'x' is none."
    assert "the leading zeros of '007' would be lost" in told[6][2]
    assert len(text.splitlines()) == text.count("\n")
    connection = sqlite3.connect(":memory:")
    connection.executescript((EXAMPLE / "table.sql").read_text("utf-8") + text)
    assert connection.execute("SELECT count(*) FROM BonusCards").fetchone() == (2,)
    connection.close()
    _assert_self_contained((tmp_path / "r.html").read_text("utf-8"))


@pytest.mark.parametrize(
    ("ddl", "told"),
    [
        ("CREATE TABLE (", "t.sql, line 1:"),
        ("SELECT 1", "'SELECT 1' is no CREATE TABLE."),
        ("CREATE TABLE a (Id INT, n TEXT); ATTACH 'x.db' AS y", "is no CREATE TABLE."),
        ("CREATE TABLE a AS SELECT 1 AS x", "is no CREATE TABLE."),
        ("CREATE TABLE a (Id INT); CREATE TABLE b (Id INT)", "which table? It makes a, b. Name it: --into TABLE"),
        ("CREATE TABLE a (Id INT, Colour TEXT NOT NULL)", "a.Colour: where shall its values come from?"),
        ("CREATE TABLE a (Id INT, CardNumber TEXT NOT NULL CHECK (odd(CardNumber)), Iata TEXT)", "no such function"),
        (
            "CREATE TABLE a (Id INT, Price DECIMAL NOT NULL, Number TEXT NOT NULL, Iata TEXT)",
            "would take the same numbers",
        ),
        ("", "it makes no table."),
        ("\0", "a binary file"),
    ],
)
def test_ddl_that_is_refused(isolated: dict[str, str], tmp_path: Path, ddl: str, told: str) -> None:
    (tmp_path / "t.sql").write_text(ddl, "utf-8")
    (tmp_path / "r.txt").write_text("1 S7 1234567\n", "utf-8")
    tables = ("--table", "t.sql") + (("--reference", str(EXAMPLE / "airlines.csv")) if "Iata" in ddl else ())
    done = normalize(isolated, tmp_path, "r.txt", *tables)
    assert done.returncode == 1, done.stdout
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_foreign_keys_are_checked_where_the_file_fills_them(isolated: dict[str, str], tmp_path: Path) -> None:
    table = "CREATE TABLE a (Id INT, Iata TEXT NOT NULL REFERENCES airline(iata), CardNumber TEXT NOT NULL);\n"
    (tmp_path / "t.sql").write_text("CREATE TABLE airline (iata TEXT PRIMARY KEY);\n" + table, "utf-8")
    (tmp_path / "r.txt").write_text("1 S7 1234567\n2 U6 1234567\n", "utf-8")
    tables = ("--table", "t.sql", "--into", "a", "--reference", EXAMPLE / "airlines.csv")
    done = normalize(isolated, tmp_path, "r.txt", *tables)
    assert done.returncode == 0, done.stderr
    assert "-- Not checked: the foreign key to airline, whose rows are not in the file." in done.stdout
    filled = "CREATE TABLE airline (iata TEXT PRIMARY KEY);\nINSERT INTO airline VALUES ('S7');\n"
    (tmp_path / "t.sql").write_text(filled + table, "utf-8")
    done = normalize(isolated, tmp_path, "r.txt", *tables)
    assert done.returncode == 3, done.stderr
    assert "FOREIGN KEY constraint failed" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--column", "Nope=id"), "--column Nope: BonusCards has no such column."),
        (("--column", "CardNumber=guess"), "--column CardNumber=guess: there is no such rule."),
        (("--column", "CardNumber"), "Write NAME=RULE."),
        (("--column", "CardNumber=match:("), "Correct the regular expression."),
        (("--dialect", "cobol"), "'cobol' is no dialect"),
        (("--reference", "no.csv"), "no.csv: No such file or directory."),
        (("--instruction", "@no.txt"), "--instruction: no.txt: cannot be read"),
        (("--examples", "bad.jsonl"), "bad.jsonl, line 1: this is no example."),
    ],
)
def test_arguments_that_are_refused(
    isolated: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "r.txt").write_text("1 S7 1234567\n", "utf-8")
    (tmp_path / "bad.jsonl").write_text('{"text": "x"}\n', "utf-8")
    done = normalize(isolated, tmp_path, "r.txt", *TABLE, *arguments)
    assert done.returncode == 1
    assert told in done.stderr
