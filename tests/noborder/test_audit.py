"""`manage.py audit` finds code that may hurt, and lock files that do not hold; each rule has its bad example."""

import re

import pytest

from noborder.audit import code, packages
from noborder.management.commands.audit import faults

BAD_PYTHON = {
    "csrf_exempt": ["@csrf_exempt\ndef view(request): ...", "urls = [path('', csrf.csrf_exempt(view))]"],
    "marked safe": ["mark_safe(title)", "SafeString(title)", "safestring.mark_safe('<b>')"],
    "HTML put together": ["format_html(f'<b>{title}</b>')", "format_html('<b>' + title)", "format_html('%s' % title)"],
    "SQL put together": [
        "cursor.execute(f'SELECT {name}')",
        "cursor.execute('SELECT ' + name)",
        "cursor.execute('SELECT %s' % name)",
        "cursor.execute(STATEMENT.format(name))",
        "Event.objects.raw(f'SELECT {name}')",
        "RawSQL(f'{name}', [])",
        "cursor.executemany('INSERT %s' % name, rows)",
    ],
    "unlimited wait": ["urlopen(url)", "socket.create_connection(peer)", "smtplib.SMTP(host)", "HTTPSConnection(host)"],
    "shell": ["subprocess.run(command, shell=True)", "subprocess.Popen(command, shell=wanted)"],
    "code from data": ["eval(text)", "exec(text)"],
    "objects from data": ["import pickle", "from pickle import loads", "import marshal"],
    "YAML that makes objects": ["yaml.load(text)", "yaml.load(text, Loader=yaml.Loader)", "yaml.unsafe_load(text)"],
}
GOOD_PYTHON = [
    "from django.views.decorators.csrf import csrf_protect",
    "format_html('<b>{}</b>', title)",
    "cursor.execute('SELECT %s', [name])",
    "cursor.execute(f'SELECT 1')",
    "cursor.execute(STATEMENT, {'name': name})",
    "urlopen(url, timeout=5)",
    "SMTP(host, **options)",
    "subprocess.run([program, name], shell=False)",
    "json.load(file)",
    "yaml.safe_load(text)",
    "yaml.load(text, Loader=yaml.SafeLoader)",
    "'a' + b",
]
BAD_HTML = {
    "not escaped": ["{{ title|safe }}", "{{ titles | safeseq }}", "{% autoescape off %}{{ title }}{% endautoescape %}"],
    "inline script": ["<script>go()</script>", '<p class="a" onclick="go()">', "<a href='JavaScript:go()'>"],
    "inline style": ['<p style="color: red">', "<style>p { color: red }</style>"],
}
GOOD_HTML = [
    "{{ title }} is safe",
    '<script src="{% static "js/map.js" %}" type="module"></script>',
    '{% include "a.html" with one=reading.collective once=2 %}',
    '<link rel="stylesheet" href="a.css">',
]
HASH = "--hash=sha256:" + "a" * 64


def test_code_templates_and_lock_files_pass() -> None:
    assert list(faults()) == []


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BAD_PYTHON.items() for text in texts])
def test_bad_code_is_found(rule: str, text: str) -> None:
    assert {fault.rule for fault in code.in_python("a.py", text)} == {rule}


@pytest.mark.parametrize("text", GOOD_PYTHON)
def test_good_code_passes(text: str) -> None:
    assert list(code.in_python("a.py", text)) == []


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BAD_HTML.items() for text in texts])
def test_bad_markup_is_found(rule: str, text: str) -> None:
    assert [(fault.rule, fault.line) for fault in code.in_html("a.html", f"\n{text}")][:1] == [(rule, 2)]


@pytest.mark.parametrize("text", GOOD_HTML)
def test_good_markup_passes(text: str) -> None:
    assert list(code.in_html("a.html", text)) == []


def test_what_is_meant_may_stay_and_one_more_may_not() -> None:
    uses = list(code.in_python("a.py", "mark_safe(a)\nmark_safe(b)"))
    assert list(code.sentences(uses, {("marked safe", "a.py"): (2, "why")})) == []
    assert list(code.sentences(uses, {("marked safe", "a.py"): (1, "why")})) == [
        "a.py:1: marked safe",
        "a.py:2: marked safe",
    ]
    assert list(code.sentences(uses, {("marked safe", "a.py"): (3, "why")})) == [
        "a.py: fewer uses of marked safe than the table says"
    ]


def wrong(lock: str, source: str = "", known: str = "", **more: str) -> list[str]:
    files = {"x.in": source, "x.txt": lock} | {name.replace("_", "."): text for name, text in more.items()}
    return list(packages.faults(files, known))


@pytest.mark.parametrize(
    ("lock", "fault"),
    [
        ("left-pad>=1", "is not pinned"),
        ("left-pad", "is not pinned"),
        ("left-pad==1.*", "is not pinned"),
        (f"left-pad @ https://example.org/left-pad.whl {HASH}", "is not pinned"),
        ("--index-url https://example.org/", "is no package"),
        ("./left-pad", "is no package"),
        ("left-pad==1", "no hash"),
        ("left-pad==1 --hash=md5:" + "a" * 32, "no hash"),
        (f"left-pad==1 \\\n    {HASH} \\\n    --hash=sha256:short", "no hash"),
    ],
)
def test_a_lock_that_does_not_hold_is_found(lock: str, fault: str) -> None:
    assert re.search(fault, "\n".join(wrong(lock)))


def test_a_lock_is_complete_and_the_same_everywhere() -> None:
    good = f"# made by a tool\nLeft_Pad==1.2 ; python_version > '3' \\\n    {HASH}\n    # via x\n"
    assert wrong(good, "left-pad>=1\n-r other.in") == []
    assert wrong(good, "left-pad~=2.0") == ["x.txt: left-pad~=2.0 is needed and not pinned"]
    assert wrong(good, "right-pad") == ["x.txt: right-pad is needed and not pinned"]
    # An installed package tells what it needs itself.
    assert any("asgiref" in fault for fault in wrong(f"django==5.2.19 {HASH}"))
    other = good.replace("1.2", "1.3")
    assert wrong(good, y_in="", y_txt=other) == ["y.txt: left-pad is another one than in the other lock files"]


def test_a_version_of_which_worse_is_known_is_found() -> None:
    lock = f"left-pad==1.9 {HASH}"
    assert wrong(lock, known="# a table\nleft-pad 1.9 CVE-1: pads too much\n") == []
    assert wrong(lock, known="left-pad 1.10 CVE-1: pads too much\n") == [
        "left-pad 1.9 is below 1.10: CVE-1: pads too much"
    ]
    assert wrong(lock, known="right-pad 1 CVE-2\n") == [
        "the table of minimum versions names right-pad, which is not used any more"
    ]
