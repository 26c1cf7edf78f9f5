"""What a scenario is: an application that works, and what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from demo.manifests import Json


@contextmanager
def _nothing() -> Iterator[list[Json]]:
    yield []


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One recording, in a namespace of its own."""

    name: str
    title: str
    namespace: str
    alert: str
    """The alert of the testbed's rules that has to fire before anything is recorded."""
    works: tuple[Json, ...]
    """The application, and what it needs."""
    breaks: tuple[Json, ...]
    """What is applied to break it."""
    note: str = ""
    """What the demonstration has to say beside what the program says."""
    repaired: bool = False
    """Firstresponder repairs it by its own proposal; otherwise only what happens is recorded."""
    stands: float = 0.0
    """Seconds for which the application has run well before it is broken."""
    surroundings: Callable[[], AbstractContextManager[list[Json]]] = _nothing
    """What has to be there as long as it is recorded, such as a registry; gives objects outside of the namespace."""
