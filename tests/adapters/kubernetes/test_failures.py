"""A server's words in our own errors."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.adapters.kubernetes.failures import LONGEST, message, of_status
from firstresponder.errors import Forbidden, PreconditionFailed

SECRETS = st.from_regex(r"zq[a-z][A-Za-z]{3,10}[0-9]{2,6}[A-Za-z]{2,8}", fullmatch=True)
QUOTES = (
    'spec.template.spec.containers[0].env[0].value: Invalid value: "{}": no',
    'Invalid value: v1.EnvVar{{Name:"DB_PASSWORD", Value:"{}", ValueFrom:(*v1.EnvVarSource)(nil)}}: no',
    'denied the request: {{"name":"DB_PASSWORD","value":"{}"}}',
    "denied the request: DATABASE_URL=postgres://app:{}@db/app",
    "denied the request: --api-token {}",
    "denied the request: Authorization: Bearer {}",
)


@given(
    secret=SECRETS,
    quote=st.sampled_from(QUOTES),
    before=st.integers(0, 600),
    status=st.sampled_from([400, 401, 403, 404, 409, 422, 429, 500, 503]),
    plain=st.booleans(),
)
def test_a_secret_in_a_servers_message_is_in_no_error(
    secret: str, quote: str, before: int, status: int, plain: bool  # noqa: FBT001
) -> None:  # fmt: skip
    """However and wherever an answer quotes a secret (a Status or a bare text), the error is short and holds none of it."""
    words = "word " * (before // 5) + quote.format(secret)
    body = words.encode() if plain else json.dumps({"kind": "Status", "message": words}).encode()
    error = of_status(status, body, {}, "PATCH", "/apis/apps/v1/x", effect=True)
    assert secret[:8] not in str(error)
    assert len(message(body)) <= LONGEST
    assert len(str(error)) < LONGEST + 100


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ('deployments.apps "api" is forbidden: User "a" cannot patch resource "deployments"', Forbidden),
        ("x-token: cannot patch resource", Forbidden),
        ("x" * 600 + " cannot patch resource", Forbidden),
        ('admission webhook "token=cannot x" denied the request', PreconditionFailed),
    ],
)
def test_what_an_answer_means_is_read_before_it_is_redacted(words: str, form: type) -> None:
    """Whether permission is lacking is told from the server's own words, not from what is left of them."""
    assert type(of_status(403, words.encode(), {}, "PATCH", "/x", effect=True)) is form


@pytest.mark.parametrize("body", [b"", b"{}", b" \n ", b'{"message": ""}', b'{"message": 3}', b"[]", b"\xff"])
def test_an_answer_without_words_is_still_an_error(body: bytes) -> None:
    """Whatever the body, there are words."""
    assert message(body)


def test_a_huge_answer_is_read_in_part() -> None:
    """Ten megabytes of text become a short error."""
    assert len(message(b"token=" * 2_000_000)) <= LONGEST
