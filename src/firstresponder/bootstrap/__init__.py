"""The composition root: the only place that builds adapters, and what it builds them from."""

from __future__ import annotations

from firstresponder.bootstrap.application import ENGINE_FILE, Application, build, make_token
from firstresponder.bootstrap.configured import check_actions, placed, read_runbooks, understand
from firstresponder.bootstrap.examination import look_over
from firstresponder.bootstrap.folder import LOCK_FILE

__all__ = [
    "ENGINE_FILE",
    "LOCK_FILE",
    "Application",
    "build",
    "check_actions",
    "look_over",
    "make_token",
    "placed",
    "read_runbooks",
    "understand",
]
