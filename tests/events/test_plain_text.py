"""Plain text from Markdown says what the page says, without going through HTML."""

from html import unescape

from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from events import markdown

PIECES = [
    "a", "b ", " ", "\n", "\n\n", "  \n", "*", "**", "_", "`", "\\", "[", "](https://x.example)", "](javascript:x)",
    "<https://a.example>", "<b>", "</b>", "<!-- c -->", "&amp;", "&", "<", ">", "# ", "- ", "1. ", "> ", "---", "```",
    "![", "é", "Мир", "مرحبا",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_plain_text_is_what_is_left_of_the_page_without_its_tags(text: str) -> None:
    shown = unescape(strip_tags(markdown.as_html(text).replace("<br>", "\n"))).splitlines()
    assert markdown.as_plain_text(text) == "\n".join(line for line in shown if line.strip())
