"""The contract of all backends, held by real servers: the same tests as for our own engines, with other backends."""

from __future__ import annotations

from tests.engine.contract.test_contract import *  # noqa: F403
