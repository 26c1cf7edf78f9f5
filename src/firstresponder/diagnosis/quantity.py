"""Quantities as Kubernetes writes them (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)."""

from __future__ import annotations

import re

from firstresponder.model import Json

_FORM = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_UNITS = {
    "": 1.0,
    "m": 0.001,
    **{u: 1000.0**i for i, u in enumerate("kMGTPE", 1)},
    **{f"{u}i": 1024.0**i for i, u in enumerate("KMGTPE", 1)},
}


def amount(text: Json) -> float | None:
    """Return a quantity as a number (bytes, cores); None when it is none."""
    match = _FORM.fullmatch(str(text).strip())
    if match is None:
        return None
    try:
        return float(match[1]) * _UNITS[match[2] or ""]
    except ValueError:
        return None
