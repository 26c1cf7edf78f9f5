"""Quantities."""

from __future__ import annotations

import pytest

from firstresponder.diagnosis.quantity import amount


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1Ki", 1024),
        ("10Mi", 10 * 1024**2),
        ("1Gi", 1024**3),
        ("128974848", 128974848),
        ("129e6", 129e6),
        ("129M", 129e6),
        ("500m", 0.5),
    ],
)
def test_every_form_of_the_api_is_read(text: str, value: float) -> None:
    """Binary, decimal and exponent suffixes give the number that the API documents."""
    assert amount(text) == value


@pytest.mark.parametrize("text", ["", "Mi", "1.2.3", "ten", None])
def test_what_is_no_quantity_is_none(text: str | None) -> None:
    """Malformed text is not guessed at."""
    assert amount(text) is None
