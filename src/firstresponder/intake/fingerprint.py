"""The identity of an alert: Prometheus' hash over its labels, and over nothing else.

Senders, proxies and copies of one alert disagree about payloads (annotations, times, key order, even the `fingerprint`
field), and never about the labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

_OFFSET = 14695981039346656037
_PRIME = 1099511628211
_MASK = 0xFFFFFFFFFFFFFFFF
_REMEMBERED = 8192  # label sets, a few MB: Alertmanager repeats what still fires


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return FNV-1a 64 over the labels in order of their names, as 16 hex digits.

    Each name and each value is followed by the byte 0xff, which never occurs in UTF-8.
    Source: github.com/prometheus/common, model.LabelSet.Fingerprint and model/fnv.go. Texts must be encodable as UTF-8.
    """
    parts: list[bytes] = []
    for name in sorted(labels):
        parts.append(name.encode())
        parts.append(labels[name].encode())
    parts.append(b"")
    return _hash(b"\xff".join(parts))


@lru_cache(maxsize=_REMEMBERED)
def _hash(data: bytes) -> str:
    """FNV-1a 64. XOR changes the lowest byte only, so the upper bits may be cut off once for every four bytes."""
    h = _OFFSET
    four = iter(data)
    for a, b, c, d in zip(four, four, four, four, strict=False):
        h = ((((((((h ^ a) * _PRIME) ^ b) * _PRIME) ^ c) * _PRIME) ^ d) * _PRIME) & _MASK
    for a in data[len(data) & ~3 :]:
        h = ((h ^ a) * _PRIME) & _MASK
    return f"{h:016x}"
