"""Label selectors as the text of a list request, the form that the API server reads in a query.

Grammar: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

from firstresponder.errors import BadInput
from firstresponder.model import Json


def written(selector: Json) -> str:
    """Write a workload's LabelSelector (`app=api,tier in (a,b),!old`); empty when it is absent or says nothing.

    An empty text asks a list for everything: where that would be too much, the caller has to look. Raises BadInput for an
    operator that Kubernetes does not have.
    """
    if not isinstance(selector, dict):
        return ""
    parts = [plain(selector.get("matchLabels"))] if selector.get("matchLabels") else []
    return ",".join([*parts, *(_rule(rule) for rule in selector.get("matchExpressions") or ())])


def plain(selector: Json) -> str:
    """Write a Service's plain map; empty when it is absent or empty, and such a Service selects nothing."""
    return ",".join(f"{key}={value}" for key, value in sorted((selector or {}).items()))


def selects(selector: Json, labels: Json) -> bool:
    """Whether a Service's plain map matches these labels; an empty one matches nothing."""
    return bool(selector) and all((labels or {}).get(key) == value for key, value in selector.items())


def covers(selector: Json, labels: Json) -> bool:
    """Whether a LabelSelector matches these labels; null matches nothing, an empty one everything. Raises BadInput."""
    if not isinstance(selector, dict):
        return False
    have = labels or {}
    plainly = all(have.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return plainly and all(_holds(rule, have) for rule in selector.get("matchExpressions") or ())


def _holds(rule: Json, have: Json) -> bool:
    key, values = rule.get("key", ""), rule.get("values") or ()
    match rule.get("operator"):
        case "In":
            return have.get(key) in values
        case "NotIn":
            return have.get(key) not in values
        case "Exists":
            return key in have
        case "DoesNotExist":
            return key not in have
        case other:
            raise BadInput(f"selector operator {other!r}: expected In, NotIn, Exists or DoesNotExist")


def _rule(rule: Json) -> str:
    key, values = rule.get("key", ""), ",".join(rule.get("values") or ())
    match rule.get("operator"):
        case "In":
            return f"{key} in ({values})"
        case "NotIn":
            return f"{key} notin ({values})"
        case "Exists":
            return str(key)
        case "DoesNotExist":
            return f"!{key}"
        case other:
            raise BadInput(f"selector operator {other!r}: expected In, NotIn, Exists or DoesNotExist")
