"""Label selectors as the API server writes them."""

from __future__ import annotations

from firstresponder.model import Json


def written(selector: Json) -> str:
    """Return a selector (a LabelSelector, or a Service's plain map) in the query form; empty when it selects nothing."""
    if not isinstance(selector, dict):
        return ""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for rule in selector.get("matchExpressions") or []:
        key, values = rule.get("key", ""), ",".join(rule.get("values") or [])
        match rule.get("operator"):
            case "In":
                parts.append(f"{key} in ({values})")
            case "NotIn":
                parts.append(f"{key} notin ({values})")
            case "Exists":
                parts.append(key)
            case "DoesNotExist":
                parts.append(f"!{key}")
            case other:
                raise ValueError(f"selector operator {other!r}: expected In, NotIn, Exists or DoesNotExist")
    return ",".join(parts)


def selects(selector: Json, labels: Json) -> bool:
    """Whether a Service's plain selector matches these labels; an empty selector matches nothing."""
    return bool(selector) and all((labels or {}).get(key) == value for key, value in selector.items())
