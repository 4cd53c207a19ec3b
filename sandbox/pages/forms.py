"""A repository's issue forms, in GitHub's syntax, and the issue that a filled-in one makes.

.github/ISSUE_TEMPLATE/need.yml:  name, description, title, labels, and body: a list of
{type: markdown|input|textarea|dropdown|checkboxes, id: …, attributes: {label: …}, validations: {required: true}}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from pathlib import PurePosixPath
from typing import Any, Literal

from multidict import MultiDict
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sandbox.errors import ApiError
from sandbox.model import Repository

FOLDER = ".github/ISSUE_TEMPLATE"
NO_RESPONSE = "_No response_"
_LAX = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


@dataclass(frozen=True, config=_LAX)
class Option:
    label: str
    required: bool = False


@dataclass(frozen=True, config=_LAX)
class Attributes:
    label: str = ""
    description: str = ""
    placeholder: str = ""
    value: str = ""
    options: list[Option | str] = field(default_factory=list)
    multiple: bool = False
    default: int | None = None
    render: str = ""


@dataclass(frozen=True, config=_LAX)
class Validations:
    required: bool = False


@dataclass(frozen=True, config=_LAX)
class Element:
    type: Literal["markdown", "input", "textarea", "dropdown", "checkboxes"]
    attributes: Attributes
    validations: Validations = Validations()

    def __post_init__(self) -> None:
        if self.type != "markdown" and not self.attributes.label.strip():
            raise ValueError("a label is needed")
        if self.type in ("dropdown", "checkboxes") and not self.attributes.options:
            raise ValueError("options are needed")

    @property
    def options(self) -> list[Option]:
        return [Option(one) if isinstance(one, str) else one for one in self.attributes.options]

    @property
    def many(self) -> bool:
        return self.type == "checkboxes" or (self.type == "dropdown" and self.attributes.multiple)

    def as_choices(self) -> list[tuple[str, str, str]]:
        must = " (required)" if self.type == "checkboxes" else ""
        return [(one.label, one.label + (must if one.required else ""), "") for one in self.options]

    def first_value(self) -> str:
        """Returns the field's initial text."""
        at = self.attributes
        if self.type == "dropdown" and at.default is not None and 0 <= at.default < len(at.options):
            return self.options[at.default].label
        return at.value


@dataclass(frozen=True, config=_LAX)
class IssueForm:
    name: str
    description: str
    body: list[Element]
    title: str = ""
    labels: list[str] | str = ""

    @property
    def label_names(self) -> list[str]:
        names = self.labels.split(",") if isinstance(self.labels, str) else self.labels
        return [name.strip() for name in names if name.strip()]

    def fields(self) -> Iterator[tuple[str, Element]]:
        """Yields the fields to fill in, each with its name in the page."""
        for number, element in enumerate(self.body):
            if element.type != "markdown":
                yield f"field-{number}", element


def issue_forms(repo: Repository) -> tuple[dict[str, IssueForm], list[str]]:
    """Returns the forms on the default branch by file name, and a sentence for each file that is none."""
    head = repo.git.branch(repo.default_branch)
    folder = repo.git.entry(head, FOLDER) if head else None
    found: dict[str, IssueForm] = {}
    wrong: list[str] = []
    for entry in repo.git.walk_tree(folder.sha) if folder and folder.kind == "tree" else ():
        path = PurePosixPath(entry.path)
        if entry.kind != "blob" or path.suffix not in (".yml", ".yaml") or path.stem == "config":
            continue
        try:
            data: Any = YAML(typ="safe").load(repo.git.blob(entry.sha).decode())
            found[path.name] = TypeAdapter(IssueForm).validate_python(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            wrong.append(f"{path.name} is not a valid issue form: {place}: {first['msg']}.")
        except (UnicodeDecodeError, YAMLError) as error:
            wrong.append(f"{path.name} is not valid YAML: {' '.join(str(error).split())}.")
    return found, wrong


def as_body(form: IssueForm, typed: MultiDict[str]) -> str:
    """Returns the issue's text, as GitHub makes it of the fields. Raises ApiError if a required one is empty."""
    sections = []
    for name, element in form.fields():
        _check(element, typed.getall(name, []))
        sections.append(f"### {element.attributes.label}\n\n{_answer(element, typed.getall(name, []))}")
    return "\n\n".join(sections)


def _check(element: Element, answers: list[str]) -> None:
    label = element.attributes.label
    if element.validations.required and not any(text.strip() for text in answers):
        raise ApiError(422, f"“{label}” is empty: please fill it in.")
    for option in element.options:
        if element.type == "checkboxes" and option.required and option.label not in answers:
            raise ApiError(422, f"“{option.label}” must be ticked.")


def _answer(element: Element, answers: list[str]) -> str:
    if element.type == "checkboxes":
        return "\n".join(f"- [{'x' if one.label in answers else ' '}] {one.label}" for one in element.options)
    if element.type == "dropdown":
        return ", ".join(one.label for one in element.options if one.label in answers) or NO_RESPONSE
    text = answers[0].strip() if answers else ""
    if not text:
        return NO_RESPONSE
    return f"```{element.attributes.render}\n{text}\n```" if element.attributes.render else text
