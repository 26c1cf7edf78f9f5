"""`ClusterWrite` over HTTP: a JSON patch, sent once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from firstresponder.adapters.kubernetes.client import READ_TIMEOUT, Connection, Params, decoded
from firstresponder.adapters.kubernetes.kinds import path
from firstresponder.model import Change, Json, PatchOp

FIELD_MANAGER: Final = "firstresponder"
JSON_PATCH: Final = "application/json-patch+json"

_AS_GO_WRITES = str.maketrans({"&": r"\u0026", "<": r"\u003c", ">": r"\u003e", "\u2028": r"\u2028", "\u2029": r"\u2029"})


class KubernetesWrite:
    """Changes objects."""

    def __init__(self, connection: Connection) -> None:
        """Write through this connection."""
        self._connection = connection

    async def preview(self, change: Change) -> Json:
        """Ask the server for the object as it would be stored (`dryRun=All`). Raises as the port says."""
        return await self._patch(change, {"dryRun": "All"}, READ_TIMEOUT, effect=False)

    async def apply(self, change: Change, *, timeout: float) -> Json:
        """Send the change once. Raises as the port says; a 5xx is OutcomeUnknown: it says nothing about the effect."""
        return await self._patch(change, {}, timeout, effect=True)

    async def _patch(self, change: Change, params: Params, timeout: float, *, effect: bool) -> Json:
        place = path(change.target.kind, change.target.namespace, change.target.name)
        answer = await self._connection.call(
            "PATCH",
            place,
            {"fieldManager": FIELD_MANAGER, **params},
            body=encoded(change.ops),
            content_type=JSON_PATCH,
            timeout=timeout,
            effect=effect,
        )
        return decoded(answer, place, effect=effect)


def encoded(ops: Sequence[PatchOp]) -> bytes:
    r"""Write a patch as Go's encoder would.

    The API server's patch library compares a `test`'s strings with the stored ones by their encoded bytes, and Go writes
    `&`, `<`, `>`, U+2028 and U+2029 as escapes: a container's `sh -c "a && b"` would never be found equal otherwise.
    These characters can stand only inside strings, so that replacing them anywhere keeps the JSON's meaning.
    """
    rows = [_row(op) for op in ops]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).translate(_AS_GO_WRITES).encode()


def _row(op: PatchOp) -> dict[str, Any]:
    row = {"op": op.op, "path": op.path}
    return row if op.op == "remove" else {**row, "value": op.value}
