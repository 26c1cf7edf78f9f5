"""Alertmanager's configuration as text: a complete minimal one with the fragment that is proposed.

Every text is what `amtool check-config` accepts. Names go in as quoted scalars: a JSON text is a YAML scalar.
Keys: https://prometheus.io/docs/alerting/latest/configuration/
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from firstresponder.noise.limits import MAX_NAMES

PAGER = "pager"
QUIET = "low-priority"
NOT_CRITICAL = '"severity!=\\"critical\\""'
"""What quietens never takes a critical alert; an absent label is not critical either."""

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def matcher(name: str, values: Sequence[str]) -> str | None:
    """Return `name="value"` or `name=~"a|b"` as a quoted scalar; None where the values cannot be said safely."""
    values = sorted(set(values))
    if not values or len(values) > MAX_NAMES or not all(value.isprintable() and 0 < len(value) <= 200 for value in values):  # noqa: PLR2004
        return None
    if len(values) == 1:
        return _scalar(f'{name}="{_inside(values[0])}"')
    return _scalar(f'{name}=~"{_inside("|".join(_literal(value) for value in values))}"')


def present(name: str) -> str:
    """Return a matcher for alerts that have the label at all: to Alertmanager two absent labels are equal."""
    return _scalar(f'{name}=~".+"')


def is_label(name: str) -> bool:
    """Whether a name may be a label's."""
    return _LABEL.fullmatch(name) is not None


def route(
    comment: str, matchers: Sequence[str], body: Sequence[str], *, receiver: str = PAGER, intervals: Sequence[str] = ()
) -> str:
    """Return a configuration with one route for what `matchers` say; `body` are its further lines."""
    lines = [
        *_head(),
        "  routes:",
        f"    # {_comment(comment)}",
        f"    - receiver: {receiver}",
        f"      matchers: [{', '.join(matchers)}]",
        *(f"      {line}" for line in body),
        *_receivers(quiet=receiver == QUIET),
        *intervals,
    ]
    return "\n".join(lines) + "\n"


def inhibit(comment: str, source: Sequence[str], target: Sequence[str], equal: Sequence[str]) -> str:
    """Return a configuration with one inhibition, for alerts that have all of the `equal` labels."""
    there = [present(name) for name in equal]
    lines = [
        *_head(),
        *_receivers(quiet=False),
        "inhibit_rules:",
        f"  # {_comment(comment)}",
        f"  - source_matchers: [{', '.join([*source, *there])}]",
        f"    target_matchers: [{', '.join([*target, *there])}]",
        f"    equal: [{', '.join(_scalar(name) for name in equal)}]",
    ]
    return "\n".join(lines) + "\n"


def listed(names: Sequence[str]) -> str:
    """Return `['a', 'b']` for YAML."""
    return f"[{', '.join(_scalar(name) for name in names)}]"


WORKING_HOURS = (
    "time_intervals:",
    "  - name: working-hours",
    "    time_intervals:",
    "      - weekdays: ['monday:friday']",
    "        times: [{start_time: '08:00', end_time: '18:00'}] # UTC; change it to yours",
)


def _head() -> list[str]:
    return ["# A complete minimal configuration; take the commented part over into yours.", "route:", f"  receiver: {PAGER}"]


def _receivers(*, quiet: bool) -> list[str]:
    names = [PAGER, QUIET] if quiet else [PAGER]
    return ["receivers:", *(f"  - name: {name}" for name in names)]


def _scalar(text: str) -> str:
    """Quoted for YAML. Texts are printable, so that JSON escapes nothing but quotes and backslashes."""
    return json.dumps(text, ensure_ascii=False)


def _inside(value: str) -> str:
    """Escaped for the double quotes of a matcher."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _literal(value: str) -> str:
    """Escaped for RE2, which takes a backslash before punctuation only."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", value)


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
