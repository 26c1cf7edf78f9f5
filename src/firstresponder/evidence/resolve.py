"""Which object an alert is about: labels name it, owner references and UIDs prove it."""

from __future__ import annotations

from collections.abc import Sequence

from firstresponder.errors import FirstresponderError, NotFound
from firstresponder.evidence.labels import Named, ignored, named
from firstresponder.evidence.owners import Lost, climb, ref, told
from firstresponder.evidence.reads import ApiBudget, CachedRead
from firstresponder.model import Alert, Json, Permission, Resolution, TargetRef
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.selectors import plain

NEEDS: tuple[Permission, ...] = (
    *Permission.each("get", "", "pods", "services", "nodes", "persistentvolumeclaims", "resourcequotas"),
    *Permission.each("list", "", "pods", "events"),
    *Permission.each("get", "apps", "deployments", "statefulsets", "daemonsets", "replicasets"),
    *Permission.each("get", "batch", "jobs", "cronjobs"),
    *Permission.each("get", "autoscaling", "horizontalpodautoscalers"),
    *Permission.each("get", "policy", "poddisruptionbudgets"),
)
"""To find what an alert is about, and what controls that."""


async def resolve(alerts: Sequence[Alert], read: ClusterRead, *, budget: ApiBudget) -> Resolution:
    """Find the one object that these alerts are about.

    A pod is followed to its topmost controller by UID; `culprit` then names the pod. Several possible objects are no
    object: they are listed in `ambiguous` and `target` is None. Never raises a FirstresponderError: what could not be
    read is said in `how`.
    """
    cached = CachedRead(read, budget)
    try:
        return await find(alerts, cached)
    except FirstresponderError as error:
        return Resolution(target=None, how=f"the cluster could not be asked: {error}")
    finally:
        # A caller that gives up must not leave calls running.
        await cached.close()


async def find(alerts: Sequence[Alert], read: CachedRead) -> Resolution:
    """Do the same, but raise Forbidden, Unreachable or BudgetSpent where the cluster could not be asked."""
    firing = [alert for alert in alerts if alert.status == "firing"] or list(alerts)
    answers: dict[str, Resolution] = {}
    misses: dict[str, TargetRef | None] = {}
    for labels in {tuple(sorted(alert.labels.items())): alert.labels for alert in firing}.values():
        answer = await _one(labels, read)
        if answer.ambiguous:
            return answer
        if answer.target is None:
            misses[answer.how] = answer.culprit
        else:
            answers.setdefault(answer.target.uid or str(answer.target), answer)
    if len(answers) == 1:
        return next(iter(answers.values()))
    targets = tuple(answer.target for answer in answers.values() if answer.target is not None)
    if targets:
        how = f"the alerts are about {len(targets)} different objects: {', '.join(map(str, targets))}"
        return Resolution(target=None, how=how, ambiguous=targets)
    culprit = next((culprit for culprit in misses.values() if culprit is not None), None)
    return Resolution(target=None, how="; ".join(misses) or "there is no alert", culprit=culprit)


async def _one(labels: dict[str, str], read: CachedRead) -> Resolution:
    candidates = named(labels)
    # A node label on a pod's alert says where it ran, not what is broken. Beside a service label alone it is the subject:
    # the kubelet's own series carry the Service that they were scraped through.
    if any(candidate.kind not in ("Node", "Service") for candidate in candidates):
        candidates = [candidate for candidate in candidates if candidate.kind != "Node"]
    candidates.sort(key=lambda candidate: candidate.kind == "Service")
    said = [f"label {label}={labels[label]} is the exporter's own" for label in ignored(labels)]
    culprit = None
    for candidate in candidates:
        try:
            answer = await _follow(candidate, read)
        except Lost as lost:
            said.append(str(lost))
            continue
        culprit = culprit or answer.culprit
        if answer.target is not None or answer.ambiguous:
            return answer
        said.append(answer.how)
    if not candidates:
        said.append("no label names a Kubernetes object")
    return Resolution(target=None, how="; ".join(said), culprit=culprit)


async def _follow(candidate: Named, read: CachedRead) -> Resolution:
    """Look the object up and go from it to what an action would have to change."""
    name, label = candidate.name, f"label {candidate.label}={candidate.name}"
    if candidate.kind == "Service":
        return await _service(candidate, label, read)
    found = await _read(candidate.kind, candidate.namespace, name, read)
    if len(found) > 1:
        refs = tuple(map(ref, found))
        how = f"{label} without a namespace: {candidate.kind} {name} exists in " + ", ".join(r.namespace for r in refs)
        return Resolution(target=None, how=how, ambiguous=refs)
    if not found:
        if candidate.kind == "Pod":
            return await _gone(candidate, read)
        raise Lost(f"{label}: there is no {candidate.kind} {name} in namespace {candidate.namespace or '(any)'}")
    try:
        return _climbed(await climb(found[0], read), label)
    except Lost as lost:
        return Resolution(target=None, how=str(lost), culprit=ref(found[0]))


def _climbed(chain: list[Json], label: str) -> Resolution:
    target, named_ref = ref(chain[-1]), ref(chain[0])
    if len(chain) == 1:
        bare = ", which nothing controls" if target.kind == "Pod" else ""
        return Resolution(target=target, how=f"{label}: {target.kind} {target.name}{bare}", culprit=named_ref if bare else None)
    return Resolution(target=target, how=f"{label}: {told(chain)}", culprit=named_ref)


async def _read(kind: str, namespace: str, name: str, read: CachedRead) -> list[Json]:
    """Return the object; without a namespace label, every namespaced object of that name."""
    if not namespace and kind != "Node":
        return await read.list(kind, "", fields=f"metadata.name={name}")
    try:
        return [await read.get(kind, namespace, name)]
    except NotFound:
        return []


async def _gone(candidate: Named, read: CachedRead) -> Resolution:
    """Find who made a pod that is no more: its controller's own event names it, and carries the controller's UID."""
    name, said = candidate.name, f"Pod {candidate.name} is gone"
    events = await read.list("Event", candidate.namespace, fields="reason=SuccessfulCreate") if candidate.namespace else []
    makers: dict[str, Json] = {}
    for event in events:
        message = str(event.get("message", ""))
        if message == f"Created pod: {name}" or message.startswith(f"create Pod {name} in "):
            makers[event["involvedObject"].get("uid", "")] = event["involvedObject"]
    culprit = TargetRef(kind="Pod", name=name, namespace=candidate.namespace)
    if len(makers) != 1:
        return Resolution(target=None, how=f"{said}, and no event tells which controller made it", culprit=culprit)
    uid, maker = next(iter(makers.items()))
    found = await _read(maker["kind"], candidate.namespace, maker["name"], read)
    if not found or found[0]["metadata"].get("uid") != uid:
        return Resolution(target=None, how=f"{said}, and so is {maker['kind']} {maker['name']} that made it", culprit=culprit)
    chain = await climb(found[0], read)
    how = f"{said}; an event says that {told(chain[:1])} made it" + (f": {told(chain)}" if len(chain) > 1 else "")
    return Resolution(target=ref(chain[-1]), how=how, culprit=culprit)


async def _service(candidate: Named, label: str, read: CachedRead) -> Resolution:
    """A Service stands for the one controller of the pods that it selects, else for a Deployment of that very name."""
    services = await _read("Service", candidate.namespace, candidate.name, read)
    if len(services) > 1:
        refs = tuple(map(ref, services))
        spaces = ", ".join(r.namespace for r in refs)
        return Resolution(target=None, how=f"{label} without a namespace: in {spaces}", ambiguous=refs)
    service = services[0] if services else None
    namespace = ref(service).namespace if service else candidate.namespace
    if service is not None and (selector := plain((service.get("spec") or {}).get("selector"))):
        tops: dict[str, tuple[TargetRef, str]] = {}
        for pod in await read.list("Pod", namespace, labels=selector):
            try:
                chain = await climb(pod, read)
            except Lost:
                continue
            tops[ref(chain[-1]).uid] = (ref(chain[-1]), told(chain))
        if len(tops) > 1:
            targets = tuple(target for target, _ in tops.values())
            how = f"{label}: the Service selects pods of {', '.join(map(str, targets))}"
            return Resolution(target=None, how=how, ambiguous=targets)
        if tops:
            target, words = next(iter(tops.values()))
            return Resolution(target=target, how=f"{label}: Service {candidate.name} selects {words}")
    deployments = await _read("Deployment", namespace, candidate.name, read)
    state = "exists but selects no pods" if service is not None else "does not exist"
    culprit = ref(service) if service is not None else None
    if len(deployments) > 1:
        refs = tuple(map(ref, deployments))
        return Resolution(target=None, how=f"{label}: Deployment {candidate.name} exists in several namespaces", ambiguous=refs)
    if deployments:
        how = f"{label}: Service {candidate.name} {state}; taken for the Deployment of that very name"
        return Resolution(target=ref(deployments[0]), how=how, culprit=culprit)
    if service is not None:
        return Resolution(target=ref(service), how=f"{label}: Service {candidate.name} {state}, and there is no such Deployment")
    raise Lost(f"{label}: neither a Service nor a Deployment {candidate.name} in namespace {namespace or '(any)'}")
