"""Whether there is a browser to open, and how."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def wanted(env: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether a person sits before this machine's desktop and has not said no (`BROWSER=none`)."""
    desktop = sys.platform == "darwin" or any(env.get(name) for name in DISPLAYS)
    return terminal and desktop and env.get("BROWSER", "").strip().lower() not in {"none", "no", "false", "0"}


def show(url: str) -> bool:
    """Open it; False where that could not be done."""
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False


def present() -> bool:
    """Whether standard output and input are a terminal: somebody reads what is said, and can answer."""
    return sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()


def opens(*, refused: bool) -> bool:
    """Whether to open one here."""
    return not refused and wanted(os.environ, terminal=present())
