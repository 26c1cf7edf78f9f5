"""When a browser is opened."""

from __future__ import annotations

import sys

import pytest

from demo import browser


@pytest.mark.parametrize(
    ("env", "terminal", "wanted"),
    [
        ({"DISPLAY": ":0"}, True, True),
        ({"WAYLAND_DISPLAY": "wayland-0", "BROWSER": "firefox"}, True, True),
        ({"DISPLAY": ":0", "BROWSER": "none"}, True, False),
        ({"DISPLAY": ":0"}, False, False),
        ({}, True, False),
    ],
)
def test_only_where_somebody_sits(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], *, terminal: bool, wanted: bool) -> None:
    """It takes a terminal and a desktop, and BROWSER=none is a no."""
    monkeypatch.setattr(sys, "platform", "linux")
    assert browser.wanted(env, terminal=terminal) is wanted


def test_a_desktop_without_displays(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Mac there is always one."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert browser.wanted({}, terminal=True)


def test_no_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused by an option is not opened, whatever there is."""
    monkeypatch.setattr(browser, "present", lambda: True)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("BROWSER", raising=False)
    assert browser.opens(refused=False)
    assert not browser.opens(refused=True)
