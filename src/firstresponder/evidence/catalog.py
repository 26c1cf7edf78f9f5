"""The list of collectors. A new one is a file in `collectors/` and a line here."""

from __future__ import annotations

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
from firstresponder.evidence.scene import Collect

# In order of weight: where the size limit strikes, the last in the list give way first.
COLLECTORS: dict[str, Collect] = {
    "alert": alert.collect,
    "workload": workload.collect,
    "revisions": revisions.collect,
    "pods": pods.collect,
    "events": events.collect,
    "container_logs": container_logs.collect,
    "node": node.collect,
    "namespace_context": namespace_context.collect,
}
