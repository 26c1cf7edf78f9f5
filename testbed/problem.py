"""The one exception of the testbed, and what it owes the person who reads it."""

from __future__ import annotations


class BedError(Exception):
    """Something about the testbed failed; the message says what, and what to try."""

    __test__ = False


class NotReadyError(BedError):
    """Something is missing that only the owner of the machine can add (exit code 2)."""


class NotUpError(BedError):
    """The testbed is not up (exit code 3)."""
