"""Counting in bounded memory."""

from __future__ import annotations

import pytest

from firstresponder.errors import BadInput
from firstresponder.noise import kinds as room
from tests.unit.noise.reading import answer


def test_more_kinds_than_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit new kinds are put together by how they sound; none is lost, and the report says so."""
    monkeypatch.setattr(room, "MAX_KINDS", 5)
    words = ["apple", "banana", "cherry", "damson", "elder", "fig", "grape", "hazel", "iris", "jasmine"]
    report = answer("".join(f"{word} failed\n" for word in words))
    assert report.count == sum(incident.alerts for incident in report.incidents) == 10
    assert any("5 alerts that came after them" in note for note in report.notes)


def test_too_many_alerts_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says the limit and what to do, instead of dropping what comes after."""
    monkeypatch.setattr(room, "MAX_ENTRIES", 5)
    with pytest.raises(BadInput, match=r"more than 5 alerts.*split the stream"):
        answer("disk failed\n" * 6)


def test_too_much_to_keep_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where every line is kept; the other shapes count on."""
    monkeypatch.setattr(room, "MAX_KEPT", 30)
    with pytest.raises(BadInput, match="--format text"):
        answer("disk failed\n" * 5)
    assert answer("disk failed\n" * 5, keep=False).count == 5


def test_only_examples_are_kept_where_not_all_are_asked_for() -> None:
    """A thousand alerts of a kind leave three lines, and the count is right."""
    report = answer("disk failed\n" * 1000, keep=False)
    assert report.incidents[0].alerts == 1000
    assert len(list(report.members(report.incidents[0]))) == 3


def test_alert_names_with_numbers_are_one_kind_and_both_are_matched() -> None:
    """Names that differ in a number only are one kind; a configuration never speaks for a name that it does not have."""
    report = answer("Zone A: disk_full_5m\nZone A: disk_full_1h\nZone A: disk_full_5m\n")
    (incident,) = report.incidents
    assert incident.alerts == 3
    configs = [each.config for each in report.proposals if each.config]
    assert all("disk_full_5m" in text and "disk_full_1h" in text for text in configs)
