"""Alertmanager's label matchers: `name="value"`, `!=`, `=~`, `!~`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from firstresponder.model import Noun

_FORM = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*(.*?)\s*", re.DOTALL)
_ESCAPE = re.compile(r'\\([n"\\])')
_BARE_QUOTE = re.compile(r'(?<!\\)(?:\\\\)*"')


class BadMatcher(ValueError):
    """A text that is no matcher; never leaves this room."""


class Matcher(Noun, frozen=True, kw_only=True):
    """One condition on one label; an absent label has the empty value."""

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels fulfil it; a regular expression must cover the whole value."""
        found = labels.get(self.label, "")
        match self.op:
            case "=":
                return found == self.value
            case "!=":
                return found != self.value
            case "=~":
                return re.fullmatch(self.value, found) is not None
            case _:
                return re.fullmatch(self.value, found) is None


def parse_matcher(text: str) -> Matcher:
    r"""Read one matcher; the value may be quoted, with `\"`, `\\` and `\n` in it.

    Source: github.com/prometheus/alertmanager, pkg/labels/parse.go. Raises BadMatcher.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise BadMatcher(f'expected a matcher such as severity="critical" or namespace=~"shop|pay", got {text!r}')
    label, op, value = form[1], form[2], form[3]
    if value.startswith('"'):
        if len(value) < 2 or not value.endswith('"'):  # noqa: PLR2004 - two quotes
            raise BadMatcher(f"the value's closing quote is missing: {text!r}")
        value = value[1:-1]
    if _BARE_QUOTE.search(value):
        raise BadMatcher(f'a quote inside the value must be written \\": {text!r}')
    value = _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], value)
    if op in ("=~", "!~"):
        try:
            re.compile(value)
        except re.error as error:
            raise BadMatcher(f"not a regular expression ({error}): {text!r}") from error
    return Matcher(label=label, op=op, value=value)  # type: ignore[arg-type]  # the form allows these four only
