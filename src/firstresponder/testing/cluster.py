"""An API server in memory: `ClusterRead`, `ClusterWrite` and `Logs` over plain JSON objects.

It keeps what the gate relies on in a real one: a UID per object, a generation that grows with the spec only, a resource
version that grows with everything, JSON patch with its tests, a dry run without effect, and answers that get lost.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from itertools import count

from firstresponder.errors import NotFound, OutcomeUnknown
from firstresponder.model import Change, Json
from firstresponder.remediation import patch

Key = tuple[str, str, str]  # kind, namespace, name
Hook = Callable[["FakeCluster", Json], None]

_API = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1"}


class FakeCluster:
    """Objects in memory; counts what is asked of it, and fails when told to.

    `on_rollout(cluster, workload)` is called after a write changed a pod template: a stand-in for the controllers, which
    may set the status and add or remove pods through `put` and `remove`.
    """

    def __init__(self, *objects: Json, on_rollout: Hook | None = None) -> None:
        """Start with these objects; each needs `kind` and `metadata.name`."""
        self.objects: dict[Key, Json] = {}
        self.logs: dict[str, str] = {}  # "namespace/pod/container", or with "@previous"
        self.on_rollout = on_rollout
        self.reads = 0
        self.writes = 0  # requests that reached the server and were not dry runs
        self.effects = 0  # of these, the ones that changed something
        self.previews = 0
        self.changes: list[Change] = []  # every change that was sent, refused or not
        self._numbers = count(1)
        self._failures: dict[str, list[Exception]] = {"read": [], "write": [], "preview": []}
        self._lose = 0
        for obj in objects:
            self.put(obj)

    # --- what a test does to it ---

    def put(self, obj: Json) -> Json:
        """Create or replace an object as controllers and other people do; keeps the UID that it has, or gives one."""
        kind, metadata = obj["kind"], obj["metadata"]
        key = (kind, metadata.get("namespace", ""), metadata["name"])
        stored = copy.deepcopy(obj)
        before = self.objects.get(key)
        stored.setdefault("apiVersion", _API.get(kind, "v1"))
        own: Json = before["metadata"] if before else {"uid": f"uid-{next(self._numbers)}", "generation": 1}
        stored["metadata"].setdefault("uid", own["uid"])
        stored["metadata"].setdefault("generation", own["generation"])
        if before is not None and not patch.same(before.get("spec"), stored.get("spec")):
            stored["metadata"]["generation"] = own["generation"] + 1
        stored["metadata"]["resourceVersion"] = str(next(self._numbers))
        self.objects[key] = stored
        return copy.deepcopy(stored)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Delete an object; no error when there is none."""
        self.objects.pop((kind, namespace, name), None)

    def look(self, kind: str, namespace: str, name: str) -> Json:
        """Return an object without counting a read. Raises NotFound."""
        found = self.objects.get((kind, namespace, name))
        if found is None:
            raise NotFound(f"{kind} {namespace}/{name} not found")
        return copy.deepcopy(found)

    def fail_next(self, what: str, *errors: Exception) -> None:
        """Raise these, one per call, on the next calls of `what`: read, write or preview. Nothing happens then."""
        self._failures[what] += errors

    def lose_answer_of_next_write(self, times: int = 1) -> None:
        """Let the next writes take effect, and answer OutcomeUnknown."""
        self._lose += times

    # --- ClusterRead ---

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Return one object. Raises NotFound."""
        self.reads += 1
        self._maybe_fail("read")
        return self.look(kind, namespace, name)

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
        """Return the objects that match; an empty namespace means all. Fields are compared as dotted paths."""
        self.reads += 1
        self._maybe_fail("read")
        found = [
            copy.deepcopy(obj)
            for (its_kind, its_namespace, _), obj in sorted(self.objects.items())
            if its_kind == kind
            and namespace in {"", its_namespace}
            and _selected(obj["metadata"].get("labels") or {}, labels)
            and _fields_match(obj, fields)
        ]
        return found[:limit]

    # --- ClusterWrite ---

    async def preview(self, change: Change) -> Json:
        """Return the object as it would be; nothing is kept. Raises as `apply` does."""
        self.previews += 1
        self._maybe_fail("preview")
        return self._patched(change)[1]

    async def apply(self, change: Change, *, timeout: float) -> Json:  # noqa: ARG002  # nothing here takes time
        """Apply the operations. Raises NotFound, PreconditionFailed, what `fail_next` says, OutcomeUnknown."""
        self._maybe_fail("write")
        self.writes += 1
        self.changes.append(change)
        before, after = self._patched(change)
        key = (change.target.kind, change.target.namespace, change.target.name)
        if not patch.same(before, after):
            self.effects += 1
            after["metadata"]["resourceVersion"] = str(next(self._numbers))
            self.objects[key] = after
            if self.on_rollout is not None and not patch.same(_template(before), _template(after)):
                self.on_rollout(self, copy.deepcopy(after))
        if self._lose:
            self._lose -= 1
            raise OutcomeUnknown("the answer of the write was lost")
        return copy.deepcopy(self.objects[key])

    # --- Logs ---

    async def tail(
        self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 200, max_bytes: int = 65536
    ) -> str:
        """Return the end of a log that a test put into `logs`. Raises NotFound."""
        self.reads += 1
        self._maybe_fail("read")
        key = f"{namespace}/{pod}/{container}" + ("@previous" if previous else "")
        if key not in self.logs:
            raise NotFound(f"no log {key!r}")
        text = "\n".join(self.logs[key].splitlines()[-lines:])
        return text.encode()[-max_bytes:].decode(errors="replace")

    # --- inside ---

    def _maybe_fail(self, what: str) -> None:
        if self._failures[what]:
            raise self._failures[what].pop(0)

    def _patched(self, change: Change) -> tuple[Json, Json]:
        before = self.look(change.target.kind, change.target.namespace, change.target.name)
        return before, patch.stored(before, change.ops)


def _template(obj: Json) -> Json:
    return (obj.get("spec") or {}).get("template")


def _fields_match(obj: Json, fields: str) -> bool:
    for part in filter(None, fields.split(",")):
        path, _, wanted = part.partition("=")
        negated = path.endswith("!")
        got = patch.look_up(obj, patch.pointer(*path.rstrip("!").split(".")))
        if (str(got) == wanted.lstrip("=")) == negated:
            return False
    return True


def _selected(have: dict[str, str], selector: str) -> bool:
    """Whether labels match a selector such as `app=api,tier in (a,b),!old`."""
    return all(_matches(have, part.strip()) for part in re.split(r",(?![^()]*\))", selector) if part.strip())


def _matches(have: dict[str, str], part: str) -> bool:
    if among := re.fullmatch(r"(\S+) (in|notin) \(([^)]*)\)", part):
        values: Sequence[str] = [value.strip() for value in among[3].split(",")]
        return (have.get(among[1]) in values) == (among[2] == "in")
    if "!=" in part:
        key, _, value = part.partition("!=")
        return have.get(key) != value
    if "=" in part:
        key, _, value = part.replace("==", "=").partition("=")
        return have.get(key) == value
    return part[1:] not in have if part.startswith("!") else part in have
