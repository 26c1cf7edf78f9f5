"""What was read on the way and no collector kept."""

from __future__ import annotations

from firstresponder.evidence import rest as room
from firstresponder.evidence.rest import rest
from firstresponder.model import Evidence, Json
from firstresponder.redaction import Redactor
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.objects import deployment


def _service(name: str, **more: Json) -> Json:
    return {"kind": "Service", "metadata": {"name": name, "namespace": "shop"}, **more}


def _item(obj: Json) -> Evidence:
    return Evidence(id="x", collector="x", title="x", at=FakeClock().now(), objects=(obj,))


def test_each_object_is_kept_once_and_not_beside_an_item() -> None:
    """What an item holds is left out, what was answered twice is kept once."""
    seen = [_service("a"), _service("b"), _service("a"), deployment("api", "shop")]
    kept, left_out = rest(seen, [_item(deployment("api", "shop"))], Redactor(), 10_000)
    assert ([obj["metadata"]["name"] for obj in kept], left_out) == (["a", "b"], 0)


def test_no_configuration_and_no_secret_is_kept() -> None:
    """ConfigMaps and Secrets are never kept, and in what is kept secrets are taken out."""
    seen = [{"kind": kind, "metadata": {"name": "x"}, "data": {"a": "b"}} for kind in ("ConfigMap", "Secret")]
    seen.append(_service("a", spec={"password": "zebra-crossing-7"}))
    kept, left_out = rest(seen, [], Redactor(), 10_000)
    assert ([obj["kind"] for obj in kept], left_out) == (["Service"], 0)
    assert "zebra" not in str(kept)


def test_room_and_number_are_bounded() -> None:
    """What finds no room is counted; a smaller object after it may still fit; there are at most so many."""
    big = _service("big", spec={"x": "y" * 500})
    kept, left_out = rest([big, _service("a")], [], Redactor(), 200)
    assert ([obj["metadata"]["name"] for obj in kept], left_out) == (["a"], 1)
    many = [_service(f"s{number}") for number in range(room.MOST + 5)]
    kept, left_out = rest(many, [], Redactor(), 1_000_000)
    assert (len(kept), left_out) == (room.MOST, 5)
