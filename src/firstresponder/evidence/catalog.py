"""The list of collectors. A new one is a file in `collectors/` and a line here."""

from __future__ import annotations

from firstresponder.evidence import resolve
from firstresponder.evidence.collectors import (
    alert,
    container_logs,
    events,
    namespace_context,
    node,
    pods,
    revisions,
    workload,
)
from firstresponder.evidence.scene import Collect, Collector
from firstresponder.model import Permission

# In order of weight: where the size limit strikes, the last in the list give way first.
CATALOG: dict[str, Collector] = {
    "alert": alert,
    "workload": workload,
    "revisions": revisions,
    "pods": pods,
    "events": events,
    "container_logs": container_logs,
    "node": node,
    "namespace_context": namespace_context,
}

COLLECTORS: dict[str, Collect] = {name: collector.collect for name, collector in CATALOG.items()}

NEEDS: dict[str, tuple[Permission, ...]] = {
    "resolve": resolve.NEEDS,
    **{name: collector.NEEDS for name, collector in CATALOG.items()},
}
"""What each part of the evidence stage must be allowed to read; without it the brief has a gap."""
