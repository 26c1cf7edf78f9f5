"""A GitOps controller would take the change back."""

from __future__ import annotations

from typing import Any

import pytest

GUARD = "gitops_owner"


@pytest.mark.parametrize(
    ("metadata", "who"),
    [
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/api"}}, "Argo CD"),
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, "Argo CD"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}, "Flux"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "shop"}}, "Flux"),
        ({"managedFields": [{"manager": "kubectl"}, {"manager": "kustomize-controller"}]}, "Flux"),
        ({"managedFields": [{"manager": "argocd-controller"}]}, "Argo CD"),
    ],
)
def test_what_is_synced_is_asked_about(case: Any, metadata: dict[str, Any], who: str) -> None:
    """Each mark of Argo CD or Flux makes it a question that names the controller and says what will happen."""
    verdict = case.word(GUARD, case.facts(target=case.deployment(metadata=metadata)))
    assert (verdict.decision, verdict.hard) == ("ask", True)
    assert who in verdict.reason
    assert "take this change back" in verdict.reason


def test_an_owner_that_is_synced_counts(case: Any) -> None:
    """A mark above the target is as good as one on it."""
    above = {"kind": "Rollout", "metadata": {"name": "api", "labels": {"argocd.argoproj.io/instance": "shop"}}}
    assert case.word(GUARD, case.facts(owners=(above,))).decision == "ask"


def test_nothing_synced_is_allowed(case: Any) -> None:
    """Without a mark there is nothing against it; an empty label is no mark."""
    assert case.word(GUARD, case.facts()).decision == "allow"
    empty = case.deployment(metadata={"labels": {"argocd.argoproj.io/instance": ""}})
    assert case.word(GUARD, case.facts(target=empty)).decision == "allow"


@pytest.mark.parametrize("fact", ["target", "owners"])
def test_unknown_is_no(case: Any, fact: str) -> None:
    """An object or its owners that cannot be read are a hard no."""
    verdict = case.word(GUARD, case.facts(**{fact: None}))
    assert (verdict.decision, verdict.hard) == ("deny", True)
