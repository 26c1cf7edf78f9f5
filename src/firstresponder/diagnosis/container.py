"""One container of one pod, as its status tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from firstresponder.diagnosis.when import ZERO, moment
from firstresponder.model import Json

# The kubelet's back-off doubles from 10 s to at most 5 min and is reset after 10 min without a crash.
_BACKOFF_FIRST, _BACKOFF_MOST = 10, 300
_STILL_LOOPING = timedelta(minutes=10)
_NEVER_STARTED = frozenset(
    [
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "CreateContainerConfigError",
        "CreateContainerError",
    ]
)
_LOOPING = frozenset(["CrashLoopBackOff", "RunContainerError", "StartError", "PostStartHookError"])


@dataclass(frozen=True)
class Container:
    """A container with its spec and its status; either may be an empty dict."""

    pod: str
    name: str
    init: bool
    spec: Json
    status: Json

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return int(self.status.get("restartCount") or 0)

    @property
    def ready(self) -> bool:
        """Whether it counts as ready."""
        return bool(self.status.get("ready"))

    @property
    def image(self) -> str:
        """The image as the spec names it."""
        return str(self.spec.get("image") or self.status.get("image") or "")

    @property
    def waiting(self) -> str:
        """The reason for which it waits, or empty."""
        return str(((self.status.get("state") or {}).get("waiting") or {}).get("reason") or "")

    @property
    def waiting_message(self) -> str:
        """What is said about the waiting."""
        return str(((self.status.get("state") or {}).get("waiting") or {}).get("message") or "")

    @cached_property
    def ended(self) -> Json:
        """How the present run, or else the last one, ended; an empty dict when none has."""
        state, last = self.status.get("state") or {}, self.status.get("lastState") or {}
        return state.get("terminated") or last.get("terminated") or {}

    @property
    def exit_code(self) -> int | None:
        """The exit code of that run."""
        code = self.ended.get("exitCode")
        return None if code is None else int(code)

    @property
    def reason(self) -> str:
        """The reason given for its end, such as Error, OOMKilled, StartError or Completed."""
        return str(self.ended.get("reason") or "")

    @property
    def message(self) -> str:
        """All that the runtime said: about the end, and about the waiting."""
        return f"{self.ended.get('message') or ''} {self.waiting_message}".strip()

    @property
    def run_time(self) -> timedelta | None:
        """How long the last ended run took."""
        began, finished = moment(self.ended.get("startedAt")), moment(self.ended.get("finishedAt"))
        return max(ZERO, finished - began) if began and finished else None

    @property
    def never_started(self) -> bool:
        """Whether it waits for something that must be there before it can start at all."""
        return self.waiting in _NEVER_STARTED and not self.ended

    def crashing(self, now: datetime) -> bool:
        """Whether it keeps ending though it should run. Between two crashes it may be running, and even count as ready."""
        if self.init and (self.status.get("state") or {}).get("terminated", {}).get("exitCode") == 0:
            return False
        if self.waiting in _LOOPING:
            return True
        if (self.status.get("state") or {}).get("terminated"):
            return True
        finished = moment(self.ended.get("finishedAt"))
        recently = finished is not None and now - finished <= _STILL_LOOPING
        return bool(self.ended) and self.restarts > 0 and ((not self.ready and recently) or (self.restarts > 1 and recently))

    def looped_for(self) -> timedelta:
        """The longest that so many restarts can take: back-offs and runs as long as the last one."""
        waits = sum(min(_BACKOFF_FIRST * 2**i, _BACKOFF_MOST) for i in range(min(self.restarts, 6)))
        waits += max(0, self.restarts - 6) * _BACKOFF_MOST
        return timedelta(seconds=waits) + (self.restarts + 1) * (self.run_time or ZERO)

    def restarted(self) -> str:
        """So many restarts, in words."""
        return "1 restart" if self.restarts == 1 else f"{self.restarts} restarts"

    def how_it_ended(self) -> str:
        """`exit code 3`, `exit code 137 (OOMKilled)`, or what it waits for."""
        if self.exit_code is None:
            return f"never started ({self.waiting})" if self.waiting else "not started"
        return f"exit code {self.exit_code}" + (f" ({self.reason})" if self.reason not in ("", "Error") else "")
