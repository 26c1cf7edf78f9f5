"""Secrets are not shown, and are seen to change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.remediation.redaction import Redactor


@given(st.from_regex(r"[A-Za-z0-9]{12,20}", fullmatch=True))
def test_no_planted_secret_survives(secret: str) -> None:
    """A value under a telling name, in a URL, a header or a flag is gone, and nothing else is."""
    planted = {
        "env": [{"name": "DB_PASSWORD", "value": secret}, {"name": "MODE", "value": "prod"}],
        "args": [f"--api-key={secret}", f"postgres://app:{secret}@db/x", f"Authorization: Bearer {secret}"],
        "annotations": {"vault/token": secret},
    }
    shown = Redactor()(planted)
    assert secret not in str(shown)
    assert shown["env"][1] == {"name": "MODE", "value": "prod"}


def test_equal_secrets_get_equal_numbers() -> None:
    """Two secrets are numbered by first sight; the same again gets its number again."""
    redact = Redactor()
    assert [redact({"name": "TOKEN", "value": value})["value"] for value in ("a", "b", "a")] == [
        "(secret 1)",
        "(secret 2)",
        "(secret 1)",
    ]


@pytest.mark.parametrize(
    "plain",
    [
        {"secretName": "db"},
        {"secretKeyRef": {"name": "db-password", "key": "x"}},
        {"name": "app", "image": "shop/api:1"},
        {"automountServiceAccountToken": False},
        {"serviceAccountName": "tokens"},
        3,
        None,
        "a && b",
    ],
)
def test_references_and_plain_values_stay(plain: Any) -> None:
    """A reference to a secret is no secret."""
    assert Redactor()(plain) == plain
