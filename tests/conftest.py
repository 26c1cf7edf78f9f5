"""What all tests share: how hypothesis searches, and one PostgreSQL for those that ask for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from testbed.postgres import Postgres, running

# No time limit per example: machines are noisy, and time is measured in bench/. In CI the same examples every time, so
# that a change is judged by what it changes; at a developer's desk the search goes on with new ones. `make test` has to
# stay short, so each search is: HYPOTHESIS_PROFILE=deep looks ten times as far.
settings.register_profile("desk", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("deep", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "desk"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server of this process's own, until its last test; each test takes a schema."""
    with running(tmp_path_factory.mktemp("postgres")) as server:
        yield server
