"""HTML made safe and made plain."""

from __future__ import annotations

import html as entities

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.sources.html import from_text, lines_of, sanitise, to_text

BASE = "https://harbormorning.example/2026/02/boats/"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ('<p onclick="x()" style="color:red">a</p>', "<p>a</p>"),
        ('<p><a href="javascript:x()">a</a></p>', "<p><a>a</a></p>"),
        ('<p><a href="../c/?a=1&amp;b=2" rel="me">a</a></p>',
         '<p><a href="https://harbormorning.example/2026/02/c/?a=1&amp;b=2">a</a></p>'),
        ('<p><img src="/a.png" alt="b"></p>', '<p><img src="https://harbormorning.example/a.png" alt="b"></p>'),
        ('<p><img srcset="/a.png 1x, javascript:x() 2x, b.png"></p>',
         '<p><img srcset="https://harbormorning.example/a.png 1x, https://harbormorning.example/2026/02/boats/b.png"></p>'),
        ('<p><img srcset="http://[ 1x"></p>', "<p><img></p>"),
        ('<p><q cite="/said">a</q><q cite="javascript:x()">b</q></p>',
         '<p><q cite="https://harbormorning.example/said">a</q><q>b</q></p>'),
        ("just <em>words</em>", "<p>just <em>words</em></p>"),
        ("<p>a<p> &nbsp; <p>b", "<p>a</p><p>b</p>"),
        ("<iframe src=x>a</iframe><p>b</p>", "<p>b</p>"),
    ],
)  # fmt: skip
def test_only_safe_html_with_whole_addresses_is_left(html: str, expected: str) -> None:
    """Nothing that can run is left, and links and pictures are absolute."""
    assert sanitise(html, BASE) == expected


def test_a_base_that_is_no_address_is_survived() -> None:
    """Without a base, relative links are dropped."""
    assert sanitise('<p><a href="/a">b</a></p>', "") == "<p><a>b</a></p>"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a &amp; b&#8217;s</p>\n<p>c</p>", "a & b’s\n\nc"),
        ("<p>one<br>two</p>", "one\ntwo"),
        ("<h2>Head</h2><p>text</p>", "Head\n\ntext"),
        ("<ul>\n<li>one</li>\n<li><p>two</p><ol><li>in</li><li>side</li></ol></li>\n</ul><p>x</p>",
         "• one\n• two\n1. in\n2. side\n\nx"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"),
        ("<blockquote><p>said</p></blockquote>after", "said\n\nafter"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<p><ruby>港<rp>(</rp><rt>みなと</rt><rp>)</rp></ruby>の朝</p>", "港の朝"),
        ("<div>a</div><div>b</div>", "a\n\nb"),
        ("<p>a\n  b\tc</p>", "a b c"),
    ],
)  # fmt: skip
def test_plain_text(html: str, text: str) -> None:
    """Paragraphs are parted by blank lines, lists and tables line by line, entities decoded."""
    assert to_text(html) == text


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), min_size=1))
@settings(max_examples=100, deadline=None)
def test_text_survives_html(parts: list[str]) -> None:
    """Plain text made HTML, sanitised and made plain again is the same text."""
    text = "\n\n".join(parts)
    assert to_text(sanitise(from_text(text), BASE)) == text


@given(
    st.lists(st.sampled_from([*"<>/abp \"'=&;\n", "<p>", "</div>", "<a href=x>", "<li>", "<!--", "<br>", "<rt>"])).map(
        "".join
    )
)
@settings(max_examples=150, deadline=None)
def test_any_markup_is_survived(html: str) -> None:
    """Whatever the markup, what is left is safe, stable, and has lines at rising places inside it."""
    once = sanitise(html, BASE)
    assert "<script" not in once
    assert sanitise(once, BASE) == once
    starts = [start for start, _ in lines_of(once)]
    assert starts == sorted(starts)
    assert all(0 <= start <= len(once) for start in starts)
    assert "\n\n\n" not in to_text(once)


def test_lines_know_where_they_begin() -> None:
    """Cutting HTML where a line begins leaves exactly the lines before it."""
    html = "<p>one\ntwo<br>three &amp; four</p><p>five</p>"
    for start, words in lines_of(html):
        if words:
            assert words not in entities.unescape(html[:start])
