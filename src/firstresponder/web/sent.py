"""A framework response that carries our own JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response


class Sent(Response):
    """JSON by msgspec, never cached; the framework's own encoder does not see it."""

    media_type = "application/json"

    def __init__(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Encode `value` now."""
        always = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        super().__init__(msgspec.json.encode(value), status, headers=always | (headers or {}))
