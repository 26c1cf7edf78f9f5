"""The token in a request."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from firstresponder.web.auth import Token

TOKEN = Token("sesame")


def scope(*values: bytes) -> dict[str, Any]:
    """Make the part of a request that counts here."""
    return {"headers": [(b"host", b"x"), *((b"authorization", value) for value in values)]}


def basic(text: bytes) -> bytes:
    """Make Basic credentials."""
    return b"Basic " + base64.b64encode(text)


@pytest.mark.parametrize("value", [b"Bearer sesame", b"bearer sesame", b"BEARER  sesame ", b" Bearer sesame"])
def test_bearer(value: bytes) -> None:
    """The scheme's case and blanks around do not matter, as RFC 9110 says."""
    assert TOKEN.bearer(scope(value))
    assert TOKEN.machine(scope(value))


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer ", b"sesame", b"Bearer sesam", b"Bearer sesame1", b"Digest sesame"])
def test_not_the_token(value: bytes) -> None:
    """Anything but the whole token under the right scheme is refused."""
    assert not TOKEN.bearer(scope(value))
    assert not TOKEN.machine(scope(value))


def test_absent_or_twice() -> None:
    """No header, or two of them, is refused: two readers might take different ones."""
    assert not TOKEN.bearer(scope())
    assert not TOKEN.bearer(scope(b"Bearer sesame", b"Bearer sesame"))


def test_basic_is_for_machines_only() -> None:
    """Basic with the token as password opens for machines, never the API, since browsers repeat Basic on their own."""
    assert TOKEN.machine(scope(basic(b"anyone:sesame")))
    assert not TOKEN.bearer(scope(basic(b"anyone:sesame")))
    for wrong in (basic(b"sesame"), basic(b"sesame:"), basic(b"a:b:sesame"), b"Basic !", b"Basic", "Basic \u00e9".encode()):
        assert not TOKEN.machine(scope(wrong))


def test_an_empty_token_is_refused() -> None:
    """An empty token would open to an empty credential."""
    with pytest.raises(ValueError, match="empty"):
        Token("")
