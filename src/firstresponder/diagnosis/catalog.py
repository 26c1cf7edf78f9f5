"""The list of detectors. A new one is a file in `detectors/` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from firstresponder.diagnosis.detectors import (
    bad_command,
    config_change_broke,
    crash_after_deploy,
    image_not_found,
    liveness_misconfigured,
    oom_killed_limit_too_low,
)
from firstresponder.diagnosis.view import View
from firstresponder.model import Hypothesis

Detect = Callable[[View], list[Hypothesis]]

DETECTORS: dict[str, Detect] = {
    bad_command.CAUSE: bad_command.detect,
    config_change_broke.CAUSE: config_change_broke.detect,
    image_not_found.CAUSE: image_not_found.detect,
    liveness_misconfigured.CAUSE: liveness_misconfigured.detect,
    oom_killed_limit_too_low.CAUSE: oom_killed_limit_too_low.detect,
    crash_after_deploy.CAUSE: crash_after_deploy.detect,
}

# Causes that say *that* a release is at fault, without saying what in it. A cause above that says what goes first.
GENERAL = frozenset({crash_after_deploy.CAUSE})
