"""Requests and answers held against Google's own discovery document.

The document ships with google-api-python-client; the practice Classroom therefore knows exactly
the paths, query parameters, enums, fields and scopes that the real one knows.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

STANDARD_PARAMETERS = {"alt", "fields", "key", "prettyPrint", "quotaUser", "access_token"}


class NotInDiscovery(ValueError):
    """Something the discovery document does not know; the message names it."""


@dataclass(frozen=True)
class Method:
    """One method of the API."""

    id: str
    http_method: str
    pattern: re.Pattern[str]
    parameters: dict[str, Any]
    request: str | None
    response: str | None
    scopes: frozenset[str]


@cache
def document() -> dict[str, Any]:
    """The Classroom API's discovery document."""
    file = resources.files("googleapiclient").joinpath(
        "discovery_cache/documents/classroom.v1.json"
    )
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


@cache
def methods() -> tuple[Method, ...]:
    """All methods of the document."""
    return tuple(_walk(document()))


def _walk(node: dict[str, Any]) -> list[Method]:
    found = [_method(method) for method in node.get("methods", {}).values()]
    for child in node.get("resources", {}).values():
        found += _walk(child)
    return found


def _method(method: dict[str, Any]) -> Method:
    path = method.get("flatPath", method["path"])
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", re.escape(path))
    return Method(
        id=method["id"],
        http_method=method["httpMethod"],
        pattern=re.compile(f"^{pattern}$"),
        parameters=method.get("parameters", {}),
        request=method.get("request", {}).get("$ref"),
        response=method.get("response", {}).get("$ref"),
        scopes=frozenset(method.get("scopes", [])),
    )


def find(http_method: str, path: str) -> tuple[Method, dict[str, str]]:
    """The method behind a request, with its path parameters. Raises `NotInDiscovery`."""
    for method in methods():
        if method.http_method == http_method and (match := method.pattern.match(path)):
            return method, match.groupdict()
    raise NotInDiscovery(f"{http_method} /{path}")


def check_query(method: Method, query: dict[str, list[str]]) -> None:
    """Raise `NotInDiscovery` for parameters or enum values the method does not know."""
    for name, values in query.items():
        if name in STANDARD_PARAMETERS:
            continue
        parameter = method.parameters.get(name)
        if parameter is None or parameter.get("location") != "query":
            raise NotInDiscovery(f'Unknown name "{name}": Cannot bind query parameter.')
        if len(values) > 1 and not parameter.get("repeated"):
            raise NotInDiscovery(f"Invalid value at '{name}': given more than once")
        allowed = parameter.get("enum")
        for value in values:
            if allowed and value not in allowed:
                raise NotInDiscovery(f"Invalid value at '{name}': \"{value}\"")
            if parameter.get("type") == "integer" and not value.lstrip("-").isdigit():
                raise NotInDiscovery(f"Invalid value at '{name}': \"{value}\"")


def check_fields(schema: str, mask: dict[str, Any]) -> None:
    """Raise `NotInDiscovery` where a partial response (a tree of names) asks for no field."""
    for name, inner in mask.items():
        if name == "*":
            continue
        found = document()["schemas"][schema].get("properties", {}).get(name)
        if found is None:
            raise NotInDiscovery(f"Invalid field selection {name}")
        below = found.get("items", found).get("$ref")
        if inner and below is None:
            raise NotInDiscovery(f"Invalid field selection {next(iter(inner))}")
        if inner:
            check_fields(below, inner)


def check_body(schema: str, value: Any, where: str = "") -> None:
    """Raise `NotInDiscovery` where a body or answer has a field or type its schema has not."""
    _check_object(document()["schemas"][schema], value, where or schema)


def _check_object(schema: dict[str, Any], value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise NotInDiscovery(f"Invalid value at '{where}': not an object")
    properties = schema.get("properties", {})
    for name, inner in value.items():
        if name not in properties:
            raise NotInDiscovery(f"Unknown name \"{name}\" at '{where}': Cannot find field.")
        _check_value(properties[name], inner, f"{where}.{name}")


def _check_value(schema: dict[str, Any], value: Any, where: str) -> None:
    if "$ref" in schema:
        _check_object(document()["schemas"][schema["$ref"]], value, where)
        return
    kind = schema.get("type")
    fits = {
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
    }
    if kind is not None and not fits.get(kind, True):
        raise NotInDiscovery(f"Invalid value at '{where}': not a {kind}")
    if schema.get("enum") and value not in schema["enum"]:
        raise NotInDiscovery(f"Invalid value at '{where}': \"{value}\"")
    if kind == "array":
        for item in value:
            _check_value(schema["items"], item, where)
