"""What ruff's rules cannot see of code and templates that may hurt. Each use that is meant stands in a table with its
reason: one more in the same file fails, and so does a row that nothing needs any more."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Use = tuple[str, str]

# A rule and a file: how many uses there are, and why they are safe.
MEANT: dict[Use, tuple[int, str]] = {
    ("csrf_exempt", "reminders/views.py"): (1, "one click in a mail program, which has a signed token instead"),
    ("marked safe", "events/templatetags/feeds.py"): (1, "JSON whose signs of HTML are escaped"),
    ("marked safe", "events/markdown.py"): (1, "nh3 has just cleaned it"),
    ("SQL put together", "events/gazetteer.py"): (1, "columns of the same file"),
    ("SQL put together", "events/listing/words.py"): (1, "a number of the same file; SET takes no parameters"),
    ("SQL put together", "noborder/bench/example.py"): (2, "columns and tables of the models"),
    ("SQL put together", "noborder/bench/launch.py"): (3, "the name of the scratch database"),
    ("SQL put together", "noborder/embedded/servers.py"): (1, "the name of the database"),
    ("SQL put together", "outbox/sender.py"): (1, "one of two conditions of the same function"),
    ("SQL put together", "outbox/tallies.py"): (1, "conditions of the same file, values as parameters"),
    ("SQL put together", "reminders/rehearsal.py"): (1, "statements of reminders/planning.py"),
    ("unlimited wait", "noborder/bench/pages.py"): (1, "our own server, whose time is taken"),
    ("unlimited wait", "noborder/bench/one_sender.py"): (1, "our own sink, whose time is taken"),
    ("unlimited wait", "noborder/bench/throughput.py"): (1, "our own server, whose time is taken"),
    ("inline style", "templates/emails/_base.html"): (1, "mail programs load no styles"),
}


@dataclass(frozen=True)
class Fault:
    rule: str
    file: str
    line: int


def called(node: ast.AST) -> str:
    """The last part of the name of what is called."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def is_put_together(node: ast.AST | None) -> bool:
    """Whether it is text with something filled in."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Mod)
    return called(node) == "format" if node else False


def first_argument(node: ast.AST) -> ast.AST | None:
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


def waits_for_ever(node: ast.AST) -> bool:
    names = {"urlopen", "create_connection", "HTTPConnection", "HTTPSConnection", "SMTP", "SMTP_SSL", "IMAP4_SSL"}
    return called(node) in names and not any(k.arg in {"timeout", None} for k in getattr(node, "keywords", ()))


def names_it(*names: str) -> Callable[[ast.AST], bool]:
    """A use, not the line that imports it."""
    return lambda node: (node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")) in names


def puts_together(*names: str) -> Callable[[ast.AST], bool]:
    return lambda node: called(node) in names and is_put_together(first_argument(node))


PYTHON: dict[str, Callable[[ast.AST], bool]] = {
    "csrf_exempt": names_it("csrf_exempt"),
    "marked safe": lambda node: called(node) in {"mark_safe", "SafeString", "SafeText"},
    "HTML put together": puts_together("format_html", "format_html_join"),
    "SQL put together": puts_together("execute", "executemany", "raw", "RawSQL", "extra", "copy"),
    "unlimited wait": waits_for_ever,
    "shell": lambda node: (
        isinstance(node, ast.keyword)
        and node.arg == "shell"
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ),
    "code from data": lambda node: called(node) in {"eval", "exec", "compile_command", "execfile"},
    "objects from data": lambda node: (
        isinstance(node, ast.Import | ast.ImportFrom)
        and bool({"pickle", "marshal", "shelve", "dill"} & {*[a.name for a in node.names], getattr(node, "module", "")})
    ),
    "YAML that makes objects": lambda node: (
        called(node) in {"unsafe_load", "full_load"}
        or (called(node) == "load" and "yaml" in ast.dump(getattr(node, "func", node)) and "Safe" not in ast.dump(node))
    ),
}
HTML: dict[str, re.Pattern[str]] = {
    "not escaped": re.compile(r"\|\s*safe(?:seq)?\b|\{%\s*autoescape\s+off"),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
}


def in_python(file: str, text: str) -> Iterator[Fault]:
    for node in ast.walk(ast.parse(text)):
        for rule, is_found in PYTHON.items():
            if is_found(node):
                yield Fault(rule, file, getattr(node, "lineno", 0))


def in_html(file: str, text: str) -> Iterator[Fault]:
    for rule, pattern in HTML.items():
        for found in pattern.finditer(text):
            yield Fault(rule, file, text.count("\n", 0, found.start()) + 1)


def all_faults(root: Path, folders: Iterable[str]) -> Iterator[Fault]:
    """Of the code and the templates below *root*; tests may do what they like."""
    for path in sorted(file for folder in folders for file in (root / folder).rglob("*.*")):
        name = str(path.relative_to(root))
        if path.suffix == ".py":
            yield from in_python(name, path.read_text("utf-8"))
        elif path.suffix == ".html":
            yield from in_html(name, path.read_text("utf-8"))


def sentences(found: Iterable[Fault], meant: Mapping[Use, tuple[int, str]]) -> Iterator[str]:
    """What is not meant, and what is meant and is not there."""
    faults = list(found)
    numbers = Counter((fault.rule, fault.file) for fault in faults)
    for fault in faults:
        number = meant.get((fault.rule, fault.file), (0, ""))[0]
        if numbers[fault.rule, fault.file] > number:
            yield f"{fault.file}:{fault.line}: {fault.rule}"
    for use, (number, _why) in meant.items():
        if numbers[use] < number:
            yield f"{use[1]}: fewer uses of {use[0]} than the table says"
