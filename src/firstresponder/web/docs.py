"""`/openapi.json`, and a page at `/docs` that is made from it here and loads nothing from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from firstresponder import __version__
from firstresponder.model import Json
from firstresponder.web.pages import page
from firstresponder.web.views import SHOWN

PREFIX = "/api/v1"
METHODS = ("get", "post", "put", "delete")

_TOKEN: list[Json] = [{"token": []}]
_WEBHOOK = {
    "tags": ["webhooks"],
    "security": [*_TOKEN, {"basic": []}, {}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {
        "200": {"description": "the alerts are on disk; bad ones of a batch are named in `rejected`"},
        "400": {"description": "nothing in the body could be read as an alert; nothing was stored"},
        "401": {"description": "the token is missing or wrong"},
        "413": {"description": "the body is larger than web.max_body"},
        "503": {"description": "not stored; send again after Retry-After seconds"},
    },
}
_PLAIN: dict[str, Json] = {
    "/webhooks/alertmanager": {
        "post": {
            **_WEBHOOK,
            "summary": "Take an Alertmanager webhook",
            "description": "Body: Alertmanager's webhook, version 4; `alerts` with `labels` is enough. "
            "No token is wanted from a loopback peer with a loopback Host and without forwarding headers.",
        }
    },
    "/alert": {
        "post": {
            **_WEBHOOK,
            "summary": "Take one alert, or a list of them",
            "description": 'Body: an alert with `labels`, or {"alerts": [{"labels": {…}}]}.',
        }
    },
    "/healthz": {
        "get": {"tags": ["health"], "summary": "Whether the process answers", "responses": {"200": {"description": "alive"}}}
    },
    "/readyz": {
        "get": {
            "tags": ["health"],
            "summary": "Whether alerts can be taken now",
            "description": "What is wrong is said on this machine, and to holders of the token.",
            "responses": {"200": {"description": "ready"}, "503": {"description": "not ready"}},
        }
    },
    "/metrics": {
        "get": {
            "tags": ["health"],
            "summary": "Figures for Prometheus",
            "description": "Without a token from this machine only.",
            "security": [*_TOKEN, {"basic": []}, {}],
            "responses": {
                "200": {"description": "Prometheus' text format"},
                "401": {"description": "the token is missing or wrong"},
            },
        }
    },
}


def openapi(api: FastAPI) -> dict[str, Json]:
    """Describe every route, the plain ones included, as OpenAPI 3.1."""
    made = get_openapi(
        title="Firstresponder",
        version=__version__,
        description="An on-call autoresponder for Kubernetes. Everything under /api/v1 wants `Authorization: Bearer TOKEN`.",
        routes=api.routes,
    )
    paths: dict[str, Json] = dict(_PLAIN)
    for path, item in made["paths"].items():
        for operation in item.values():
            operation["security"] = _TOKEN
            operation["responses"].pop("422", None)  # we answer 400
        paths[PREFIX + path] = item
    _, shapes = msgspec.json.schema_components(SHOWN, ref_template="#/components/schemas/{name}")
    components = made.setdefault("components", {})
    schemas = {name: shape for name, shape in components.get("schemas", {}).items() if "ValidationError" not in name}
    components["schemas"] = schemas | shapes
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"}}
    made["paths"] = paths
    return made


def docs_page(document: dict[str, Json]) -> str:
    """Write the document out for people."""
    parts = [
        f"<p>{escape(document['info']['description'])}</p>",
        '<p>For machines: <a href="/openapi.json">/openapi.json</a></p>',
    ]
    parts += [
        _operation(path, method, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item
    ]
    parts.append("<h2>Forms</h2>")
    parts += [_schema(name, shape) for name, shape in sorted(document["components"]["schemas"].items())]
    return page("API", "".join(parts))


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [
        (f"{each['in']} {each['name']}", each.get("description", "") or _form(each.get("schema", {})))
        for each in operation.get("parameters", ())
    ]
    if "requestBody" in operation:
        rows.append(("body", _form(operation["requestBody"]["content"]["application/json"]["schema"])))
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        rows.append((status, " ".join(part for part in (answer["description"], _form(schema)) if part)))
    table = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows)
    return (
        f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
        f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p><table>{table}</table>"
    )


def _schema(name: str, shape: dict[str, Any]) -> str:
    fields = shape.get("properties", {})
    required = shape.get("required", ())
    rows = "".join(
        f"<tr><th>{escape(field)}</th><td>{escape(_form(form))}{'' if field in required else ' (optional)'} "
        f"{escape(form.get('description', ''))}</td></tr>"
        for field, form in fields.items()
    )
    words = ", ".join(str(word) for word in shape.get("enum", ()))
    return (
        f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{escape(shape.get("description", "") or words)}</p><table>{rows}</table>'
    )


def _form(schema: dict[str, Any]) -> str:
    """One line for a JSON schema."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(_form(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(word) for word in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_form(schema.get('items', {})) or 'values'}"
    return str(schema.get("format") or schema.get("type") or "")
