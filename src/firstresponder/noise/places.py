"""Where it happened: zone, region, cluster, environment, namespace, in labels, columns and prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from firstresponder.noise.entry import Scope
from firstresponder.noise.words import DEGRADED, OUTAGE, RESOLVED, STOP

ORDER = ("environment", "datacenter", "cluster", "region", "zone", "namespace", "service")
STRONG = frozenset({"environment", "datacenter", "cluster", "region", "zone"})
"""Two kinds that differ in one of these are in different places."""

KINDS: dict[str, str] = {
    "environment": "environment", "env": "environment", "stage": "environment",
    "datacenter": "datacenter", "data center": "datacenter", "dc": "datacenter", "site": "datacenter", "colo": "datacenter",
    "pop": "datacenter", "location": "datacenter",
    "cluster": "cluster", "kubernetes_cluster": "cluster", "k8s_cluster": "cluster", "cluster_name": "cluster",
    "region": "region", "aws_region": "region",
    "zone": "zone", "az": "zone", "availability zone": "zone", "availability_zone": "zone", "topology_kubernetes_io_zone": "zone",
    "namespace": "namespace", "ns": "namespace", "exported_namespace": "namespace",
}  # fmt: skip
INSTANCES = ("node", "host", "hostname", "nodename", "instance", "pod", "device", "entity")

_KIND = "availability zone|data center|datacenter|environment|namespace|cluster|region|zone|site|colo|env|az|dc|pop|ns"
_VALUE = r"[\"']?(?P<value>[^\W_][\w.-]{0,60}?)[\"']?"
_HEAD = re.compile(rf"(?P<kind>{_KIND})\s*[:=# ]\s*{_VALUE}\s*(?:[:|,;\]]|\s[-\u2013\u2014]\s|$)", re.IGNORECASE)
_GIVEN = re.compile(rf"\b(?P<kind>{_KIND})\s?[:=]\s?{_VALUE}(?=[\s,;)\]|]|$)", re.IGNORECASE)
_SPOKEN = re.compile(rf"\b(?:in|on|at|for|from)\s+(?:the\s+)?(?P<kind>{_KIND})\s+{_VALUE}(?=[\s,;:)\]|]|$)", re.IGNORECASE)
_REGION = re.compile(
    r"(?<![\w-])(?:in\s+)?(?P<value>(?:us|eu|ap|sa|ca|me|af|il|cn|mx|asia|europe|australia|northamerica|southamerica|africa)"
    r"-(?:gov-|iso-)?(?:central|north|south|east|west|northeast|southeast|northwest|southwest)-?\d{1,2}(?:-?[a-f])?)(?![\w-])",
    re.IGNORECASE,
)
_ENVIRONMENT = re.compile(r"(?:prod|production|prd|staging|stage|stg|dev|development|test|qa|uat|preprod|sandbox|canary|live)"
                          r"(?:[-_/][\w-]{1,20})?", re.IGNORECASE)  # fmt: skip
_MAYBE = re.compile(rf"\b(?:{_KIND})\b|-(?:central|north|south|east|west)", re.IGNORECASE)
_NO_VALUES = frozenset(
    word
    for word in {*OUTAGE, *DEGRADED, *RESOLVED, *STOP, "health", "status", "failover", "transfer", "not"}
    if len(word) > 1  # zone A is a place
)


def ordered(places: Mapping[str, str]) -> Scope:
    """Return the places in order, the widest first."""
    return tuple((kind, places[kind]) for kind in ORDER if places.get(kind))


def at_head(text: str) -> tuple[str, str, int] | None:
    """Return kind, value and end of a place that a line begins with (`Zone AB: …`)."""
    match = _HEAD.match(text)
    if match is None or match["value"].lower() in _NO_VALUES:
        return None
    end = match.end("value")
    return KINDS[match["kind"].lower()], match["value"], end + (text[end : end + 1] in {'"', "'"})


def named(text: str) -> tuple[str, str] | None:
    """Return the place that a text is and nothing else: `Zone AB`, `region=eu`, `eu-west-1`, `prod`."""
    match = _HEAD.fullmatch(text) or _GIVEN.fullmatch(text)
    if match is not None and match["value"].lower() not in _NO_VALUES:
        return KINDS[match["kind"].lower()], match["value"]
    region = _REGION.fullmatch(text)
    if region is not None:
        return "region", region["value"]
    return ("environment", text) if _ENVIRONMENT.fullmatch(text) else None


def in_prose(title: str, places: dict[str, str]) -> str:
    """Take the places out of a title into `places`, those that are known already only out; return what is left."""
    if _MAYBE.search(title) is None:
        return title
    for pattern in (_GIVEN, _SPOKEN):
        for match in list(pattern.finditer(title)):
            if match["value"].lower() not in _NO_VALUES:
                places.setdefault(KINDS[match["kind"].lower()], match["value"])
                title = title.replace(match.group(), " ", 1)
    for match in list(_REGION.finditer(title)):
        places.setdefault("region", match["value"])
        title = title.replace(match.group(), " ", 1)
    return title


def of_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the places among labels or columns."""
    found: dict[str, str] = {}
    for name, value in labels.items():
        kind = KINDS.get(name.lower())
        if kind and value and (kind not in found or name.startswith("exported_")):
            found[kind] = value
    return found


def instance_of(labels: Mapping[str, str]) -> str:
    """Return the machine or object among labels, the most telling first."""
    return next((labels[name] for name in INSTANCES if labels.get(name)), "")


def strong(scope: Scope) -> dict[str, str]:
    """Return the part of a scope that tells places apart."""
    return {kind: value.lower() for kind, value in scope if kind in STRONG}


def apart(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two strong scopes name different places."""
    return any(kind in other and other[kind] != value for kind, value in one.items())


def written(scope: Scope) -> str:
    """Return `zone AB, namespace shop`."""
    return ", ".join(f"{kind} {value}" for kind, value in scope)


def all_written(scopes: Iterable[Scope], most: int = 4) -> str:
    """Return several places in words, and how many more there are."""
    names = list(dict.fromkeys(text for scope in scopes if (text := written(scope))))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return "; ".join(names[:most]) + more
