"""Request and script pairs: agreement of sentence and code, splits that never mix, determinism, files and command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from training import shards
from training.pairs import names
from training.pairs.__main__ import main
from training.pairs.checks import NotInstalled
from training.pairs.domains import DOMAINS, Domain
from training.pairs.generate import Tally, compose, draw_for, generate
from training.pairs.grammar import Plan, Value, parse, render
from training.pairs.items import SPLITS, Item, Split, as_row, as_source, from_row
from training.pairs.names import Draw, Vocabulary
from training.pairs.wordings import SYNONYMS

LEAST = {"sql": 40, "shell": 60, "dockerfile": 30, "yaml": 15, "regex": 30}
EACH = 40


def made(domain: Domain, split: Split, count: int = EACH, seed: int = 7) -> list[Item]:
    try:
        return list(generate(domain, split, count, seed=seed))
    except NotInstalled as error:
        pytest.skip(str(error))


def every_domain() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)


@every_domain()
def test_a_domain_is_wide_and_holds_a_part_of_it_out(domain: Domain) -> None:
    assert len(domain.intents) >= LEAST[domain.name]
    assert set(domain.held_out) < set(domain.intents)
    assert 0.08 < len(domain.held_out) / len(domain.intents) < 0.17
    assert sum(one.share for one in DOMAINS) == pytest.approx(1.0)


@every_domain()
def test_the_same_seed_gives_the_same_distinct_items(domain: Domain) -> None:
    first = made(domain, "train")
    assert first == made(domain, "train")
    assert first != made(domain, "train", seed=8)
    assert len({item.key for item in first}) == EACH == len(first)


@every_domain()
def test_the_splits_never_mix(domain: Domain) -> None:
    found = {split: made(domain, split) for split in SPLITS}
    assert not {item.intent for item in found["train"]} & set(domain.held_out)
    assert {item.intent for item in found["intent"]} <= set(domain.held_out)
    assert not {item.intent for item in found["wording"]} & set(domain.held_out)
    assert all(not item.held for item in (*found["train"], *found["intent"]))
    assert all(item.held for item in found["wording"])
    apart: tuple[tuple[Split, Split], ...] = (("train", "intent"), ("train", "wording"), ("intent", "wording"))
    for one, other in apart:
        assert not {item.request for item in found[one]} & {item.request for item in found[other]}
    assert all(item.split == split for split, items in found.items() for item in items)


@every_domain()
def test_sentence_and_code_share_their_values(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    loose: list[tuple[str, str]] = []
    module = __import__(domain.compose.__module__, fromlist=["render"])

    def watched(name: str, plan: Plan, rng: object, *, held_out: bool = False) -> object:
        pair = render(name, plan, rng, held_out=held_out)  # type: ignore[arg-type]
        # A sentence may say a table of SQL through its rows: `each order`.
        loose.extend(
            (name, slot) for slot in (pair.loose if pair else ()) if not (domain.name == "sql" and slot[0] == "t")
        )
        return pair

    monkeypatch.setattr(module, "render", watched)
    draw = draw_for(3, domain, "loose")
    for name in domain.intents:
        for _ in range(4):
            assert compose(domain, "train", draw, name) is not None
    assert loose == []


@every_domain()
def test_every_intent_passes_the_cheap_check_on_held_out_wordings_too(domain: Domain) -> None:
    draw = draw_for(5, domain, "cheap")
    found = [compose(domain, split, draw, name) for name in domain.intents for split in SPLITS]
    items = [item for item in found if item is not None]
    try:
        complaints = domain.cheap(items)
    except NotInstalled as error:
        pytest.skip(str(error))
    assert [(item.intent, complaint) for item, complaint in zip(items, complaints, strict=True) if complaint] == []


@every_domain()
def test_an_item_is_its_parts(domain: Domain) -> None:
    for item in made(domain, "train", 30):
        source = as_source(item)
        assert source.answer is not None
        assert source.text[slice(*source.answer)] == item.answer
        assert source.package == f"pairs-{domain.name}"
        assert item.answer == item.answer.strip("\n")
        assert item.after.startswith("\n")
        assert item.before.rstrip(" ").endswith("\n")
        assert all(slot in item.answer for slot in item.slots)
        assert not set("«»⟦⟧¦~") & set(item.request)
        assert not set("«»⟦⟧¦") & set(item.text)
        assert from_row(json.loads(json.dumps(as_row(item)))) == item


def test_held_out_words_are_used_only_where_asked_for() -> None:
    plan = Plan(("<find> «what» [now|~at once]", "~where is «what»"), ("find «what»",), {"what": Value("x y", "x_y")})
    draw = draw_for(1, DOMAINS[0], "words")
    plain = {render("a", plan, draw.rng).sentence.lower().strip(".:") for _ in range(200)}  # type: ignore[union-attr]
    assert not any(word in said for said in plain for word in ("locate", "at once", "where is"))
    others = [render("a", plan, draw.rng, held_out=True) for _ in range(200)]
    assert all(pair is not None and pair.held for pair in others)
    assert render("a", Plan(("find it",), ("find",)), draw.rng, held_out=True) is None


def test_no_held_out_word_is_trained_in_another_class() -> None:
    words = [word for group in SYNONYMS.values() for word in group]
    held = {word[1:] for word in words if word.startswith("~")}
    assert len(held) > 40
    assert not held & set(words)


@pytest.mark.parametrize("template", ["[a|b", "<nothing_known>"])
def test_a_broken_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|synonyms"):
        parse(template)


@pytest.mark.parametrize(
    ("one", "many"), [("box", "boxes"), ("category", "categories"), ("day", "days"), ("guest_bus", "guest_buses")]
)
def test_plurals(one: str, many: str) -> None:
    assert names.plural(one) == many


def test_there_are_tens_of_thousands_of_names() -> None:
    draw = draw_for(1, DOMAINS[0], "names")
    assert len({draw.noun() for _ in range(4000)}) > 2000
    vocabulary = Vocabulary()
    assert len(vocabulary.nouns) * len(vocabulary.adjectives) > 20_000


def test_names_are_mined_from_what_many_files_use(tmp_path: Path) -> None:
    text = "flux_capacitor = 1\nselect = password_hunter2\n"
    rows = [
        shards.Source("demo", "python", f"m{number}.py", text + ("rare_name = 1" if number else ""))
        for number in range(6)
    ]
    rows.append(shards.Source("pairs-sql", "sql", "a.sql", "invented_word " * 9, (0, 3)))
    shards.write(tmp_path / "all-00.jsonl.xz", rows)
    found = names.mine(tmp_path)
    assert "flux_capacitor" in found
    assert "select" not in found
    assert "invented_word" not in found
    mined = Draw(draw_for(1, DOMAINS[0], "mined").rng, Vocabulary(mined=found))
    assert any(mined.noun() == "flux_capacitor" for _ in range(60))


def test_a_rejected_item_is_counted_and_left_out() -> None:
    domain = DOMAINS[0]
    harsh = Domain(
        domain.name, domain.share, domain.intents, domain.held_out, domain.compose,
        lambda items: ["no" if item.dialect == "postgres" else "" for item in items], domain.deep,
    )  # fmt: skip
    tally = Tally()
    items = list(generate(harsh, "train", 40, tally=tally))
    assert len(items) == 40
    assert tally.rejected > 0
    assert not any(item.dialect == "postgres" for item in items)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_command_writes_a_shard_and_held_out_items(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if main(["--out", str(tmp_path), "--count", "200", "--heldout", str(tmp_path / "kept.jsonl"), "--each", "3"]):
        pytest.skip(capsys.readouterr().err.strip())
    row = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    sources = list(shards.read(tmp_path / "pairs-00.jsonl.xz"))
    assert row["items"] == len(sources) == 200
    assert {source.language for source in sources} >= {"sql", "shell", "dockerfile", "yaml", "python"}
    kept = [from_row(json.loads(line)) for line in (tmp_path / "kept.jsonl").read_text("utf-8").splitlines()]
    assert len(kept) == 3 * 2 * len(DOMAINS)
    assert {(item.domain, item.split) for item in kept} == {
        (domain.name, split) for domain in DOMAINS for split in SPLITS[1:]
    }


def test_tables_stay_out_of_sight_in_some_files() -> None:
    items = made(DOMAINS[0], "train")
    hidden = [item for item in items if item.setup]
    assert 0 < len(hidden) < len(items) / 2
    assert all("create table" in item.setup.lower() for item in hidden)
