"""From an object to what controls it: by owner references and UIDs, never by cutting a name."""

from __future__ import annotations

from firstresponder.errors import NotFound
from firstresponder.model import Json, TargetRef
from firstresponder.ports.cluster_read import ClusterRead

_LONGEST_CHAIN = 5  # Pod → Job → CronJob is 3; more is a loop


class Lost(Exception):
    """The chain of owners breaks here; the text says where and why."""


def ref(obj: Json) -> TargetRef:
    """Name an object that was read."""
    metadata = obj.get("metadata", {})
    return TargetRef(
        kind=obj.get("kind", ""),
        name=metadata.get("name", ""),
        namespace=metadata.get("namespace", ""),
        api_version=obj.get("apiVersion", ""),
        uid=metadata.get("uid", ""),
    )


def controller(obj: Json) -> Json | None:
    """Return the owner reference with `controller: true`, or None."""
    references = obj.get("metadata", {}).get("ownerReferences") or []
    return next((owner for owner in references if owner.get("controller")), None)


def owned_by(obj: Json, uid: str) -> bool:
    """Whether the controller of `obj` has this UID."""
    owner = controller(obj)
    return bool(uid) and owner is not None and owner.get("uid") == uid


async def climb(obj: Json, read: ClusterRead) -> list[Json]:
    """Return `obj` and its controllers, the topmost last. Raises Lost, and what `read.get` raises other than NotFound."""
    chain = [obj]
    while (owner := controller(chain[-1])) is not None:
        child = ref(chain[-1])
        name = f"{owner.get('kind')} {owner.get('name')}"
        if len(chain) >= _LONGEST_CHAIN:
            raise Lost(f"{child} has more than {_LONGEST_CHAIN} owners above it")
        try:
            above = await read.get(str(owner.get("kind", "")), child.namespace, str(owner.get("name", "")))
        except NotFound as error:
            raise Lost(f"{child.kind} {child.name} is controlled by {name}, which does not exist") from error
        if above.get("metadata", {}).get("uid") != owner.get("uid"):
            raise Lost(
                f"{child.kind} {child.name} names {name} with uid {owner.get('uid')} as its controller, "
                f"but the object of that name now has uid {above.get('metadata', {}).get('uid')}: it was made anew"
            )
        chain.append(above)
    return chain


def told(chain: list[Json]) -> str:
    """Put a chain of owners into words: `Pod a → ReplicaSet b → Deployment c`."""
    return " → ".join(f"{o.get('kind')} {o.get('metadata', {}).get('name')}" for o in chain)
