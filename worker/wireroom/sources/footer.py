"""What an outlet appends to its wire text: recognised from the end upward, cut off, and kept as data.

Modern Tokyo News is part of the Modern Tokyo Times group          the group
https://moderntokyonews.com Modern Tokyo News – Tokyo News         a link, its label on either side
PLEASE JOIN ON TWITTER                                             an invitation
https://twitter.com/MTT_News Modern Tokyo Times                    an account
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wireroom.model.article import Account, Footer, Link
from wireroom.sources.accounts import account_of, depth, is_platform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireroom.sources.outlets import Outlets

_URL = re.compile(r"(?:https?://|www\.|(?:twitter|x|facebook)\.com/)[^\s<>\"“”「」『』（）、。，：；]+", re.IGNORECASE)
_GROUP = re.compile(r"(.{1,80}?) is (?:an? )?(?:part|member) of (?:the )?(.{1,80}?)(?: group)?\.?", re.IGNORECASE)
_PLATFORM = r"(?:twitter|facebook|instagram|threads|linkedin|youtube|bluesky|mastodon|telegram|tiktok|x)"
_JOIN = re.compile(
    rf"(?:please,? )?(?:join|follow|like|find|connect with)(?: (?:us|me|our page|{{name}}))?(?: (?:on|at|via))? "
    rf"(?P<platform>{_PLATFORM})(?:[ ,/&(]+(?:and |or |formerly |previously |now )?{_PLATFORM}\)?)*[ :.!–—-]*"
    r"(?P<rest>(?:https?://|www\.|@).*)?".replace("{name}", r"[\w ]{1,40}?"),
    re.IGNORECASE,
)
_JOIN_JA = re.compile(r"(?:X|Twitter|ツイッター|Facebook|フェイスブック)(?:で|を|の)?フォロー.{0,12}", re.IGNORECASE)
_BARE = re.compile(r"(?<!\S)(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?(?!\S)", re.IGNORECASE)
_HANDLE = re.compile(r"@(\w{1,15})(?:\s+(.{1,80}))?")
_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright\b).{1,120}", re.IGNORECASE)
_LONGEST = 400  # characters of a footer's line
_RULE = re.compile(r"[-–—_=*·•\s]{3,}")
_DASHES = "–—-:|‐‑‒―−－ｰ"
_SEPARATORS = f" \t·•<>(){_DASHES}"
_SENTENCE = re.compile(r"[.!?。！？…][\"”’」』)]*$|[.!?][\"”’)]* [A-Z]|。")
_END = re.compile(r"[.!?。！？…][\"”’」』)]*$")
_QUOTED = re.compile(r"[“\"‘'「『].*[”\"’'」』]")
_REFERENCE = re.compile(
    r"(?:sources?|see|read|photo|image|picture|video|watch|more|via|visit|details|references?|data|related|earlier)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing the footer says. `sure` items make a run of lines a footer; the others only stand within one."""

    line: str
    sure: bool
    link: Link | None = None
    account: Account | None = None
    group: str = ""


def split(lines: Sequence[str], outlets: Outlets) -> tuple[int, Footer]:
    """Where the footer of `lines` begins (an index; `len(lines)` where there is none), and what it says.

    Lines are read from the last upward, up to the first that is none of the footer's. A sentence that has an address
    or a platform's name in it is body and stays.
    """
    run: list[tuple[int, _Item]] = []
    index = len(lines) - 1
    while index >= 0:
        if not lines[index].strip():
            index -= 1
            continue
        found = _recognise(lines, index, outlets, run[-1][1] if run else None)
        if found is None:
            break
        run.append(found)
        index = found[0] - 1
    if run and _runs_on(lines, *run[-1], outlets):
        run.pop()
    if not any(item.sure for _, item in run):
        return len(lines), Footer()
    return run[-1][0], _footer([item for _, item in reversed(run)])


def _runs_on(lines: Sequence[str], begin: int, item: _Item, outlets: Outlets) -> bool:
    """Whether the line at `begin` is the last of a sentence wrapped by hand: an address or a name and no more."""
    above = lines[begin - 1].strip() if begin else ""
    weak = not item.sure or _URL.fullmatch(item.line) is not None or outlets.by_name(item.line) is not None
    last = begin + 1 == len(lines) or not lines[begin + 1].strip()
    return weak and last and bool(above) and _END.search(above) is None


def _footer(items: Sequence[_Item]) -> Footer:
    return Footer(
        lines=tuple(item.line for item in items),
        links=tuple(dict.fromkeys(item.link for item in items if item.link)),
        accounts=tuple(dict.fromkeys(item.account for item in items if item.account)),
        group=next((item.group for item in items if item.group), ""),
    )


def _recognise(lines: Sequence[str], index: int, outlets: Outlets, below: _Item | None) -> tuple[int, _Item] | None:
    """The item that ends at line `index`, and the line it begins at: address and label may stand on two lines."""
    line = " ".join(lines[index].split())
    at = _last_before(lines, index)
    above = " ".join(lines[at].split()) if at >= 0 else ""
    if len(line) > _LONGEST:
        return None
    if 0 < len(above) <= _LONGEST and _pairs(above, line, outlets, tight=at == index - 1):
        paired = _link(f"{above} {line}", outlets)
        if paired and paired.sure:
            return at, paired
    item = _classify(line, outlets, below, invited=_JOIN.fullmatch(_plain(above)) is not None)
    if item is None and at == index - 1 and 0 < len(above) <= _LONGEST and _group(f"{above} {line}", outlets):
        return at, _Item(f"{above} {line}", sure=True, group=_group(f"{above} {line}", outlets))
    return (index, item) if item else None


def _pairs(above: str, line: str, outlets: Outlets, *, tight: bool) -> bool:
    """Whether two lines may be one: an address alone and its label, or a label that runs on.

    Across a blank line (not `tight`) only an address and a label of which one names a publication are.
    """
    first, second = _URL.search(above), _URL.search(line)
    found, label = first or second, line if first else above
    if found is None or (first and second) or _says_more(label, outlets):
        return False
    alone = found[0] == (above if first else line)
    if not tight and not (alone and _titled(label) and (outlets.has_host(found[0]) or outlets.named_in(label))):
        return False
    return found.start() == 0 if first else alone and _titled(above)


def _says_more(label: str, outlets: Outlets) -> bool:
    """Whether a line is a whole item of a footer by itself and no label."""
    plain = _plain(label)
    return bool(_JOIN.fullmatch(plain) or _COPYRIGHT.fullmatch(plain) or _group(plain, outlets))


def _plain(line: str) -> str:
    """A line with full-width letters made plain ones."""
    return unicodedata.normalize("NFKC", line)


def _last_before(lines: Sequence[str], index: int) -> int:
    """The line before `index` that is not blank, -1 where there is none."""
    return next((at for at in range(index - 1, -1, -1) if lines[at].strip()), -1)


def _classify(line: str, outlets: Outlets, below: _Item | None, *, invited: bool) -> _Item | None:
    if _RULE.fullmatch(line):
        return _Item(line, sure=False)
    if join := _JOIN.fullmatch(_plain(line)) or _JOIN_JA.fullmatch(line):
        return _invitation(line, join, outlets)
    if group := _group(line, outlets):
        return _Item(line, sure=True, group=group)
    if handle := _HANDLE.fullmatch(line):
        return _Item(line, sure=invited, account=Account("x", handle[1], f"https://x.com/{handle[1]}"))
    if _COPYRIGHT.fullmatch(line):
        return _Item(line, sure=True)
    if linked := _link(line, outlets, invited=invited):
        return linked
    if outlets.by_name(line):
        return _Item(line, sure=invited or bool(below and (below.link or below.account)))
    return None


def _invitation(line: str, join: re.Match[str], outlets: Outlets) -> _Item:
    rest = join.groupdict().get("rest") or ""
    handle = _HANDLE.fullmatch(rest)
    if handle and join["platform"].lower() in ("x", "twitter"):
        return _Item(line, sure=True, account=Account("x", handle[1], f"https://x.com/{handle[1]}"))
    linked = _link(rest, outlets, invited=True) if rest else None
    return _Item(line, sure=True, link=linked.link if linked else None, account=linked.account if linked else None)


def _group(line: str, outlets: Outlets) -> str:
    """Y of "X is part of the Y group", where X or Y is one of ours or both are proper names."""
    match = _GROUP.fullmatch(line)
    if match is None or _SENTENCE.search(line[:-1]):
        return ""
    ours = outlets.by_name(match[1]) or outlets.by_name(match[2])
    proper = line.casefold().endswith(" group") and _proper(match[1]) and _proper(match[2])
    return match[2].strip() if ours or proper else ""


def _proper(name: str) -> bool:
    words = name.split()
    return len(words) <= 8 and all(not word[0].islower() for word in words)


def _link(line: str, outlets: Outlets, *, invited: bool = False) -> _Item | None:
    """An address with its label before it, behind it, or without one; None where the line is a sentence."""
    matches = list(_URL.finditer(line)) or _bare(line, outlets)
    if len(matches) != 1:
        return None
    url, begin, end = _whole(matches[0][0]), matches[0].start(), matches[0].end()
    label = f"{line[:begin].strip(_SEPARATORS)} {line[end:].strip(_SEPARATORS)}".strip()
    if _END.search(line):
        label = label.removesuffix(".")
        if begin or not (outlets.has_host(url) and _titled(label)):
            return None
    dashed = line[end:].lstrip()[:1] in _DASHES if label else False
    account = account_of(url)
    home = bool(account) or outlets.has_host(url) or (is_platform(url) and depth(url) == 1)
    if not _is_link(label, url_first=begin == 0, home=home, root=depth(url) == 0, dashed=dashed, invited=invited):
        return None
    sure = home or invited or bool(label)
    return _Item(line, sure=sure, account=account, link=None if account else Link(url, label))


def _bare(line: str, outlets: Outlets) -> list[re.Match[str]]:
    """Addresses of publications written without `https://`, at either end of the line."""
    found = [match for match in _BARE.finditer(line) if outlets.has_host(f"https://{match[0]}")]
    return [match for match in found if match.start() == 0 or match.end() == len(line)]


def _is_link(label: str, *, url_first: bool, home: bool, root: bool, dashed: bool, invited: bool) -> bool:
    if not label:
        return home or root or invited
    if len(label) > 120 or _SENTENCE.search(label):
        return False
    if url_first:
        return _titled(label) or (root and (dashed or home) and len(label.split()) <= 12)
    return (home or root) and _titled(label) and not _REFERENCE.match(label)


def _titled(label: str) -> bool:
    """Whether words are a label and not a sentence: few, most of them capitalised, no full stop."""
    words = [word for word in (raw.strip("“”‘’\"'()[]–—-&|:,") for raw in label.split()) if word]
    if not words or len(words) > 16 or _SENTENCE.search(label) or words[0][0].islower() or _QUOTED.fullmatch(label):
        return False
    return sum(not word[0].islower() for word in words) >= 0.4 * len(words)


def _whole(url: str) -> str:
    bare = url.rstrip(".,;:!?)")
    return bare if bare.lower().startswith("http") else f"https://{bare}"
