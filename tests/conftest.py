"""What all tests share: how hypothesis searches, and one PostgreSQL for those that ask for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from testbed.postgres import Postgres, running

# No time limit per example: machines are noisy, and time is measured in bench/. In CI the same examples every time, so
# that a change is judged by what it changes; at a developer's desk the search goes on with new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server of this process's own, until its last test; each test takes a schema."""
    with running(tmp_path_factory.mktemp("postgres")) as server:
        yield server
