"""Free loopback ports."""

from __future__ import annotations

import socket
from collections.abc import Iterable


def free(names: Iterable[str]) -> dict[str, int]:
    """Give each name a port that is free now; all are held until all are chosen, so that none comes twice."""
    held: dict[str, socket.socket] = {}
    try:
        for name in names:
            held[name] = socket.socket()
            held[name].bind(("127.0.0.1", 0))
        return {name: int(holder.getsockname()[1]) for name, holder in held.items()}
    finally:
        for holder in held.values():
            holder.close()
