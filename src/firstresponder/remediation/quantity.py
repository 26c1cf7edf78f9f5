"""Quantities, exactly (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from firstresponder.model import Json

_FORM: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_UNITS: Final[dict[str | None, Decimal]] = {
    None: Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


def amount(text: Json) -> Decimal | None:
    """Return a quantity in bytes or cores; None for what is none, and for the rare exponent form."""
    match = _FORM.fullmatch(str(text).strip()) if isinstance(text, str | int) and not isinstance(text, bool) else None
    return Decimal(match[1]) * _UNITS[match[2]] if match else None
