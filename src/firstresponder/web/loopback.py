"""Whether a request comes from this very machine, as far as one can tell.

A tunnel or a proxy beside the server makes the whole world look local. So a loopback address alone is not enough: the
`Host` must be a loopback name too (that stops DNS rebinding), nothing may say that somebody forwarded the request, and
no browser may have sent it on behalf of another site. A plain TCP tunnel (`ssh -R`, `socat`) leaves no mark and cannot
be told apart: do not point one at this port.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

FORWARDED = (
    b"x-forwarded",
    b"forwarded",
    b"via",
    b"x-real-ip",
    b"x-client-ip",
    b"x-cluster-client-ip",
    b"x-original-",
    b"x-proxyuser-",
    b"true-client-ip",
    b"client-ip",
    b"cf-",
    b"cdn-loop",
    b"x-envoy-",
    b"x-amzn-",
    b"x-amz-cf-",
    b"x-azure-",
    b"x-appengine-",
    b"x-vercel-",
    b"fastly-",
    b"fly-",
    b"ngrok-",
    b"x-ngrok-",
    b"tailscale-",
)
"""Beginnings of header names that only a proxy, a tunnel or a content network adds."""

BROWSER = (b"origin", b"sec-fetch-site")


def is_local(scope: Scope) -> bool:
    """Return whether peer and `Host` are loopback and no header speaks of a forwarder or of a web page."""
    client = scope.get("client")
    if not client or not _is_loopback_address(client[0]):
        return False
    hosts = []
    for name, value in scope["headers"]:
        if name == b"host":
            hosts.append(value)
        elif name in BROWSER or name.startswith(FORWARDED):
            return False
    return len(hosts) == 1 and _is_loopback_host(hosts[0])


def _is_loopback_address(text: str) -> bool:
    if text == "127.0.0.1":
        return True
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def _is_loopback_host(value: bytes) -> bool:
    """`localhost`, `127.0.0.1:8000`, `[::1]:8000`; nothing else that a resolver could be asked about."""
    try:
        text = value.decode("ascii")
    except UnicodeDecodeError:
        return False
    if text.startswith("["):
        name, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return False
        port = port[1:]
    else:
        name, _, port = text.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        return False
    return name.lower() == "localhost" or _is_loopback_address(name)
