"""What the last lines of a log speak of, in the words that runtimes, shells and client libraries use."""

from __future__ import annotations

import re

from firstresponder.diagnosis.container import Container
from firstresponder.diagnosis.view import View
from firstresponder.model import Citation

_TAIL = 40  # lines from the end: what was said last says why
_QUOTE = 400

ERROR = re.compile(
    r"\b(error|fatal|panic|exception|traceback|failed|failure|refused|unreachable|cannot|could not|unable|invalid|unknown"
    r"|denied)\b",
    re.IGNORECASE,
)
DEPENDENCY = re.compile(
    r"connection refused|ECONNREFUSED|no such host|ENOTFOUND|could not connect|connection timed out|ETIMEDOUT|i/o timeout"
    r"|name or service not known|temporary failure in name resolution|connection reset by peer|no route to host",
    re.IGNORECASE,
)


def last_match(view: View, container: Container, pattern: re.Pattern[str]) -> Citation | None:
    """Quote the last line of a container's logs (the run before first) that matches; None when none does."""
    for item in view.logs_of(container):
        for line in reversed(item.text.splitlines()[-_TAIL:]):
            if pattern.search(line):
                return Citation(evidence=item.id, quote=line.strip()[:_QUOTE])
    return None
