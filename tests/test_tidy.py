"""The size and the shape of the code. A limit asks "is this two things?"; the answer is never a higher limit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "events", "wallet", "cards", "receipts", "expenses", "bookkeeping")
MONEY_APPS = ("wallet", "cards", "expenses", "bookkeeping")
FUNCTION_LINES, FILE_LINES, TEMPLATE_LINES = 70, 600, 120
VIEW_LINES = 25
# A file named for a layer collects everything; a file named for a verb refuses strangers.
FORBIDDEN_NAMES = {"services.py", "selectors.py", "utils.py", "helpers.py", "common.py", "misc.py", "managers.py"}
# Overloaded words: each means four things in a payment system.
FORBIDDEN_CLASSES = {"Transaction", "Payment", "Account", "Entry"}
GPL = {"fitz", "pymupdf", "PyQt5", "mysqlclient", "MySQLdb", "unidecode", "ghostscript", "zbar", "pyzbar"}


def python_files() -> Iterator[Path]:
    for folder in (*APPS, "pleo", "tests", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def product_files() -> Iterator[Path]:
    return (path for path in python_files() if path.relative_to(ROOT).parts[0] not in {"tests", "benchmarks"})


def templates() -> Iterator[Path]:
    return iter(sorted((ROOT / "templates").rglob("*.html")))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def test_functions_fit_on_a_screen():
    long = [
        f"{name(path)}:{f.name} {length(f)}"
        for path in python_files()
        for f in functions(path)
        if length(f) > FUNCTION_LINES
    ]
    assert not long, f"longer than {FUNCTION_LINES} lines: {long}"


def test_views_are_short():
    """A view fetches, asks one domain verb, and answers; helpers with an underscore are counted as functions."""
    long = []
    for app in (*APPS, "pleo/pages"):
        for path in [*(ROOT / app).glob("views*.py"), *(ROOT / app).glob("views/*.py")]:
            for node in ast.parse(path.read_text()).body:
                is_view = isinstance(node, ast.FunctionDef) and node.args.args and node.args.args[0].arg == "request"
                if is_view and not node.name.startswith("_") and length(node) > VIEW_LINES:
                    long.append(f"{name(path)}:{node.name} {length(node)}")
    assert not long, f"views longer than {VIEW_LINES} lines: {long}"


def test_files_are_about_one_thing():
    long = [
        f"{name(path)} {lines}" for path in python_files() if (lines := len(path.read_text().splitlines())) > FILE_LINES
    ]
    assert not long, f"longer than {FILE_LINES} lines: {long}"


def test_templates_are_short():
    long = [
        f"{name(path)} {lines}"
        for path in templates()
        if (lines := len(path.read_text().splitlines())) > TEMPLATE_LINES
    ]
    assert not long, f"longer than {TEMPLATE_LINES} lines: {long}"


def test_no_file_is_named_for_a_layer():
    named = [name(path) for path in product_files() if path.name in FORBIDDEN_NAMES]
    assert not named


def test_no_class_has_an_overloaded_name():
    named = [
        f"{name(path)}:{node.name}"
        for path in product_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name in FORBIDDEN_CLASSES
    ]
    assert not named


def test_money_is_never_a_float():
    found = []
    for app in MONEY_APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                    found.append(f"{name(path)}:{node.lineno}")
                if isinstance(node, ast.Attribute) and node.attr == "FloatField":
                    found.append(f"{name(path)}:{node.lineno}")
    assert not found, f"float in a money app: {found}"


def test_views_and_api_start_from_what_the_person_may_see():
    """`.objects.get(` in a view skips the tenant and turns a missing row into a 500."""
    found = [
        f"{name(path)}:{number}"
        for path in product_files()
        if path.name.startswith(("views", "api")) or "views" in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if ".objects.get(" in line or ".objects.all()" in line
    ]
    assert not found, found


def test_no_exception_is_swallowed_whole():
    found = []
    for path in product_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                found.append(f"{name(path)}:{node.lineno}")
    assert not found, f"bare except: {found}"


TEMPLATE_RULES = {
    "inline style": re.compile(r"\sstyle\s*=", re.I),
    "inline style sheet": re.compile(r"<style\b", re.I),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.I),
    "inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "javascript address": re.compile(r"javascript:", re.I),
    "unescaped text": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off", re.I),
}


@pytest.mark.parametrize("rule", TEMPLATE_RULES)
def test_templates_obey_the_content_security_policy(rule):
    found = [
        f"{name(path)}:{number}"
        for path in templates()
        if "emails" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if TEMPLATE_RULES[rule].search(line)
    ]
    assert not found, f"{rule}: {found}"


def test_css_overrides_nothing_by_force():
    found = [
        f"{name(path)}:{number}"
        for path in sorted((ROOT / "static" / "css").rglob("*.css"))
        if "print" not in path.name
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "!important" in line and "print" not in line
    ]
    assert not found


def test_scripts_are_small():
    files = sorted((ROOT / "static" / "js").rglob("*.js"))
    sizes = {name(path): len(path.read_text().splitlines()) for path in files}
    assert sum(sizes.values()) <= 1_000, sizes


def test_nothing_copyleft_is_imported():
    found = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{name(path)}:{module}" for module in modules if module.partition(".")[0] in GPL]
    assert not found


def test_no_work_is_left_as_a_note():
    marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
    places = [*product_files(), *templates(), *sorted((ROOT / "static" / "js").rglob("*.js"))]
    found = [
        f"{name(path)}:{number}"
        for path in places
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if marks.search(line)
    ]
    assert not found
