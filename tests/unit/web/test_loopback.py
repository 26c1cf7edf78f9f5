"""Who counts as this very machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.web.loopback import FORWARDED, is_local


def scope(
    peer: str | None = "127.0.0.1", hosts: tuple[bytes, ...] = (b"localhost:8000",), headers: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Make the part of a request that counts here."""
    named = [(name.encode(), value.encode()) for name, value in headers]
    return {"client": (peer, 1) if peer is not None else None, "headers": [*((b"host", each) for each in hosts), *named]}


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host", [b"localhost", b"LocalHost:8000", b"127.0.0.1", b"127.0.0.1:8000", b"[::1]", b"[::1]:8000", b"127.1.2.3:1"]
)
def test_local(peer: str, host: bytes) -> None:
    """A loopback peer that asks for a loopback host is local, in IPv4, IPv6 and mapped form."""
    assert is_local(scope(peer, (host,), [("user-agent", "Alertmanager/0.27")]))


@pytest.mark.parametrize("peer", ["10.0.0.1", "::2", "::ffff:10.0.0.1", "192.168.0.1", "128.0.0.1", "testclient", "", None])
def test_a_peer_elsewhere(peer: str | None) -> None:
    """Any other peer, or one that is not known (a Unix socket), is not local."""
    assert not is_local(scope(peer))


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        (b"",),
        (b"attacker.example",),
        (b"localhost.attacker.example",),
        (b"127.0.0.1.attacker.example:8000",),
        (b"attacker.example:127",),
        (b"localhost:8000@attacker.example",),
        (b"localhost", b"localhost"),
        (b"localhost", b"attacker.example"),
        (b"[::1",),
        (b"[::1]x",),
        (b"[::2]",),
        (b"::1",),
        (b"10.0.0.1",),
        (b"localhost:80:80",),
        ("lоcalhost".encode(),),  # noqa: RUF001 - a Cyrillic letter on purpose
        (b"0.0.0.0",),
    ],
)
def test_a_host_elsewhere(hosts: tuple[bytes, ...]) -> None:
    """A Host that is no loopback name, is absent or is given twice is not local: a rebound DNS name looks like that."""
    assert not is_local(scope(hosts=hosts))


@pytest.mark.parametrize("name", [each.decode() + ("x" if each.endswith(b"-") else "") for each in FORWARDED])
def test_anything_forwarded(name: str) -> None:
    """A header of a proxy, a tunnel or a content network, even an empty one, means that somebody else is behind it."""
    assert not is_local(scope(headers=[(name, "")]))


@pytest.mark.parametrize(
    ("name", "value"), [("x-forwarded-for", "127.0.0.1"), ("origin", "http://localhost:8000"), ("sec-fetch-site", "cross-site")]
)
def test_named_cases(name: str, value: str) -> None:
    """A forwarded loopback address is no proof, and a browser page is not this machine's doing."""
    assert not is_local(scope(headers=[(name, value)]))


@given(peer=st.ip_addresses(), host=st.binary(max_size=40))
def test_both_are_wanted(peer: object, host: bytes) -> None:
    """Whatever is asked for, a peer that is not loopback is never local."""
    address = str(peer)
    if is_local(scope(address, (host,))):
        assert address.startswith(("127.", "::ffff:7f")) or address == "::1"
