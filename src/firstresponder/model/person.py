"""Who says something."""

from __future__ import annotations

from firstresponder.model.base import Noun

PROVEN = ("slack:",)
"""Beginnings of ids that only a proof gives; nobody may claim one as a name."""


class Person(Noun, frozen=True, kw_only=True):
    """Somebody who decides, and how far we know who that is."""

    name: str  # what is shown
    via: str  # "api", "cli", "console", "slack"
    proven: str = ""  # their id where the way proves it: "slack:U0123456789"; empty: a name that a token holder claims

    @property
    def label(self) -> str:
        """The name on record: nobody else has the same, where it was proven."""
        return f"{self.name} ({self.proven})" if self.proven else self.name

    @property
    def identity(self) -> str:
        """How far the name can be trusted, for the audit."""
        return f"{self.proven}, by a signed request" if self.proven else f"token holder, claims {self.name}"

    def among(self, names: tuple[str, ...]) -> bool:
        """Whether they are on a list of names and proven ids: a proven person by the id only, since names can be chosen."""
        if self.proven:
            return self.proven in names
        return self.name in names and not self.name.startswith(PROVEN)
