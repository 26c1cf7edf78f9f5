"""What was configured, understood before anything is built: settings, runbooks, the names of actions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from firstresponder.config import Settings, load
from firstresponder.diagnosis.catalog import DETECTORS
from firstresponder.errors import BadConfig, BadRunbook
from firstresponder.remediation.catalog import CATALOG
from firstresponder.runbooks.load import load as load_runbooks
from firstresponder.runbooks.schema import Runbook
from firstresponder.runbooks.shipped import shipped

OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
"""Where the kubelet tells a pod its namespace."""


def understand(config: Path | None, env: Mapping[str, str]) -> Settings:
    """Return the settings, with the names in them checked. Raises BadConfig."""
    settings = placed(load(config, env), env)
    check_actions(settings)
    return settings


def read_runbooks(settings: Settings) -> tuple[Runbook, ...]:
    """Read the shipped runbooks and those of the configured folders, checked against the catalogs. Raises BadRunbook."""
    texts = shipped()
    for folder in settings.runbooks:
        found = sorted(Path(folder).glob("*.yaml")) if Path(folder).is_dir() else None
        if found is None:
            raise BadRunbook(f"{folder}: expected a folder with runbooks (*.yaml), as named under `runbooks`")
        texts += [(str(path), path.read_text(encoding="utf-8")) for path in found]
    return load_runbooks(texts, actions={action.id for action in CATALOG}, causes=set(DETECTORS))


def check_actions(settings: Settings) -> None:
    """Refuse to start with the name of an action that does not exist: it would allow nothing, silently."""
    known = {action.id for action in CATALOG}
    guards = settings.guards
    named = [("guards.allow or ALLOWED_ACTIONS", rule.action) for rule in guards.allow]
    named += [("guards.auto", rule.action) for rule in guards.auto]
    named += [("guards.modes", rule.action) for rule in guards.modes if rule.action]
    for where, action in named:
        if action not in known:
            raise BadConfig(f"{where}: there is no action {action!r}; expected one of {', '.join(sorted(known))}")


def placed(settings: Settings, env: Mapping[str, str]) -> Settings:
    """Inside a cluster, find out where we run, so that our own pods are never touched."""
    if settings.cluster.own_namespace or not env.get("KUBERNETES_SERVICE_HOST"):
        return settings
    try:
        namespace = OWN_NAMESPACE.read_text(encoding="utf-8").strip()
    except OSError:
        return settings
    return replace(settings, cluster=replace(settings.cluster, own_namespace=namespace))
