"""Writing to a cluster. Importable only where the import contract says so: the gate is the one way here."""

from __future__ import annotations

from typing import Protocol

from firstresponder.model import Change, Json


class ClusterWrite(Protocol):
    """The one dangerous port."""

    async def preview(self, change: Change) -> Json:
        """Server-side dry run: the object as it would be stored. No write.

        Raises NotFound, Forbidden, PreconditionFailed (409 or 422, with the server's words), Unreachable.
        """
        ...

    async def apply(self, change: Change, *, timeout: float) -> Json:
        """Apply exactly these operations within `timeout` seconds and return the stored object.

        Raises as `preview` does, and OutcomeUnknown when the request was sent and no answer came.
        Never retries by itself.
        """
        ...
