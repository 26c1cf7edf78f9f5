"""What runs, on which port, and whether it serves."""

from __future__ import annotations

from typing import Any

from testbed import health, state
from testbed.layout import Layout


def report(layout: Layout) -> dict[str, Any]:
    """Describe the bed as plain data."""
    now = state.load(layout)
    parts = []
    for process in now.processes if now else []:
        reason = health.trouble(layout, process)
        port = now.ports.get(process.name) if now else None
        parts.append({"name": process.name, "pid": process.pid, "port": port, "healthy": not reason, "reason": reason or "ok"})
    return {
        "dir": str(layout.root),
        "up": bool(now and now.up),
        "healthy": bool(now and now.up and all(part["healthy"] for part in parts)),
        "control_plane_only": bool(now and now.control_plane_only),
        "kubeconfig": str(layout.kubeconfig) if now else None,
        "parts": parts,
    }


def text(told: dict[str, Any]) -> str:
    """Write the report for a person."""
    word = "up" if told["healthy"] else ("not healthy" if told["parts"] else "down")
    lines = [f"{told['dir']}: {word}"]
    lines += [
        f"  {part['name']:24} pid {part['pid']:<8} port {part['port'] or '-':<6} {part['reason']}" for part in told["parts"]
    ]
    return "\n".join(lines)
