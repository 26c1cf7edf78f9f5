"""Alertmanager's matchers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.runbooks.matchers import BadMatcher, parse_matcher


@pytest.mark.parametrize(
    ("text", "labels", "holds"),
    [
        ('severity="critical"', {"severity": "critical"}, True),
        ('severity="critical"', {"severity": "critical2"}, False),
        ("severity=critical", {"severity": "critical"}, True),
        (' severity = "critical" ', {"severity": "critical"}, True),
        ('severity!="critical"', {"severity": "info"}, True),
        ('severity!="critical"', {}, True),
        ('severity!="critical"', {"severity": "critical"}, False),
        ('namespace=~"shop|pay"', {"namespace": "pay"}, True),
        ('namespace=~"shop|pay"', {"namespace": "payroll"}, False),  # the whole value
        ('namespace=~"sh.*"', {"namespace": "shop"}, True),
        ('namespace!~"sh.*"', {"namespace": "shop"}, False),
        ('namespace!~"sh.*"', {}, True),
        ('team=""', {}, True),
        ('team=""', {"team": "sre"}, False),
        ("team=", {}, True),
        (r'path="a\"b\\c\nd"', {"path": 'a"b\\c\nd'}, True),
        (r'path=~"a\\.b"', {"path": "a.b"}, True),
        (r'path=~"a\\.b"', {"path": "axb"}, False),
        (r'path=~"a\.b"', {"path": "axb"}, False),
    ],
)
def test_when_it_holds(text: str, labels: dict[str, str], *, holds: bool) -> None:
    """A matcher holds as it does in Alertmanager: an absent label is empty, an expression covers the whole value."""
    assert parse_matcher(text).holds(labels) is holds


@pytest.mark.parametrize(
    "text", ["", "severity", '="critical"', "9lives=x", 'a="b', 'a="', 'a=b"c', 'a="b"c"', 'a=~"("', "a~b", "a b=c"]
)
def test_what_is_no_matcher(text: str) -> None:
    """What Alertmanager would not take is refused, and the text is quoted."""
    with pytest.raises(BadMatcher) as refused:
        parse_matcher(text)
    assert repr(text) in str(refused.value)


@given(st.text())
def test_any_quoted_value_is_that_value(value: str) -> None:
    """A value that is quoted and escaped comes back as it was."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_matcher(f'a="{quoted}"').value == value, json.dumps(value)
