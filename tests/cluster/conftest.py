"""The real cluster for the tests here: one bed for all, a namespace for each, servers as a user would start them."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed.bed import Testbed
from tests.cluster.apps import Shop
from tests.cluster.server import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder: it needs the bed."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def bed() -> Testbed:
    """The testbed that `make test-cluster` brought up; without it these tests fail, they are not skipped."""
    return Testbed.open()


@pytest.fixture
def shop(bed: Testbed) -> Iterator[Shop]:
    """A namespace of its own, gone at the end."""
    shop = Shop(bed, f"shop-{secrets.token_hex(3)}")
    shop.open()
    try:
        yield shop
    finally:
        shop.close()


@pytest.fixture
def start(bed: Testbed, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers on this bed; they are ended with the test."""
    with contextlib.ExitStack() as ends:

        def begin(**settings: Any) -> Server:
            server = Server(bed, tmp_path, **settings)
            ends.callback(server.stop)
            server.start()
            return server

        yield begin
