"""Kubernetes and Compose: versions, places, names, and YAML that is made to exhaust its reader."""

from __future__ import annotations

import pytest

from completion.scripts.checks import compose_schema, kubernetes_schema, schemas
from completion.scripts.types import Material

PLAIN = Material()
POD = """apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  containers:
    - name: a
      image: a
"""
BOMB = "a: &a [x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("check", [kubernetes_schema.check, compose_schema.check])
@pytest.mark.parametrize(
    "text",
    [BOMB, "a: &a\n  b: *a\n", "[" * 3000, "a: " * 1 + "{a: " * 3000, "- " * 3000 + "x"],
    ids=["aliases", "an alias in itself", "lists", "mappings", "items"],
)
def test_bombs_are_not_checked(check: object, text: str) -> None:
    verdict = check(text, PLAIN)  # type: ignore[operator]
    assert verdict.state == "not checked", verdict
    assert "alias" in verdict.reason or "nested too deeply" in verdict.reason


def test_tags_construct_nothing() -> None:
    text = POD.replace("name: a\nspec", "name: !!python/object/apply:os.system [ls]\nspec")
    verdict = kubernetes_schema.check(text, PLAIN)
    assert verdict.state == "invalid"
    assert verdict.findings[0].line == 4


def test_there_are_at_least_three_versions_and_every_kind_in_each() -> None:
    assert len(schemas.versions()) >= 3
    wanted = {"Deployment", "Service", "Ingress", "ConfigMap", "Secret", "Job", "CronJob", "StatefulSet"}
    wanted |= {"PersistentVolumeClaim", "HorizontalPodAutoscaler"}
    for version in schemas.versions():
        assert not wanted - schemas.kinds(version).keys()
        assert kubernetes_schema.check(POD, Material(version=f"v{version}.3")).state == "valid"


def test_versions_differ() -> None:
    """`restartPolicyRules` of a container came with 1.34."""
    text = POD + "      restartPolicy: Never\n      restartPolicyRules: []\n"
    old = kubernetes_schema.check(text, Material(version="1.31"))
    assert [(one.line, one.column, one.rule) for one in old.findings] == [(10, 7, "field")]
    assert kubernetes_schema.check(text, Material(version="1.37")).state == "valid"


def test_an_unknown_version_is_not_checked() -> None:
    verdict = kubernetes_schema.check(POD, Material(version="1.5"))
    assert verdict.state == "not checked"
    assert "1.5" in verdict.reason


def test_a_kind_without_a_schema_is_not_checked_but_its_neighbours_are() -> None:
    strange = "---\napiVersion: example.org/v1\nkind: Shop\nmetadata: {name: a}\n"
    verdict = kubernetes_schema.check(POD + strange, PLAIN)
    assert verdict.reason == "no schema for Shop example.org/v1"
    wrong = kubernetes_schema.check(POD.replace("image: a", "imag: a") + strange, PLAIN)
    assert (wrong.state, wrong.findings[0].line, wrong.findings[0].column) == ("invalid", 8, 7)


def test_every_error_is_told() -> None:
    verdict = kubernetes_schema.check(
        POD.replace("image: a", "imag: a\n      tty: 3").replace("spec:", "spec:\n  x: 1"), PLAIN
    )
    assert [(one.line, one.column) for one in verdict.findings] == [(6, 3), (9, 7), (10, 7)]


def test_the_old_words_for_true_are_seen_as_kubernetes_sees_them() -> None:
    text = POD + "      env:\n        - name: A\n          value: yes\n"
    assert kubernetes_schema.check(text, PLAIN).findings[0].line == 11
    assert kubernetes_schema.check(text.replace("yes", '"yes"'), PLAIN).state == "valid"


def test_duplicate_keys_are_errors() -> None:
    verdict = compose_schema.check("services:\n  a:\n    image: a\n  a:\n    image: b\n", PLAIN)
    assert [(one.line, one.column) for one in verdict.findings] == [(4, 3)]


def test_merged_keys_count_and_are_no_duplicates() -> None:
    text = "x-a: &a\n  image: a\nservices:\n  b:\n    <<: *a\n    image: b\n  c:\n    <<: [*a]\n"
    assert compose_schema.check(text, PLAIN).state == "valid"


def test_an_error_in_what_an_alias_stands_for_has_a_place() -> None:
    text = "x-a: &a\n  image: 3\nservices:\n  b: *a\n"
    verdict = compose_schema.check(text, PLAIN)
    assert verdict.state == "invalid"
    assert verdict.findings[0].line in (2, 4)
