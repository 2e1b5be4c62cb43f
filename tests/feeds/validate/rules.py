"""Rules that several formats share: dates, addresses, languages, HTML in fields, names of XML."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from html.entities import name2codepoint
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import html5lib
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


Element = Any  # lxml has no types of its own

LANGUAGES = words(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
"""ISO 639-1."""

_TAG = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-([A-Za-z\d]{5,8}|\d[A-Za-z\d]{3}))*"
    r"(-[A-WY-Za-wy-z\d](-[A-Za-z\d]{2,8})+)*(-x(-[A-Za-z\d]{1,8})+)?"
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//)?[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#\[\]]+")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f-\x9f]+")
_TAG_URI = re.compile(r"tag:([a-z0-9\-._]+@)?[a-z0-9.\-]+,\d{4}(-\d\d(-\d\d)?)?:[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#]*")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:([A-Za-z0-9()+,.:=@;$_!*'\-/]|%[0-9A-Fa-f]{2})+")
_RFC822 = re.compile(
    r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d(:\d\d)? ([+-]\d\d[0-5]\d|UT|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|Z)"
)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MIME = re.compile(r"[^\s()<>,;:\\\"/\[\]?=]+/[^\s()<>,;:\\\"/\[\]?=]+(\s*;\s*[^\s=;]+=(\"[^\"]*\"|[^\s;\"]+))*")

NAMESPACES = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://search.yahoo.com/mrss/": "media",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://backend.userland.com/creativeCommonsRssModule": "creativeCommons",
    "http://web.resource.org/cc/": "cc",
    "http://www.georss.org/georss": "georss",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
"""Namespaces the W3C validator knows, with the prefix it holds for usual; those a news feed may come by."""


class Told:
    """What the looker was told: the time, and where the document was fetched."""

    def __init__(self, now: datetime | None, address: str) -> None:
        self.now, self.address = now or datetime.now(UTC), address


def parsed(document: bytes) -> tuple[Element, list[str]]:
    """The root of an XML document, None where it is not well-formed, and the faults of its form."""
    found = []
    head = document[:200].lower()
    if document[:5] != b"<?xml":
        found.append("WPBlankLine: document: it does not begin with the XML declaration")
    if b'encoding="utf-8"' not in head:
        found.append("NotUTF8: document: the declaration names no utf-8")
    if b"<!doctype" in document.lower()[:1000]:
        found.append("InvalidDoctype: document: it has a document type")
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        return None, [*found, f"SAXError: document: {error}"]
    return root, found + list(_names(root)) + list(_characters(root))


def _names(root: Element) -> Iterator[str]:
    """Namespaces known, under the prefix that is usual."""
    atom = root.tag == "{http://www.w3.org/2005/Atom}feed"
    declared = {pair for each in root.iter(etree.Element) for pair in each.nsmap.items()}
    for prefix, uri in sorted(declared, key=str):
        usual = NAMESPACES.get(uri)
        if usual is None:
            near = [known for known in NAMESPACES if known.rstrip("/") == uri.rstrip("/")]
            yield f"{'MediaRssNamespace' if near else 'UnknownNamespace'}: xmlns:{prefix}: {uri}"
        elif prefix and prefix != usual:
            yield f"NonstdPrefix: xmlns:{prefix}: {uri} usually is {usual}"
        elif atom and prefix in ("atom", "xhtml"):
            yield f"AvoidNamespacePrefix: xmlns:{prefix}: readers of Atom stumble over it"


def _characters(root: Element) -> Iterator[str]:
    """No character that stands for a mistake in decoding: C1 controls and U+FFFD."""
    for each in root.iter(etree.Element):
        said = "".join([each.text or "", each.tail or "", *each.attrib.values()])
        if re.search("[\x80-\x9f\ufffd]", said):
            yield f"BadCharacters: {name(each)}: {said[:40]!r}"


def name(element: Element) -> str:
    """An element's name for people: with its usual prefix."""
    space, _, local = element.tag.rpartition("}")
    prefix = NAMESPACES.get(space[1:], "")
    return f"{prefix}:{local}" if prefix and element.prefix else local


def language(where: str, value: str) -> Iterator[str]:
    """RFC 5646, and the language one that ISO 639 has."""
    primary = value.split("-")[0].lower()
    if not _TAG.fullmatch(value) or (len(primary) == 2 and primary not in LANGUAGES):
        yield f"InvalidLanguage: {where}: {value!r}"


def uri(where: str, value: str, *, iri: bool = False, message: str = "InvalidFullLink") -> Iterator[str]:
    """An absolute URI (RFC 3986), or IRI (RFC 3987)."""
    scheme = value.partition(":")[0].lower()
    if scheme == "tag":
        wrong, message = not _TAG_URI.fullmatch(value), "InvalidTAG"
    elif scheme == "urn":
        uuid = value.lower().startswith("urn:uuid:")
        wrong, message = not (_UUID if uuid else _URN).fullmatch(value.lower()), "InvalidURN"
    else:
        wrong = not (_IRI if iri else _URI).fullmatch(value)
        wrong = wrong or (scheme in ("http", "https") and not urlsplit(value).hostname)
    if wrong:
        yield f"{message}: {where}: {value!r}"


def canonical(where: str, value: str) -> Iterator[str]:
    """RFC 4287, 4.2.6.1: an id in the one form that every spelling of it has (NonCanonicalURI)."""
    scheme, _, rest = value.partition(":")
    wrong = scheme != scheme.lower() or bool(re.search(r"%[0-9A-F]*[a-f]", value))
    if rest.startswith("//"):
        authority, _, path = rest[2:].partition("/")
        wrong = wrong or authority != authority.lower() or (not path and not rest.endswith("/"))
        wrong = wrong or bool(re.search(r":(80|443)?$", authority) or re.search(r"(^|/)\.{1,2}(/|$)", path))
    if wrong or value != value.strip():
        yield f"NonCanonicalURI: {where}: {value!r}"


def web_address(where: str, value: str) -> Iterator[str]:
    """An address on the web, with a host that has a dot (httpURL)."""
    if not re.match(r"https?://([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(:\d+)?(/|$)", value) or not _URI.fullmatch(value):
        yield f"InvalidURLAttribute: {where}: {value!r}"


def media_type(where: str, value: str) -> Iterator[str]:
    """A media type."""
    if not _MIME.fullmatch(value):
        yield f"InvalidMIMEAttribute: {where}: {value!r}"


def number(where: str, value: str, *, least: int = 0) -> Iterator[str]:
    """A whole number."""
    if not re.fullmatch(r"\d+", value) or int(value) < least:
        yield f"InvalidNonNegativeInteger: {where}: {value!r}"


def rfc822(where: str, value: str, told: Told) -> Iterator[str]:
    """RFC 822 with a year of four digits, its day of the week right, and not in the future."""
    if not _RFC822.fullmatch(value):
        yield f"InvalidRFC2822Date: {where}: {value!r}"
        return
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        yield f"InvalidRFC2822Date: {where}: {value!r}"
        return
    if "," in value and value[:3] != calendar.day_abbr[moment.weekday()]:
        yield f"IncorrectDOW: {where}: {value!r}"
    yield from _plausible(where, value, moment if moment.tzinfo else moment.replace(tzinfo=UTC), told)


def rfc3339(where: str, value: str, told: Told, *, message: str = "InvalidRFC3339Date") -> Iterator[str]:
    """RFC 3339, and not in the future."""
    try:
        moment = datetime.fromisoformat(value) if _RFC3339.fullmatch(value) else None
    except ValueError:
        moment = None
    if moment is None:
        yield f"{message}: {where}: {value!r}"
    else:
        yield from _plausible(where, value, moment, told)


def w3c_date(where: str, value: str, told: Told) -> Iterator[str]:
    """A W3C date or time, and not in the future."""
    if re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", value):
        return
    yield from rfc3339(where, re.sub(r"(T\d\d:\d\d)(?=Z|[+-])", r"\1:00", value), told, message="InvalidW3CDTFDate")


def _plausible(where: str, value: str, moment: datetime, told: Told) -> Iterator[str]:
    if moment.year < 1990 or moment > told.now + timedelta(minutes=10):
        yield f"ImplausibleDate: {where}: {value!r}"


# ---- HTML in fields

_ELEMENTS = words(
    "a abbr address area article aside audio b bdi bdo big blockquote br button canvas caption center cite code col "
    "colgroup data datalist dd del details dfn dialog div dl dt em fieldset figcaption figure footer font form h1 h2 "
    "h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li main map mark menu meter nav noscript ol "
    "optgroup option output p picture pre progress q rp rt ruby s samp section select small source span strike strong "
    "sub summary sup table tbody td template textarea tfoot th thead time tr track tt u ul var video wbr"
)
_UNSAFE = words(
    "applet base basefont body embed frame frameset head html iframe link meta noframes object param plaintext script "
    "style title xmp"
)
_ATTRIBUTES = words(
    "abbr accept action align alt autoplay border cellpadding cellspacing charset checked cite class clear color cols "
    "colspan controls crossorigin datetime decoding default dir disabled download enctype for frame headers height "
    "hidden high href hreflang hspace id ismap itemid itemprop itemref itemscope itemtype kind label lang list loading "
    "loop low max maxlength media method min multiple muted name nowrap open optimum pattern placeholder playsinline "
    "poster preload readonly referrerpolicy rel required rev reversed rows rowspan rules scope selected shape size "
    "sizes span spellcheck src srclang srcset start step summary tabindex target title translate type usemap valign "
    "value vspace width wrap"
)
_ADDRESSES = frozenset({"href", "src", "poster", "cite", "longdesc", "background"})
_NAMED = re.compile(r"&(#?\w+)")
_CLOSING = re.compile(r"</(\w+)>")


@lru_cache(maxsize=20_000)
def html_faults(value: str) -> tuple[str, ...]:
    """What is wrong with HTML in a feed (safeHtml): form (NotHtml), danger (SecurityRisk…), ContainsRelRef."""
    parser = html5lib.HTMLParser()
    tree = parser.parseFragment(value)
    found = [f"NotHtml: {code} at {place}" for place, code, _ in parser.errors]
    for each in tree.iter():
        if isinstance(each.tag, str) and each.tag != "DOCUMENT_FRAGMENT":
            found += _element(each.tag.rpartition("}")[2], each.attrib)
    return tuple(found)


def html(where: str, value: str) -> Iterator[str]:
    """`html_faults` of a field."""
    for each in html_faults(value):
        rule, _, what = each.partition(": ")
        yield f"{rule}: {where}: {what}"


def _element(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    if tag in _UNSAFE:
        yield f"SecurityRisk: <{tag}>"
    elif tag not in _ELEMENTS:
        yield f"NotHtml: <{tag}> is no element of HTML"
    for key, value in attributes.items():
        if key == "style":
            yield f"DangerousStyleAttr: <{tag} style={value!r}>"
        elif key not in _ATTRIBUTES and not key.startswith("data-"):
            yield f"SecurityRiskAttr: <{tag} {key}>"
        relative = [each for each in _addresses(key, value) if not re.match(r"\w+:", each)]
        yield from (f"ContainsRelRef: <{tag} {key}={each!r}>" for each in relative)


def _addresses(key: str, value: str) -> list[str]:
    if key == "srcset":
        return [each.split()[0].strip(",") for each in re.split(r",\s+", value) if each.strip()]
    return [value.strip()] if key in _ADDRESSES else []


def plain(where: str, element: Element, lines: list[bytes], *, message: str = "ContainsHTML") -> Iterator[str]:
    """Plain text that no reader could take for HTML (nonhtml; RSS profile, "Character data").

    As in the W3C validator, `&#x` on the source's line says that the writer knows what it does.
    """
    value = (element.text or "").strip()
    start = element.sourceline - 1
    knows = any(b"&#x" in line for line in lines[start : start + 1 + value.count("\n")])
    closing = [tag for tag in _CLOSING.findall(value) if tag.lower() in _ELEMENTS | _UNSAFE]
    entities = [
        each for each in _NAMED.findall(value) if each in name2codepoint or each == "apos" or not each.isalpha()
    ]
    if closing:
        yield f"{message}: {where}: </{closing[0]}>"
    elif entities and not knows:
        yield f"{message}: {where}: &{entities[0]}"
    elif message == "ContainsHTML" and not knows and re.search(r"&#[x0-9]|<[/a-zA-Z]", value):
        yield f"CharacterData: {where}: {value[:60]!r}"


def links(element: Element, told: Told, kinds: tuple[str, ...]) -> Iterator[str]:
    """The `link` elements of Atom below one element: relations, addresses, types; in a feed's head `self` as well."""
    place = name(element)
    seen: set[tuple[str, str]] = set()
    found = element.findall("{http://www.w3.org/2005/Atom}link")
    for link in found:
        rel, href, kind = link.get("rel", "alternate"), link.get("href", ""), link.get("type", "")
        yield from _link(f"{place}/link[{rel}]", rel, href, kind, in_head=place in ("feed", "channel"))
        key = (kind, link.get("hreflang", ""))
        if rel == "alternate" and key in seen:
            yield f"DuplicateAtomLink: {place}: two alternates of type {kind!r}"
        seen |= {key} if rel == "alternate" else set()
        if link.get("length") is not None:
            yield from number(f"{place}/link/@length", link.get("length"))
        if (link.text or "").strip():
            yield f"AtomLinkNotEmpty: {place}: a link with text"
    if place not in ("feed", "channel"):
        return
    own = [link for link in found if link.get("rel") == "self"]
    if len(own) != 1:
        yield f"MissingSelf: {place}: {len(own)} links rel=self"
    for link in own:
        if link.get("type", "").split(";")[0] not in kinds:
            yield f"SelfNotAtom: {place}: the type of self is {link.get('type')!r}"
        if told.address and link.get("href") != told.address:
            yield f"SelfDoesntMatchLocation: {place}: {link.get('href')} was fetched from {told.address}"


_RELATIONS = words(
    "alternate current describedby edit edit-media enclosure first hub last license next next-archive payment "
    "prev-archive previous related replies search self service up via"
)
_HISTORY = words("current first last next next-archive prev-archive previous")


def _link(where: str, rel: str, href: str, kind: str, *, in_head: bool) -> Iterator[str]:
    if rel not in _RELATIONS and not _URI.fullmatch(rel):
        yield f"UnregisteredAtomLinkRel: {where}"
    if rel in _HISTORY and not in_head:
        yield f"FeedHistoryRelInEntry: {where}"
    if not href:
        yield f"MissingHref: {where}"
    else:
        yield from uri(where, href, iri=True, message="InvalidLink")
    if kind:
        yield from media_type(where, kind)
