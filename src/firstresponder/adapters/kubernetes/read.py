"""`ClusterRead` over HTTP: plain JSON, bounded lists."""

from __future__ import annotations

from typing import Final

from firstresponder.adapters.kubernetes.client import Connection, Params, decoded
from firstresponder.adapters.kubernetes.kinds import kind_of, path
from firstresponder.model import Json

PAGE: Final = 250
"""Objects per request: a page of large pods stays at a few megabytes."""


class KubernetesRead:
    """Reads objects."""

    def __init__(self, connection: Connection) -> None:
        """Read through this connection."""
        self._connection = connection

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Return one object. Raises NotFound, Forbidden, Unreachable."""
        place = path(kind, namespace, name)
        return decoded(await self._connection.call("GET", place, {}), place)

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
        """Return at most `limit` objects, page by page; an empty namespace means all.

        The server leaves apiVersion and kind out of a list's items: they are put back. Raises NotFound, Forbidden,
        Unreachable, and BadInput for a selector that the server does not know.
        """
        row, place = kind_of(kind), path(kind, namespace)
        found: list[Json] = []
        after = ""
        while len(found) < limit:
            params: Params = {"limit": str(min(PAGE, limit - len(found)))}
            for key, value in (("labelSelector", labels), ("fieldSelector", fields), ("continue", after)):
                if value:
                    params[key] = value
            page = decoded(await self._connection.call("GET", place, params), place)
            found += [{**item, "apiVersion": row.api_version, "kind": kind} for item in page.get("items") or ()]
            after = (page.get("metadata") or {}).get("continue") or ""
            if not after:
                break
        return found[:limit]
