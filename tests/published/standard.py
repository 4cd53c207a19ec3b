"""The Open Contracting Data Standard's own word: its schemas and code lists, where they are beside the project.

Standard().check(package)        # a release or record package
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import ocdsmerge

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "ocds"
HOME = "https://standard.open-contracting.org/schema/1__1__5"


class Standard:
    def __init__(self) -> None:
        names = ("release-schema", "release-package-schema", "record-package-schema")
        self.schemas = {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in names}
        self.codes = json.loads((FOLDER / "codelists.json").read_text())
        known = [(schema["id"], schema) for schema in self.schemas.values()]
        known.append((f"{HOME}/versioned-release-validation-schema.json", {}))  # what is versioned is not published
        registry = jsonschema_rs.Registry(known, draft=jsonschema_rs.Draft4)
        self._valid = {
            name: jsonschema_rs.Draft4Validator(schema, registry=registry, validate_formats=True)
            for name, schema in self.schemas.items()
        }
        self._merger = ocdsmerge.Merger(self.schemas["release-schema"])

    def check(self, package: dict[str, Any]) -> None:
        """Valid, with every code in its list; and records are what merging their releases gives."""
        kind = "release" if "releases" in package else "record"
        wrong = [
            f"{'/'.join(map(str, error.instance_path))}: {error.message}"
            for error in self._valid[f"{kind}-package-schema"].iter_errors(package)
        ]
        releases = package.get("releases") or [r for one in package["records"] for r in one["releases"]]
        release = self.schemas["release-schema"]
        wrong += [problem for one in releases for problem in self._codes(one, release, one["id"])]
        for one in package.get("records", ()):
            merged = self._merger.create_compiled_release(one["releases"])
            wrong += _differences(one["compiledRelease"], merged, one["ocid"])
        assert wrong == [], "\n".join(wrong)

    def _codes(self, data: Any, schema: dict[str, Any], where: str) -> list[str]:
        """Codes that are in no list; the schema itself only knows the closed ones."""
        if "$ref" in schema:
            schema = self.schemas["release-schema"]["definitions"][schema["$ref"].rpartition("/")[2]]
        if isinstance(data, list):
            inside = schema.get("items", {}) | {key: schema[key] for key in ("codelist",) if key in schema}
            return [wrong for one in data for wrong in self._codes(one, inside, where)]
        if isinstance(data, dict):
            parts = schema.get("properties", {})
            unknown = [f"{where}/{name}: no field of the standard" for name in data if not _known(name, parts, schema)]
            inside = [self._codes(part, parts[name], f"{where}/{name}") for name, part in data.items() if name in parts]
            return unknown + [wrong for found in inside for wrong in found]
        codes = self.codes.get(schema.get("codelist", "").removesuffix(".csv"))
        return [f"{where}: {data} is no code"] if codes and data is not None and data not in codes else []


def _differences(ours: Any, merged: Any, where: str) -> list[str]:
    """Where what is published as compiled is not what merging gives; merging leaves `{}` of what was taken back."""
    if isinstance(ours or {}, dict) and isinstance(merged or {}, dict):
        ours, merged = ours or {}, merged or {}
        names = {**ours, **merged}
        parts = [_differences(ours.get(name), merged.get(name), f"{where}/{name}") for name in names]
        return [wrong for part in parts for wrong in part]
    return [f"{where}: {ours!r} is published, {merged!r} is merged"] if ours != merged else []


def _known(name: str, parts: dict[str, Any], schema: dict[str, Any]) -> bool:
    return name in parts or any(pattern.startswith(f"^({name.removesuffix('_fr')}_") for pattern in _patterns(schema))


def _patterns(schema: dict[str, Any]) -> list[str]:
    return list(schema.get("patternProperties", {}))
