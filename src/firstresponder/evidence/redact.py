"""Redact evidence: each item by place and by form as it comes, all of them by memory at the end."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from firstresponder.model import Evidence
from firstresponder.redaction import Redactor


def evidence(redactor: Redactor, item: Evidence) -> Evidence:
    """Return the evidence by place and by form; call `recall` on all of it at the end."""
    objects = tuple(redactor.object(obj) for obj in item.objects)
    return msgspec.structs.replace(item, objects=objects, text=redactor.text(item.text), title=redactor.text(item.title))


def recall(redactor: Redactor, items: Iterable[Evidence]) -> list[Evidence]:
    """Take every remembered value out of all evidence."""
    return [
        msgspec.structs.replace(
            item,
            objects=tuple(redactor.forget(obj) for obj in item.objects),
            text=redactor.forget(item.text),
            title=redactor.forget(item.title),
        )
        for item in items
    ]
