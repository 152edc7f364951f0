"""Validates events against OpenLineage's JSON Schemas, facets included.

Must not load anything from the network: every schema comes from a folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

import whence
from whence.errors import WhenceError

OWN_SCHEMAS = Path(whence.__file__).parent / "schemas"


class InvalidEvent(WhenceError):
    """An event that the specification forbids.

    Attributes:
        problems: What is wrong, each with its place in the event.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        """Say all ``problems``."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class _FacetSchema:
    """Where a facet's definition is, what it extends and under which keys it may stand."""

    uri: str
    base: str
    keys: frozenset[str]


class Validator:
    """Knows the schemas of events and of facets; keep one for many events.

    A facet's schema is found by the last part of its ``_schemaURL``, whatever version that names.
    Besides the schemas themselves it checks that a facet stands under its own key and where its
    kind belongs (a ``JobFacet`` under the job).
    """

    def __init__(self, spec: Path, *schemas: Path) -> None:
        """Read the schemas.

        Args:
            spec: OpenLineage's ``spec`` folder: ``OpenLineage.json``, ``facets/``, ``registry/``.
            schemas: Folders with the schemas of further facets; core's own are known.
        """
        files = [spec / "OpenLineage.json", *sorted(spec.glob("facets/*.json"))]
        files += sorted(spec.glob("registry/**/facets/*.json"))
        for folder in (OWN_SCHEMAS, *schemas):
            files += sorted(folder.glob("*.json"))
        documents: list[dict[str, Any]] = [json.loads(file.read_text("utf-8")) for file in files]
        self._events = documents[0]["$id"]
        self._registry: Registry[Any] = Registry().with_resources(
            (document["$id"], Resource.from_contents(document)) for document in documents
        )
        self._facets = {
            name: schema for document in documents[1:] for name, schema in _facets_of(document)
        }

    def problems(self, event: bytes | str | Mapping[str, Any]) -> list[str]:
        """What is wrong with a run, job or dataset event; [] where nothing is."""
        content: Any = json.loads(event) if isinstance(event, (bytes, str)) else event
        if not isinstance(content, dict):
            return ["not an object"]
        kind = _kind(content)
        found = self._against(f"{self._events}#/$defs/{kind}", content, kind)
        for base, place, facets in _facet_maps(content):
            for key, facet in facets.items():
                found += self.facet_problems(facet, key, base, f"{place}.{key}")
        return found

    def facet_problems(
        self, facet: Any, key: str, base: str | None = None, place: str = ""
    ) -> list[str]:
        """What is wrong with one facet.

        Args:
            facet: JSON-ready content.
            key: The key it stands under.
            base: The kind that belongs there, e.g. ``RunFacet``; None for any.
            place: Said in front of each problem.
        """
        place = place or key
        if not isinstance(facet, dict):
            return [f"{place}: not an object"]
        name = re.split(r"[/#]", str(facet.get("_schemaURL")))[-1].removesuffix(".json")
        schema = self._facets.get(name)
        if schema is None:
            return [f"{place}: no schema is named {name!r}"]
        found = self._against(schema.uri, facet, place)
        if key not in schema.keys:
            found.append(f"{place}: {name} belongs under {', '.join(sorted(schema.keys))}")
        if base is not None and schema.base not in {base, "BaseFacet"}:
            found.append(f"{place}: {name} is a {schema.base}, a {base} is expected here")
        return found

    def _against(self, uri: str, content: Any, place: str) -> list[str]:
        validator = Draft202012Validator(
            {"$ref": uri}, registry=self._registry, format_checker=_FORMATS
        )
        return [
            f"{place}{_path(error.absolute_path)}: {error.message}"
            for error in sorted(validator.iter_errors(content), key=lambda error: error.json_path)
        ]


def validate(event: bytes | str | Mapping[str, Any], spec: Path, *schemas: Path) -> None:
    """Raise what is wrong with one event; arguments as of `Validator`.

    Raises:
        InvalidEvent: It, or a facet on it, is not as its schema says.
    """
    problems = Validator(spec, *schemas).problems(event)
    if problems:
        raise InvalidEvent(problems)


def _path(parts: Iterable[str | int]) -> str:
    """Where in a value, e.g. ``.fields[0].name``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def _kind(content: Mapping[str, Any]) -> str:
    """``RunEvent``, ``JobEvent`` or ``DatasetEvent``, by what the event has."""
    if "run" in content:
        return "RunEvent"
    return "JobEvent" if "job" in content else "DatasetEvent"


def _facets_of(document: Mapping[str, Any]) -> Iterator[tuple[str, _FacetSchema]]:
    """The facets that a schema file defines, by name."""
    keys: dict[str, set[str]] = {}
    for key, schema in document.get("properties", {}).items():
        for option in schema.get("anyOf", [schema]):
            keys.setdefault(option["$ref"].rpartition("/")[2], set()).add(key)
    fallback = set(document.get("properties", {}))
    for name, definition in document.get("$defs", {}).items():
        references = [part.get("$ref", "") for part in definition.get("allOf", [])]
        bases = [reference.rpartition("/")[2] for reference in references]
        for base in bases:
            if base.endswith("Facet"):
                uri = f"{document['$id']}#/$defs/{name}"
                yield name, _FacetSchema(uri, base, frozenset(keys.get(name, fallback)))


def _facet_maps(event: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every object of facets in an event: the kind that belongs there, the place, the facets."""
    for owner, base in (("run", "RunFacet"), ("job", "JobFacet"), ("dataset", "DatasetFacet")):
        yield base, f"{owner}.facets", _object(_object(event, owner), "facets")
    for side, base in (("inputs", "InputDatasetFacet"), ("outputs", "OutputDatasetFacet")):
        for number, dataset in enumerate(event.get(side) or ()):
            place = f"{side}[{number}]"
            own = f"{side[:-1]}Facets"
            yield "DatasetFacet", f"{place}.facets", _object(dataset, "facets")
            yield base, f"{place}.{own}", _object(dataset, own)


def _object(parent: Any, key: str) -> Mapping[str, Any]:
    child = parent.get(key) if isinstance(parent, Mapping) else None
    return child if isinstance(child, Mapping) else {}


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    """RFC 3339: a date, a time and a zone."""
    if not isinstance(value, str):
        return True
    plain = re.fullmatch(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value)
    return plain is not None and bool(datetime.fromisoformat(plain[1]))


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    """A scheme and something behind it, without blanks."""
    return not isinstance(value, str) or bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", value))


@_FORMATS.checks("uuid")
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(
        re.fullmatch(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", value)
    )
