"""What a server said, as it may be recorded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firstresponder.errors import PreconditionFailed
from firstresponder.model import Json, PatchOp, Touched
from firstresponder.remediation.words import LONGEST, said

SECRETS = st.from_regex(r"zq[a-z]{4,8}[0-9]{2,6}[a-z]{2,8}", fullmatch=True)


@given(secret=SECRETS, before=st.text(max_size=400), op=st.booleans())
def test_what_was_sent_is_not_quoted_back(secret: str, before: str, op: bool) -> None:  # noqa: FBT001
    """A secret of the values that were sent is gone from the answer wherever it stands, and the answer is short."""
    template: Json = {"spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": secret}]}]}}
    about: list[PatchOp | Touched] = [PatchOp(op="test", path="/t", value=template)] if op else [
        Touched(path="/t", old=None, new=template)
    ]  # fmt: skip
    words = said(PreconditionFailed(f"{before} the webhook dislikes {secret} much {before}"), about)
    assert secret not in words
    assert len(words) <= LONGEST


def test_ordinary_words_are_kept() -> None:
    """An error without secrets reads as it was raised."""
    error = PreconditionFailed('PATCH /apis/apps/v1: 422: Deployment.apps "api" is invalid: spec.replicas: Invalid value: -1')
    assert said(error) == str(error)
