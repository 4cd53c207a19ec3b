"""GitHub's own description of its API, as a judge of requests, answers and webhooks.

    github = GitHubSchema(DESCRIPTION)
    github.check_request("POST", "/repos/o/r/issues", {"title": "Hello"})
    github.check_response("POST", "/repos/o/r/issues", 201, answer)
    github.check_webhook("issue_comment", "created", payload)

Each raises `Mismatch`, or says whether the description covers the case at all (it is trimmed).
The file is OpenAPI 3.0: `nullable` becomes a union of types, and `oneOf` is relaxed to `anyOf`, since
GitHub's alternatives overlap. `ref`, `path`, `branch` and a label's `name` may hold slashes.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import jsonschema_rs

DESCRIPTION = Path(__file__).parents[2].parent / "shared" / "data" / "github-openapi.json"
ROOT = "urn:github"
SPANNING = {"ref", "path", "branch", "basehead", "name"}


class Mismatch(AssertionError):
    """Not as GitHub describes it."""


class GitHubSchema:
    def __init__(self, file: Path = DESCRIPTION) -> None:
        self._root: dict[str, Any] = _modern(json.loads(file.read_text(encoding="utf-8")))
        _mend(self._root)
        self._registry = jsonschema_rs.Registry([(ROOT, self._root)])
        self._templates = sorted(map(_template, self._root["paths"]), key=_greed)
        self._validator = cache(self._make_validator)
        self._find = cache(self._find_template)

    # what may be asked

    def check_response(self, method: str, path: str, status: int, body: Any) -> bool:
        """An answer: its status is one that GitHub gives here, and its body has GitHub's shape."""
        operation, pointer = self._operation(method, path)
        if operation is None:
            return False
        response = operation["responses"].get(str(status))
        if response is None:
            return False
        at = f"{pointer}/responses/{status}"
        if "$ref" in response:
            at = response["$ref"].removeprefix(f"{ROOT}#")
            response = self._at(at)
        content = response.get("content", {})
        if not content:
            if body is not None and status < 300:
                raise Mismatch(f"{method} {path} {status}: a body where GitHub sends none")
            return True
        if isinstance(body, bytes):  # raw files, diffs
            return False
        kind = next((kind for kind in content if kind.startswith("application/") and "json" in kind), None)
        if kind is None or "schema" not in content[kind]:
            return False
        self._judge(f"{at}/content/{_escape(kind)}/schema", body, f"{method} {path} {status}")
        return True

    def check_request(self, method: str, path: str, body: Any) -> bool:
        """A request: known parameters, known fields, of the right types. Stricter than GitHub, which
        ignores what it does not know, because a misspelt field is a mistake."""
        operation, pointer = self._operation(method, path)
        if operation is None:
            return False
        what = f"request {method} {path}"
        known = set()
        for parameter in operation.get("parameters", []):
            found = self._at(parameter["$ref"].removeprefix(f"{ROOT}#")) if "$ref" in parameter else parameter
            known.add(found["name"])
        for name, _ in parse_qsl(urlsplit(path).query):
            if name not in known:
                raise Mismatch(f"{what}: GitHub knows no parameter {name}")
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            if body not in (None, {}, ""):
                raise Mismatch(f"{what}: GitHub takes no body here")
            return True
        if body is None:
            if operation["requestBody"].get("required"):
                raise Mismatch(f"{what}: GitHub wants a body here")
            return True
        schema = content["schema"]
        if isinstance(body, dict) and "properties" in schema and not schema.get("additionalProperties"):
            for name in body:
                if name not in schema["properties"]:
                    raise Mismatch(f"{what}: GitHub knows no field {name}")
        self._judge(f"{pointer}/requestBody/content/application~1json/schema", body, what)
        return True

    def check_webhook(self, event: str, action: str | None, payload: Any) -> bool:
        name = "-".join([event, *([action] if action else [])]).replace("_", "-")
        if name not in self._root["x-webhooks"]:
            return False
        pointer = f"/x-webhooks/{_escape(name)}/post/requestBody/content/application~1json/schema"
        self._judge(pointer, payload, f"webhook {name}")
        return True

    # how it is answered

    def _operation(self, method: str, path: str) -> tuple[dict[str, Any] | None, str]:
        template = self._find(urlsplit(path).path)
        operations = self._root["paths"].get(template, {})
        return operations.get(method.lower()), f"/paths/{_escape(template or '')}/{method.lower()}"

    def _find_template(self, path: str) -> str | None:
        return next((template for pattern, template in self._templates if pattern.fullmatch(path)), None)

    def _at(self, pointer: str) -> dict[str, Any]:
        here: Any = self._root
        for part in pointer.strip("/").split("/"):
            here = here[part.replace("~1", "/").replace("~0", "~")]
        return here

    def _make_validator(self, pointer: str) -> Any:
        reference = {"$ref": f"{ROOT}#{quote(pointer, safe='/~')}"}
        return jsonschema_rs.Draft202012Validator(
            reference, registry=self._registry, validate_formats=True, formats=_FORMATS
        )

    def _judge(self, pointer: str, body: Any, what: str) -> None:
        validator = self._validator(pointer)
        if validator.is_valid(body):
            return
        problems = [
            f"at {'/'.join(map(str, error.instance_path)) or 'the top'}: {error.message[:500]}"
            for error in validator.iter_errors(body)
        ]
        raise Mismatch(f"{what}\n" + "\n".join(problems[:10]))


# The real address of a bot, `1+name[bot]@users.noreply.github.com`, is not an e-mail by the letter.
_FORMATS = {"email": lambda text: "@" in text}


def _mend(root: dict[str, Any]) -> None:
    """GitHub's own slips: one place wants an account to be a user and an enterprise at once; and the line and
    position of an outdated comment are null, as its webhooks' schemas say."""
    listed = root["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]["application/json"]
    listed["schema"]["items"]["properties"]["account"] = {"$ref": f"{ROOT}#/components/schemas/simple-user"}
    for name in ("pull-request-review-comment", "review-comment"):
        for field in ("line", "position"):
            root["components"]["schemas"][name]["properties"][field]["type"] = ["integer", "null"]


def _greed(pair: tuple[re.Pattern[str], str]) -> tuple[bool, int]:
    """What ends with a part that may hold slashes comes last, or it would swallow the others."""
    last = pair[1].rpartition("/")[2].strip("{}")
    return last in SPANNING, pair[1].count("{")


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _template(template: str) -> tuple[re.Pattern[str], str]:
    def part(match: re.Match[str]) -> str:
        return ".+" if match[1] in SPANNING else "[^/]+"

    escaped = re.sub(r"\\\{(\w+)\\\}", part, re.escape(template))
    return re.compile(escaped), template


def _modern(node: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema 2020-12, where they differ."""
    if isinstance(node, list):
        return [_modern(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _modern(value) for key, value in node.items() if key not in ("example", "examples", "xml")}
    if isinstance(made.get("$ref"), str):
        made["$ref"] = made["$ref"].replace("#", f"{ROOT}#", 1)
    if isinstance(made.get("oneOf"), list):
        made["anyOf"] = made.pop("oneOf")
    for name in ("exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(made.get(name), bool):
            del made[name]
    if made.pop("nullable", False) is True:
        if isinstance(made.get("type"), str) and not ({"anyOf", "allOf", "$ref"} & set(made)):
            made["type"] = [made["type"], "null"]
            if isinstance(made.get("enum"), list) and None not in made["enum"]:
                made["enum"] = [*made["enum"], None]
        else:
            made = {"anyOf": [made, {"type": "null"}]}
    return made
