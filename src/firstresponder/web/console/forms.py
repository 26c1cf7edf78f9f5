"""Reading a form: bounded, each field once, names and words by the rules of the API."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from firstresponder.errors import BadInput
from firstresponder.web import asked, body
from firstresponder.web.replies import Reply

MAX_FORM = 65_536  # bytes; a reason of 2,000 characters is at most 24,000
MAX_FIELDS = 20
TYPE = "application/x-www-form-urlencoded"

_NAME: TypeAdapter[str] = TypeAdapter(asked.By)
_WORDS: TypeAdapter[str] = TypeAdapter(asked.Words)
_DIGEST: TypeAdapter[str] = TypeAdapter(asked.Digest)


async def read(request: Request) -> dict[str, str]:
    """Return the fields. Raises BadInput for anything but a small form, and body.Gone."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != TYPE:
        raise BadInput(f"expected a form ({TYPE}); nothing was done")
    content = await body.read(request.scope, request.receive, MAX_FORM)
    if isinstance(content, Reply):
        raise BadInput(f"the form is larger than {MAX_FORM} bytes; nothing was done")
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise BadInput("the form cannot be read; nothing was done") from error
    if any(times > 1 for times in Counter(name for name, _ in pairs).values()):
        raise BadInput("a field of the form is there twice; nothing was done")
    return dict(pairs)


def name(text: str) -> str:
    """Return the name that goes into the audit. Raises BadInput."""
    return _checked(_NAME, text, "your name")


def words(text: str, what: str) -> str:
    """Return a reason that must be given. Raises BadInput."""
    found = _checked(_WORDS, text.replace("\r\n", "\n"), what)
    if not found:
        raise BadInput(f"{what}: expected a few words; people read them later. Nothing was done")
    return found


def digest(text: str) -> str:
    """Return a plan's digest, which a form must carry. Raises BadInput."""
    found = _checked(_DIGEST, text, "plan")
    if not found:
        raise BadInput("the form names no plan; nothing was done. Open the incident again")
    return found


def _checked(rule: TypeAdapter[str], text: str, what: str) -> str:
    try:
        return rule.validate_python(text)
    except ValidationError as error:
        said = error.errors(include_input=False, include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise BadInput(f"{what}: {said}. Nothing was done") from error
