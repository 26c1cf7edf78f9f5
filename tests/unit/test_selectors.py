"""A selector that is written out selects what it selected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.adapters.replay.selectors import label_match
from firstresponder.errors import BadInput
from firstresponder.selectors import plain, selects, written
from firstresponder.testing.cluster import FakeCluster

KEYS = st.sampled_from(["app", "tier", "app.kubernetes.io/name", "x_y", "z"])
VALUES = st.sampled_from(["", "a", "b", "v1.2", "A-b_c"])
MAPS = st.dictionaries(KEYS, VALUES, max_size=3)
RULES = st.one_of(
    st.fixed_dictionaries({
        "key": KEYS,
        "operator": st.sampled_from(["In", "NotIn"]),
        "values": st.lists(VALUES, min_size=1, max_size=3, unique=True),
    }),
    st.fixed_dictionaries({"key": KEYS, "operator": st.sampled_from(["Exists", "DoesNotExist"])}),
)  # fmt: skip
SELECTORS = st.fixed_dictionaries({}, optional={"matchLabels": MAPS, "matchExpressions": st.lists(RULES, max_size=3)})


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (None, ""),
        ({}, ""),
        ({"matchLabels": {}, "matchExpressions": None}, ""),
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
        ({"matchExpressions": [{"key": "t", "operator": "In", "values": ["x", "y"]}]}, "t in (x,y)"),
        ({"matchExpressions": [{"key": "t", "operator": "NotIn", "values": ["x"]}]}, "t notin (x)"),
        ({"matchExpressions": [{"key": "t", "operator": "Exists"}, {"key": "u", "operator": "DoesNotExist"}]}, "t,!u"),
        ({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "t", "operator": "Exists"}]}, "a=1,t"),
    ],
)
def test_a_selector_becomes_the_text_of_a_list(spec: Any, text: str) -> None:
    """Every operator of a LabelSelector has its form; what says nothing is empty."""
    assert written(spec) == text


def test_an_operator_that_does_not_exist() -> None:
    """A word that Kubernetes does not know is an error, never a selector that selects something else."""
    with pytest.raises(BadInput, match="'Near': expected In"):
        written({"matchExpressions": [{"key": "t", "operator": "Near"}]})


def _holds(selector: Any, labels: dict[str, str]) -> bool:
    """What Kubernetes says a LabelSelector means, read from the object and not from the text."""
    tests = {
        "In": lambda rule: labels.get(rule["key"]) in rule["values"],
        "NotIn": lambda rule: labels.get(rule["key"]) not in rule["values"],
        "Exists": lambda rule: rule["key"] in labels,
        "DoesNotExist": lambda rule: rule["key"] not in labels,
    }
    pairs = selector.get("matchLabels", {}).items()
    return all(labels.get(key) == value for key, value in pairs) and all(
        tests[rule["operator"]](rule) for rule in selector.get("matchExpressions", [])
    )


@given(SELECTORS, MAPS)
async def test_the_text_selects_what_the_selector_selects(selector: Any, labels: dict[str, str]) -> None:
    """Written out and read again, by a recording and by the cluster in memory, it matches the same labels."""
    text = written(selector)
    cluster = FakeCluster({"kind": "Pod", "metadata": {"name": "x", "namespace": "shop", "labels": labels}})
    expected = _holds(selector, labels)
    assert label_match(text)(labels) is expected
    assert bool(await cluster.list("Pod", "shop", labels=text)) is expected


@given(MAPS, MAPS)
def test_a_service_selects_by_its_plain_map(selector: dict[str, str], labels: dict[str, str]) -> None:
    """A Service's map matches as its text does, but for an empty one, which matches nothing."""
    assert selects(selector, labels) is (bool(selector) and label_match(plain(selector))(labels))
    assert plain(None) == plain({}) == ""
