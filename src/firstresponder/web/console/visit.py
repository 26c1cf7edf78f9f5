"""What a view gets, and what it may answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import Request

from firstresponder.model import Noun, Person

Tone = Literal["good", "bad"]


class Told(Noun, frozen=True, kw_only=True):
    """What became of a click, shown once on the page that comes after it."""

    page: str  # the path that shows it
    head: str
    text: str
    tone: Tone = "good"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of somebody who is logged in, with its form already read and proven to be ours."""

    request: Request
    who: Person
    form: Mapping[str, str] = field(default_factory=dict)
    part: bool = False  # only what is refreshed in place is wanted

    @property
    def query(self) -> Mapping[str, str]:
        """The query's fields."""
        return self.request.query_params

    @property
    def incident_id(self) -> str:
        """The incident that the path names."""
        return str(self.request.path_params["incident_id"])


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page to show: its template, its title, and what the template needs."""

    template: str
    title: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, kw_only=True)
class Back:
    """Go on at another page (after a form), and say there what became of it."""

    told: Told


View = Callable[[Visit], Awaitable[Page | Back]]
