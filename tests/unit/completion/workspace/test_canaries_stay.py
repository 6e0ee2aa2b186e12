"""Two hundred planted canaries: none comes out of the workspace's room."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.workspace import files
from completion.workspace.ignore import Ignore
from tests import canaries


@pytest.mark.parametrize("seed", range(5))
def test_no_canary_comes_out(tmp_path: Path, seed: int) -> None:
    planted = canaries.plant(tmp_path, seed=seed)
    assert len({canary.secret for canary in planted}) == 200
    walked = [file.relative for file in files.walk(Ignore(tmp_path))]
    texts = [files.read_masked(str(tmp_path), relative) or b"" for relative in walked]
    assert canaries.leaked(planted, b"\n".join(texts).decode()) == ()
    # What is open was indeed read, and masked in its place.
    assert {canary.path for canary in planted if canary.kind == "open"} <= set(walked)
    assert "src/harmless.py" in walked


def test_the_canaries_are_there_to_be_found(tmp_path: Path) -> None:
    planted = canaries.plant(tmp_path)
    everything = "\n".join(canaries.texts_below(tmp_path))
    assert canaries.leaked(planted, everything) == planted


@pytest.mark.parametrize("kind", ["ignored", "environment", "key"])
def test_every_hidden_file_has_a_reason(tmp_path: Path, kind: canaries.Kind) -> None:
    planted = canaries.plant(tmp_path)
    ignore = Ignore(tmp_path)
    reasons = {canary.path: ignore.verdict(canary.path).reason for canary in planted if canary.kind == kind}
    assert all(reasons.values()), reasons
