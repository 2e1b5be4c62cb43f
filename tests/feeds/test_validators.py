"""The validators are held to account: a good document draws nothing, and each rule finds the document that breaks it."""

# ruff: noqa: E501

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.feeds.validate import faults

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
ADDRESS = "https://feeds.example/all"

GOOD = {
    "rss": """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>The Quay &#x26; Post</title>
<link>https://quay.example/</link>
<description>News &#x26; more</description>
<language>en-GB</language>
<managingEditor>desk@quay.example (Mio Arai)</managingEditor>
<lastBuildDate>Thu, 19 Mar 2026 09:00:00 GMT</lastBuildDate>
<ttl>15</ttl>
<atom:link rel="self" type="application/rss+xml" href="https://feeds.example/all"/>
<image>
<url>https://quay.example/icon.png</url>
<title>The Quay &#x26; Post</title>
<link>https://quay.example/</link>
<width>144</width>
</image>
<item>
<title>Q&#x26;A &#x3C;now&#x3E;</title>
<link>https://quay.example/1</link>
<guid isPermaLink="false">tag:quay.example,2026-03-19:1</guid>
<pubDate>Thu, 19 Mar 2026 09:00:00 GMT</pubDate>
<dcterms:modified>2026-03-19T09:00:00Z</dcterms:modified>
<dc:creator>Mio Arai</dc:creator>
<category>food and drink</category>
<description>R&amp;amp;D is &amp;lt; 4</description>
<content:encoded><![CDATA[<p>A <a href="https://quay.example/up">way</a> &amp; <img src="https://quay.example/a.jpg" srcset="https://quay.example/a.jpg 1x, https://quay.example/b.jpg 2x" alt=""></p>]]></content:encoded>
<enclosure url="https://quay.example/a.jpg" length="12" type="image/jpeg"/>
<media:content url="https://quay.example/a.jpg" medium="image" type="image/jpeg" width="12" height="8"><media:credit role="photographer" scheme="urn:ebu">Ann</media:credit><media:title>Dawn</media:title></media:content>
</item>
<item>
<description>Words</description>
<guid>https://quay.example/2</guid>
</item>
</channel>
</rss>
""",
    "atom": """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="ja">
<id>urn:uuid:5a1f4e8e-2f3f-5b7a-9d52-0b7f3c1d2e4f</id>
<title>港新聞</title>
<updated>2026-03-19T09:00:00Z</updated>
<author><name>港新聞</name></author>
<link rel="self" type="application/atom+xml" href="https://feeds.example/all"/>
<link rel="alternate" type="text/html" href="https://quay.example/港"/>
<icon>https://quay.example/icon.png</icon>
<entry>
<id>https://quay.example/1</id>
<title>Q&amp;A</title>
<updated>2026-03-19T09:00:00Z</updated>
<published>2026-03-18T09:00:00Z</published>
<category term="sea"/>
<link rel="alternate" type="text/html" href="https://quay.example/1"/>
<summary type="html">R&amp;amp;D &lt;b&gt;is&lt;/b&gt;</summary>
<content type="html"><![CDATA[<p>A &amp; b</p>]]></content>
</entry>
<entry>
<id>tag:quay.example,2026:2</id>
<title>Two</title>
<updated>2026-03-17T09:00:00Z</updated>
<content>Words</content>
</entry>
</feed>
""",
    "json": """{"version": "https://jsonfeed.org/version/1.1", "title": "Quay", "home_page_url": "https://quay.example/",
"feed_url": "https://feeds.example/all", "language": "en", "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
"_house": {"about": "https://quay.example/"},
"items": [{"id": "tag:quay.example,2026:1", "url": "https://quay.example/1", "title": "One", "content_html": "<p>A &amp; b</p>",
"date_published": "2026-03-19T09:00:00Z", "authors": [{"name": "Mio Arai"}], "tags": ["sea"], "attachments":
[{"url": "https://quay.example/a.jpg", "mime_type": "image/jpeg", "size_in_bytes": 12}]},
{"id": "2", "url": "https://quay.example/2", "content_text": "Words"}]}
""",
    "sitemap": """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url>
<loc>https://quay.example/1</loc>
<lastmod>2026-03-20T09:00:00Z</lastmod>
<news:news>
<news:publication><news:name>The Quay</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2026-03-19T09:00:00+09:00</news:publication_date>
<news:title>One &amp; all</news:title>
</news:news>
</url>
</urlset>
""",
    "ninjs": """[{"uri": "tag:quay.example,2026:1", "type": "text", "pubStatus": "usable", "urgency": 3, "language": "en",
"versionCreated": "2026-03-19T09:00:00Z", "embargoedUntil": "2026-05-01T00:00:00Z", "by": "Mio Arai",
"headlines": [{"value": "One"}], "bodies": [{"contentType": "text/html", "value": "<p>A</p>", "wordCount": 1}],
"subjects": [{"name": "sea", "relevance": 50}], "rightsInfo": {"linkedRights": "https://quay.example/rights"},
"renditions": [{"name": "main", "href": "https://quay.example/a.jpg", "width": 12}], "associations": [{"name": "a",
"uri": "tag:quay.example,2026:a", "type": "picture"}]}]
""",
}

SECOND = "<guid>https://quay.example/2</guid>"
BROKEN = [  # kind, what stands in the good document, what takes its place, the rule that must see it
    ("rss", '<?xml version="1.0" encoding="UTF-8"?>\n', "", "WPBlankLine"),
    ("rss", "UTF-8", "us-ascii", "NotUTF8"),
    ("rss", "<rss", "<!DOCTYPE rss>\n<rss", "InvalidDoctype"),
    ("rss", "</item>\n</channel>", "</channel>", "SAXError"),
    ("rss", 'version="2.0"', 'version="0.91"', "InvalidRSSVersion"),
    ("rss", "</channel>", "</channel>\n<channel/>", "MissingElement"),
    ("rss", "xmlns:dc=", 'xmlns:rsl="https://rslstandard.org/rsl" xmlns:dc=', "UnknownNamespace"),
    ("rss", "xmlns:dc=", 'xmlns:sl="http://purl.org/rss/1.0/modules/slash/" xmlns:dc=', "NonstdPrefix"),
    ("rss", "http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss", "MediaRssNamespace"),
    ("rss", "Words", "Wo\ufffdrds", "BadCharacters"),
    ("rss", "Words", "Wo\x85rds", "BadCharacters"),
    ("rss", "<title>The Quay &#x26; Post</title>\n<link>", "<link>", "MissingTitle"),
    ("rss", "<link>https://quay.example/</link>\n<desc", "<desc", "MissingLink"),
    ("rss", "<description>News &#x26; more</description>", "", "MissingDescription"),
    ("rss", "News &#x26; more", "News &amp;amp; more", "ContainsHTML"),
    ("rss", "Q&#x26;A", "&lt;i>Q&lt;/i>", "ContainsHTML"),
    ("rss", "Q&#x26;A &#x3C;now&#x3E;", "Q &lt;now&gt;", "CharacterData"),
    ("rss", "News &#x26; more", " ", "NotBlank"),
    ("rss", "<ttl>15</ttl>", "<ttl>0</ttl>", "InvalidNonNegativeInteger"),
    ("rss", "<ttl>15</ttl>", "<expires>15</expires>", "UndefinedElement"),
    ("rss", "<ttl>15</ttl>", "<language>en</language>", "DuplicateElement"),
    ("rss", "<ttl>15</ttl>", "<dc:language>en</dc:language>", "DuplicateSemantics"),
    ("rss", "<ttl>15</ttl>", "<textInput/>", "AvoidTextInput"),
    ("rss", "</item>\n</channel>", "</item>\n<copyright>us</copyright></channel>", "MisplacedItem"),
    ("rss", "en-GB", "english", "InvalidLanguage"),
    ("rss", "en-GB", "xx", "InvalidLanguage"),
    ("rss", "desk@quay.example (Mio Arai)", "Mio Arai", "InvalidContact"),
    ("rss", "desk@quay.example (Mio Arai)", "desk@quay.example", "MissingRealName"),
    ("rss", "Thu, 19 Mar 2026 09:00:00 GMT</pub", "Thu, 19 Mar 26 09:00:00 GMT</pub", "InvalidRFC2822Date"),
    ("rss", "Thu, 19 Mar 2026 09:00:00 GMT</pub", "Thu, 31 Feb 2026 09:00:00 GMT</pub", "InvalidRFC2822Date"),
    ("rss", "Thu, 19 Mar 2026 09:00:00 GMT</pub", "Fri, 19 Mar 2026 09:00:00 GMT</pub", "IncorrectDOW"),
    ("rss", "Thu, 19 Mar 2026 09:00:00 GMT</pub", "Fri, 19 Mar 2027 09:00:00 GMT</pub", "ImplausibleDate"),
    ("rss", "2026-03-19T09:00:00Z", "2026-03-19 09:00", "InvalidW3CDTFDate"),
    ("rss", 'rel="self"', 'rel="via"', "MissingSelf"),
    ("rss", 'rel="self" type="application/rss+xml"', 'rel="self"', "SelfNotAtom"),
    ("rss", "https://feeds.example/all", "https://feeds.example/other", "SelfDoesntMatchLocation"),
    ("rss", '<atom:link rel="self"', '<atom:link rel="hup" href="https://a.example"/><atom:link rel="self"', "UnregisteredAtomLinkRel"),
    ("rss", ' href="https://feeds.example/all"', "", "MissingHref"),
    ("rss", "<title>The Quay &#x26; Post</title>\n<link>https://quay.example/</link>\n<width>", "<title>Q</title>\n<link>https://quay.example/</link>\n<width>", "ImageTitleDoesntMatch"),
    ("rss", "<link>https://quay.example/</link>\n<width>", "<link>https://quay.example</link>\n<width>", "ImageLinkDoesntMatch"),
    ("rss", "icon.png", "icon.svg", "ImageUrlFormat"),
    ("rss", "<width>144", "<width>145", "InvalidWidth"),
    ("rss", "<description>Words</description>", "", "ItemMustContainTitleOrDescription"),
    ("rss", "https://quay.example/1</link>", "/1</link>", "InvalidFullLink"),
    ("rss", "https://quay.example/1</link>", "https://quay.example/港</link>", "InvalidFullLink"),
    ("rss", SECOND, "", "MissingGuid"),
    ("rss", SECOND, "<guid/>", "NotBlank"),
    ("rss", SECOND, "<guid>tag:quay.example,2026:2</guid>", "InvalidPermalink"),
    ("rss", SECOND, '<guid isPermaLink="no">https://quay.example/2</guid>', "InvalidBooleanAttribute"),
    ("rss", SECOND, '<guid isPermaLink="false">17</guid>', "NotSufficientlyUnique"),
    ("rss", SECOND, '<guid isPermaLink="false">tag:quay.example,2026-03-19:1</guid>', "DuplicateValue"),
    ("rss", "<dc:creator>", "<author>a@b.example (A)</author><dc:creator>", "DuplicateItemSemantics"),
    ("rss", "food and drink", "", "NotBlank"),
    ("rss", "R&amp;amp;D", "R&amp;D;", "NotHtml"),
    ("rss", "<p>A ", "<p>A <b><i></b></i>", "NotHtml"),
    ("rss", "<p>A ", "<p>A <blink>b</blink>", "NotHtml"),
    ("rss", "<p>A ", "<p>A <script>x</script>", "SecurityRisk"),
    ("rss", "<p>A ", '<p>A <iframe src="https://a.example"></iframe>', "SecurityRisk"),
    ("rss", "<p>A ", "<p onclick='x'>A ", "SecurityRiskAttr"),
    ("rss", "<p>A ", "<p style='color:red'>A ", "DangerousStyleAttr"),
    ("rss", "https://quay.example/up", "/up", "ContainsRelRef"),
    ("rss", "https://quay.example/b.jpg 2x", "b.jpg 2x", "ContainsRelRef"),
    ("rss", "<description>R&amp;amp;D is &amp;lt; 4</description>\n", "", "NeedDescriptionBeforeContent"),
    ("rss", "<enclosure", '<enclosure url="https://quay.example/b.jpg" length="1" type="image/jpeg"/><enclosure', "DuplicateEnclosure"),
    ("rss", ' length="12"', "", "MissingAttribute"),
    ("rss", 'length="12"', 'length="-1"', "InvalidNonNegativeInteger"),
    ("rss", 'length="12" type="image/jpeg"', 'length="12" type="jpeg"', "InvalidMIMEAttribute"),
    ("rss", '<enclosure url="https://quay.example', '<enclosure url="https://localhost', "InvalidURLAttribute"),
    ("rss", 'medium="image"', 'medium="picture"', "InvalidMediaMedium"),
    ("rss", 'medium="image"', 'size="image"', "UnexpectedAttribute"),
    ("rss", 'role="photographer"', 'role="snapper"', "InvalidCreditRole"),
    ("rss", "<media:title>Dawn", "<media:title>&lt;b&gt;Dawn&lt;/b&gt;", "ContainsUndeclaredHTML"),
    ("rss", "<media:title>", '<media:title type="text">', "InvalidMediaTextType"),
    ("rss", "</media:title>", "</media:title><media:title>b</media:title>", "DuplicateElement"),
    ("rss", "<media:content", "<media:group/><media:content", "MediaGroupWithoutAlternatives"),
    ("rss", "<dc:creator>Mio", '<atom:link rel="next" href="https://a.example/"/><dc:creator>Mio', "FeedHistoryRelInEntry"),
    ("atom", "<title>Two</title>\n", "", "RelaxNG"),
    ("atom", "<published>2026-03-18T09:00:00Z", "<published>2026-03-18", "RelaxNG"),
    ("atom", "<icon>", "<item/><icon>", "RelaxNG"),
    ("atom", "<author><name>港新聞</name></author>", "", "MissingElement"),
    ("atom", "<author><name>港新聞</name></author>", "<author><name> </name></author>", "NotBlank"),
    ("atom", "</entry>\n</feed>", "</entry>\n<rights>r</rights></feed>", "MisplacedMetadata"),
    ("atom", "xmlns:media", 'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media', "AvoidNamespacePrefix"),
    ("atom", "xmlns:media", 'xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns:media', "UnknownNamespace"),
    ("atom", "<id>https://quay.example/1", "<id>17", "InvalidFullLink"),
    ("atom", "<id>https://quay.example/1", "<id>https://Quay.example/1", "NonCanonicalURI"),
    ("atom", "<id>https://quay.example/1", "<id>https://quay.example", "NonCanonicalURI"),
    ("atom", "tag:quay.example,2026:2", "tag:Quay,26:2", "InvalidTAG"),
    ("atom", "urn:uuid:5a1f4e8e", "urn:uuid:5a1f", "InvalidURN"),
    ("atom", "tag:quay.example,2026:2", "https://quay.example/1", "DuplicateEntries"),
    ("atom", "2026-03-17T09:00:00Z", "2026-03-19T09:00:00Z", "DuplicateUpdated"),
    ("atom", "<updated>2026-03-19T09:00:00Z</updated>\n<author>", "<updated>2026-03-18T09:00:00Z</updated>\n<author>", "FeedOlderThanEntry"),
    ("atom", "<published>2026-03-18", "<published>2026-03-20", "UpdatedBeforePublished"),
    ("atom", "2026-03-17T09:00:00Z", "2027-03-17T09:00:00Z", "ImplausibleDate"),
    ("atom", "<content>Words</content>\n", "", "MissingContentOrAlternate"),
    ("atom", "<content>Words</content>", '<content src="https://a.example/" type="text/html"/>', "MissingSummary"),
    ("atom", "<content>Words</content>", "<content/>", "NotBlank"),
    ("atom", "Q&amp;A", "Q&amp;amp;A", "ContainsUndeclaredHTML"),
    ("atom", "Q&amp;A", "&lt;b&gt;Q&lt;/b&gt;", "ContainsUndeclaredHTML"),
    ("atom", "<p>A &amp; b</p>", "<p>A <b>b", "NotHtml"),
    ("atom", "<p>A &amp; b</p>", "<p>A<a href='#b'>b</a></p>", "ContainsRelRef"),
    ("atom", 'term="sea"', 'term=""', "NotBlank"),
    ("atom", 'xml:lang="ja"', 'xml:lang="jp"', "InvalidLanguage"),
    ("atom", '<link rel="alternate" type="text/html" href="https://quay.example/1"/>', '<link type="text/html" href="https://a.example/"/><link type="text/html" href="https://b.example/"/>', "DuplicateAtomLink"),
    ("atom", 'href="https://quay.example/港"/>', 'href="https://quay.example/ 港"/>', "InvalidLink"),
    ("atom", 'href="https://quay.example/港"/>', 'href="https://quay.example/">x</link>', "AtomLinkNotEmpty"),
    ("json", '"title": "Quay",', '"title": "Quay", "title": "Quay",', "NotJSON"),
    ("json", '"title": "Quay",', "", "Schema"),
    ("json", '"title": "Quay",', '"titel": "Quay", "title": "Quay",', "Schema"),
    ("json", '"id": "2"', '"id": 2', "Schema"),
    ("json", ', "content_text": "Words"', "", "Schema"),
    ("json", "2026-03-19T09:00:00Z", "2026-03-19", "Schema"),
    ("json", "version/1.1", "version/1", "Version"),
    ("json", '"home_page_url": "https://quay.example/",', "", "MissingElement"),
    ("json", "https://feeds.example/all", "https://feeds.example/other", "SelfDoesntMatchLocation"),
    ("json", '"language"', '"next_url": "https://feeds.example/all", "language"', "NextUrl"),
    ("json", '"url": "https://quay.example/2"', '"url": "/2"', "Schema"),
    ("json", '"url": "https://quay.example/2", ', "", "MissingElement"),
    ("json", '"id": "2"', '"id": "tag:quay.example,2026:1"', "DuplicateValue"),
    ("json", '"authors": [{"name": "Mio Arai"}]', '"author": {"name": "Mio Arai"}', "Deprecated"),
    ("json", '"name": "Mio Arai"', '"name": ""', "NotBlank"),
    ("json", '["sea"]', '[" "]', "NotBlank"),
    ("json", '"content_text": "Words"', '"content_text": " "', "NotBlank"),
    ("json", "<p>A &amp; b</p>", "<p>A &amp; b<img src='x.jpg'></p>", "ContainsRelRef"),
    ("json", "2026-03-19T09:00:00Z", "2027-03-19T09:00:00Z", "ImplausibleDate"),
    ("json", '"language": "en"', '"language": "english"', "InvalidLanguage"),
    ("json", "image/jpeg", "jpeg", "InvalidMIMEAttribute"),
    ("json", "Words", "Wo\ufffdrds", "BadCharacters"),
    ("sitemap", "sitemap/0.9", "sitemap/0.84", "UndefinedElement"),
    ("sitemap", "<loc>https://quay.example/1", "<loc>/1", "InvalidFullLink"),
    ("sitemap", "<loc>https://quay.example/1", "<loc>ftp://quay.example/1", "InvalidLink"),
    ("sitemap", "<loc>https://quay.example/1</loc>", "", "InvalidFullLink"),
    ("sitemap", "<lastmod>2026-03-20T09:00:00Z", "<lastmod>yesterday", "InvalidW3CDTFDate"),
    ("sitemap", "<loc>https://quay.example/1</loc>\n<lastmod>2026-03-20T09:00:00Z</lastmod>", "<lastmod>2026-03-20</lastmod><loc>https://quay.example/1</loc>", "UndefinedElement"),
    ("sitemap", "<news:name>The Quay</news:name>", "", "MissingElement"),
    ("sitemap", "<news:language>en", "<news:language>en-GB", "InvalidLanguage"),
    ("sitemap", "<news:title>One &amp; all</news:title>", "", "MissingTitle"),
    ("sitemap", "2026-03-19T09:00:00+09:00", "2026-03-18T09:00:00Z", "TooOld"),
    ("sitemap", "2026-03-19T09:00:00+09:00", "2026-03-21T09:00:00Z", "ImplausibleDate"),
    ("sitemap", "<news:title>", "<news:access>Free</news:access><news:title>", "UndefinedElement"),
    ("sitemap", "<news:title>", "<news:title>x</news:title><news:title>", "DuplicateElement"),
    ("sitemap", "xmlns:news", 'xmlns:x="https://x.example" xmlns:news', "UnknownNamespace"),
    ("ninjs", '"uri": "tag:quay.example,2026:1", ', "", "Schema"),
    ("ninjs", '"uri": "tag:quay.example,2026:1"', '"uri": "17"', "InvalidFullLink"),
    ("ninjs", '"type": "text"', '"type": "article"', "Schema"),
    ("ninjs", '"pubStatus": "usable"', '"pubStatus": "cancelled"', "Schema"),
    ("ninjs", '"urgency": 3', '"urgency": 0', "Schema"),
    ("ninjs", '"by"', '"byline"', "Schema"),
    ("ninjs", '{"value": "One"}', '"One"', "Schema"),
    ("ninjs", '{"value": "One"}', '{"text": "One"}', "Schema"),
    ("ninjs", '"name": "main", ', "", "Schema"),
    ("ninjs", '"width": 12', '"width": "12"', "Schema"),
    ("ninjs", '"linkedRights": "https://quay.example/rights"', '"langId": "https://a.example/"', "Schema"),
    ("ninjs", '"name": "a",\n', "", "Schema"),
    ("ninjs", "2026-03-19T09:00:00Z", "2026-03-19", "InvalidRFC3339Date"),
    ("ninjs", "<p>A</p>", "<script>A</script>", "SecurityRisk"),
    ("ninjs", '"language": "en"', '"language": "xx"', "InvalidLanguage"),
]  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_document_draws_nothing(kind: str) -> None:
    """A document that keeps every rule draws neither error nor warning."""
    assert faults(GOOD[kind].encode(), kind, now=NOW, address=ADDRESS) == []


@pytest.mark.parametrize(("kind", "good", "bad", "rule"), BROKEN)
def test_every_rule_finds_what_breaks_it(kind: str, good: str, bad: str, rule: str) -> None:
    """A document that breaks one rule draws that rule's fault."""
    broken = GOOD[kind].replace(good, bad, 1)
    assert broken != GOOD[kind]
    assert rule in {each.partition(":")[0] for each in faults(broken.encode(), kind, now=NOW, address=ADDRESS)}


def test_bytes_that_are_no_document_are_told_of() -> None:
    """Bytes that are no XML or JSON at all draw one fault rather than an exception."""
    for kind in GOOD:
        assert faults(b"\xff\x00 no document", kind, now=NOW) != []
