"""Not behind the back of a GitOps controller: it would take the change back, so a person has to know.

Marks read: Argo CD's tracking (argo-cd docs, user-guide/resource_tracking.md), Flux's labels of kustomize-controller and
helm-controller (fluxcd docs, components/kustomize and helm), and both as field managers of the object.
"""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts
from firstresponder.guard.objects import label, meta
from firstresponder.model import Json, Verdict

GUARD = Guard(name="gitops_owner", hard=True, undo=False)

ANNOTATIONS = {"argocd.argoproj.io/tracking-id": "Argo CD"}
LABELS = {
    "argocd.argoproj.io/instance": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
}
MANAGERS = {
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
}


def check(facts: Facts) -> Verdict:
    """Allow what nobody syncs from a repository; otherwise ask, and say that the change will be taken back."""
    facts.planned()
    for obj in (facts.live(), *facts.above()):
        if (found := _owner(obj)) is not None:
            who, mark = found
            return GUARD.ask(
                f"{who} keeps {label(obj)} as its repository says: it may take this change back; make the change there too",
                measured=mark,
                limit="no GitOps controller",
                clears_when=f"a person decides, and the repository of {who} says the same",
                then="wait",
            )
    return GUARD.allow("no GitOps controller keeps it", measured="no mark of Argo CD or Flux")


def _owner(obj: Json) -> tuple[str, str] | None:
    """Who syncs the object, and what says so."""
    for where, names in (("annotations", ANNOTATIONS), ("labels", LABELS)):
        held = meta(obj).get(where) or {}
        for name, who in names.items():
            if held.get(name):
                return who, f"{where[:-1]} {name}: {held[name]}"
    for entry in meta(obj).get("managedFields") or []:
        manager = str(entry.get("manager", ""))
        if manager in MANAGERS:
            return MANAGERS[manager], f"fields managed by {manager}"
    return None
