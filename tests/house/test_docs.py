"""What the documentation says of settings, gaps, facets and commands is what the code has."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import re

import attr
import pytest

from whence import config
from whence.model import GAP_CODES

HEADINGS = [
    "Install",
    "What is captured",
    "What is not",
    "Settings",
    "Versions",
    "How it works",
]
WORDS = {True: "true", False: "false"}


@pytest.fixture(scope="module")
def readmes(root, projects):
    """The README of each wheel with code, by its folder."""
    folders = [folder for folder in projects if folder != "."]
    return {name: (root / name / "README.md").read_text(encoding="utf-8") for name in folders}


def _rows(text: str, heading: str) -> dict[str, str]:
    """The first two cells of a table: those rows under a heading whose first is a word of code."""
    section = re.split(r"\n## ", text.split(f"\n## {heading}\n")[1])[0]
    return dict(re.findall(r"^\| `(\w[\w-]*)` \| (.*?) \|", section, re.MULTILINE))


def test_every_wheel_has_the_same_headings(readmes):
    """So a reader knows where to look."""
    for folder, text in readmes.items():
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS, folder


def test_the_settings_table_is_complete(readmes):
    """Each setting, with the default it has in the code."""
    documented = _rows(readmes["plugins/core"], "Settings")
    fields = {field.name: field.default for field in dataclasses.fields(config.Config)}
    names = {"home", *config.READERS}
    assert {f"WHENCE_{name.upper()}" for name in names} == documented.keys()
    for name in config.READERS:
        default = fields[name]
        if default == ():
            assert documented[f"WHENCE_{name.upper()}"] == "none"
        elif default is not None:
            said = WORDS[default] if isinstance(default, bool) else str(default)
            assert documented[f"WHENCE_{name.upper()}"] == said


def test_every_reader_of_a_setting_has_its_field():
    """A setting that is read lands in `Config`, and is described there."""
    fields = {field.name for field in dataclasses.fields(config.Config)}
    assert fields - {"home", "environ"} == set(config.READERS)
    for name in config.READERS:
        assert f"{name}:" in (config.Config.__doc__ or "")


def test_the_gap_table_is_complete(readmes):
    """Each code with the words that the code itself has for it."""
    assert _rows(readmes["plugins/core"], "What is not") == GAP_CODES


def test_the_facet_tables_are_complete(readmes, root):
    """Every facet of ours is documented, and has a schema that ships with its wheel."""
    for folder, module in (("plugins/core", "whence"), ("dbt_adapter", "dbt_whence")):
        facets = importlib.import_module(f"{module}.facets")
        classes = {
            name
            for name, value in vars(facets).items()
            if isinstance(value, type) and attr.has(value) and name.endswith("Facet")
            if value.__module__ == facets.__name__
        }
        schemas = {path.stem for path in (root / folder / module / "schemas").glob("*.json")}
        assert classes == schemas
        assert {_facet_key(name) for name in classes} == _rows(
            readmes[folder], "What is captured"
        ).keys()


def test_every_example_of_python_answers_as_it_says(readmes):
    """The blocks of one README are one conversation, from its first to its last."""
    told = 0
    for folder, text in readmes.items():
        blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        conversation = doctest.DocTestParser().get_doctest("".join(blocks), {}, folder, None, 0)
        report: list[str] = []
        doctest.DocTestRunner(verbose=False).run(conversation, out=report.append)
        assert report == []
        told += len(conversation.examples)
    assert told


def _facet_key(name: str) -> str:
    """``WhenceDbtNodeRunFacet`` is ``whence_dbt_node``."""
    stem = re.sub(r"(Run|Job|Dataset)Facet$", "", name)
    return re.sub(r"(?<!^)(?=[A-Z])", "_", stem).lower()


def test_one_sentence_a_line(readmes, root):
    """So that a change of a sentence is a change of a line."""
    texts = {**readmes, ".": (root / "README.md").read_text(encoding="utf-8")}
    wrong = []
    for folder, text in texts.items():
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        for line in prose.splitlines():
            if not line.startswith("|") and re.search(r"[a-z)`]\. [A-Z]", line):
                wrong.append(f"{folder}: {line}")
    assert wrong == []


def test_every_link_inside_the_repository_leads_somewhere(readmes, root):
    """Relative links of all READMEs."""
    texts = {**readmes, ".": (root / "README.md").read_text(encoding="utf-8")}
    for folder, text in texts.items():
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            assert (root / folder / target).exists(), f"{folder}: {target}"
