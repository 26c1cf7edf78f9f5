"""What of an object is kept in a recording or a bundle."""

from __future__ import annotations

from firstresponder.adapters.replay.looks import small


def test_a_node_keeps_what_it_is_and_not_which_one() -> None:
    """Version and architecture stay; the ids of the machine and of its boot, heart beats and image lists do not."""
    info = {"kubeletVersion": "v1.34.4", "machineID": "m", "systemUUID": "s", "bootID": "b"}
    status = {"nodeInfo": info, "images": [{}], "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "t"}]}
    kept = small({"kind": "Node", "metadata": {"name": "n"}, "status": status})["status"]
    assert kept == {"nodeInfo": {"kubeletVersion": "v1.34.4"}, "conditions": [{"type": "Ready", "status": "True"}]}
    assert info["machineID"] == "m", "the object that was read is left as it is"
