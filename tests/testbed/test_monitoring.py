"""Alertmanager is configured as one would put the responder beside a pager."""

from typing import Any

from testbed import monitoring


def _route(receiver: str | None) -> Any:
    return monitoring.alertmanager_config(receiver)["route"]


def test_receiver_is_beside_the_pager() -> None:
    """With a receiver, its route comes first and passes on, so that the pager hears everything too."""
    assert _route("http://127.0.0.1:1/x")["routes"] == [{"receiver": "firstresponder", "continue": True}, {"receiver": "pager"}]


def test_without_receiver_only_the_pager() -> None:
    """Without one, the pager alone is left."""
    assert _route(None)["routes"] == [{"receiver": "pager"}]


def test_resolved_is_sent() -> None:
    """The receiver hears of resolved alerts."""
    receivers: Any = monitoring.alertmanager_config("http://127.0.0.1:1/x")["receivers"]
    assert receivers[1]["webhook_configs"] == [{"url": "http://127.0.0.1:1/x", "send_resolved": True}]
