"""Spans of time as a person says them."""

from __future__ import annotations

_STEPS = ((86400, "d"), (3600, "h"), (60, "min"))


def span(seconds: float) -> str:
    """Say `95` as `2 min`, `5400` as `1.5 h`; a time before now is `-…`."""
    for size, name in _STEPS:
        if abs(seconds) >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {name}"
    return f"{seconds:.0f} s"
