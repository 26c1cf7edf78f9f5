"""What may be asked of the API. An unknown field is an error: a misspelt `plan_digest` must not approve another plan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from firstresponder.errors import BadInput
from firstresponder.model import Person, Phase

OURSELVES = "firstresponder"
"""The actor of the tool's own audit entries; no person may go by it."""


def _name(text: str) -> str:
    text = text.strip()
    if not text or not text.isprintable():
        raise ValueError("expected the name of a person, in printable characters")
    if text.casefold() == OURSELVES:
        raise ValueError(f"{OURSELVES!r} is the tool's own name in the audit; give the name of a person")
    if "slack:" in text.casefold():
        raise ValueError("'slack:' marks people whom Slack vouches for; give a plain name")
    return text


def _printable(text: str) -> str:
    text = text.strip()
    if not all(c.isprintable() or c == "\n" for c in text):
        raise ValueError("expected printable text")
    return text


By = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_name)]
Words = Annotated[str, Field(max_length=2000), AfterValidator(_printable)]
Digest = Annotated[str, Field(max_length=64, pattern=r"^([0-9a-f]{8,64})?$")]


class Asked(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", strict=True)

    by: By = Field(description="who: the name of a person; it goes into the audit")
    via: Literal["api", "cli"] = Field("api", description="by which way it was asked")

    def who(self) -> Person:
        """Return who asks; whoever holds the token claims a name."""
        return Person(name=self.by, via=self.via)


class TakeOver(Asked):
    """A person takes the incident over; the tool stops working on it."""


class Approval(Asked):
    """Yes to exactly one plan."""

    plan_digest: Digest = Field(
        "", description="the plan that is meant, or 8 and more of its first characters; left out: the one that is asked now"
    )


class LookAgain(Asked):
    """Investigate anew."""


class Dismissal(Asked):
    """Close it by hand."""

    reason: Words = Field("", description="why it is over")


class Rejection(Approval):
    """No to exactly one plan."""

    reason: Words = Field("", description="why not; people read it later")


class Respond(Asked):
    """Look into one object that nobody alerted on."""

    kind: Annotated[str, Field(max_length=60)] = Field(description="deployment, statefulset, daemonset, pod, node, or short")
    name: Annotated[str, Field(max_length=253)] = Field(description="the object's name")
    namespace: Annotated[str, Field(max_length=63)] = Field("default", description="its namespace; not read for a node")
    why: Words = Field("", description="why; people read it later")
    severity: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,40}$")] = Field("", description="as an alert's label; empty: none")


class Kill(Asked):
    """Stop all new writes."""

    why: Words = Field("", description="why; shown with everything that is held back")


def phases(given: list[str]) -> list[Phase]:
    """Read phases, repeated or separated by commas. Raises BadInput for a word that is none."""
    words = [part.strip() for text in given for part in text.split(",")]
    for word in words:
        if word and word not in tuple(Phase):
            raise BadInput(f"phase: expected {', '.join(Phase)}, got {word!r}")
    return [Phase(word) for word in words if word]
