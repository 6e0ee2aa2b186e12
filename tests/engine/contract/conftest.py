"""The contract's fixtures: `backend` for what any backend must do, `weights` for what only an engine can show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from completion.models.spec import Engine
from completion.types import Backend
from tests.engine.contract.subjects import LOCAL, SUBJECTS, Subject, Weights, export, skip_without


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """One set of weights, in the form that each engine reads."""
    return export(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session", params=SUBJECTS)
def subject(request: pytest.FixtureRequest, weights: Weights) -> Iterator[Subject]:
    """Each one in turn; its server lives while its tests run."""
    with SUBJECTS[request.param](weights) as made:
        yield made


@pytest.fixture
async def backend(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Backend]:
    """A connection of the test's own."""
    for key, value in subject.variables.items():
        monkeypatch.setenv(key, value)
    made = subject.connect()
    yield made
    await made.aclose()


@pytest.fixture(params=LOCAL)
def engine_name(request: pytest.FixtureRequest) -> Engine:
    """Each local engine in turn, where its packages are installed."""
    name: Engine = request.param
    skip_without(name)
    return name
