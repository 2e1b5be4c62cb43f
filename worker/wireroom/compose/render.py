"""An article through a template becomes a post that fits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from wireroom.compose.hashtags import Hashtags, hashtags, one_cashtag
from wireroom.compose.links import address, once, without
from wireroom.compose.text import clean, shorten, tidy, weigh
from wireroom.model.errors import ArticleError, Problem, SettingsError
from wireroom.model.post import Post

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wireroom.compose.templates import Compiled
    from wireroom.model.article import Article
    from wireroom.model.channel import Kind
    from wireroom.model.destination import Destination
    from wireroom.model.publication import Publication

_LEAST_SUMMARY = 30  # a summary cut shorter than this (in the measure of the post) says nothing and is left out
_LEAST_HEADLINE = 3
_LONGEST_PART = 100_000  # characters of a headline or a summary that are looked at, on any platform
_LONGEST_BODY = 50_000  # characters of the body in which names are looked for


class Templates:
    """The templates below `folders`, in order of precedence: the newsroom's own first, those shipped last."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)

    @cached_property
    def _compiled(self) -> Compiled:
        from wireroom.compose.templates import Compiled  # Jinja2 takes 70 ms to import; most commands render nothing

        return Compiled(self.folders)

    def draw(self, name: str, *, wanted_by: str = "template", **values: object) -> str:
        """The text of template `name` with `values`, as the template wrote it.

        Raises `SettingsError` with file and line for a template that is missing, broken, or without end.
        """
        return self._compiled.draw(name, values, wanted_by)

    def check(self, name: str, wanted_by: str = "template") -> None:
        """Raises `SettingsError` when template `name` is missing or does not parse."""
        self._compiled.get(name, wanted_by)


@dataclass(frozen=True, slots=True)
class Addressee:
    """What a template may know of a destination: never its options or secrets."""

    name: str
    channel: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What a post is made of, and can be made smaller by: hashtags first, then the summary, then the headline."""

    headline: str
    summary: str
    hashtags: Hashtags


def render(
    article: Article, destination: Destination, publication: Publication, kind: Kind, *, key: str, templates: Templates
) -> Post:
    """The post of `article` for `destination`, frozen: its text fits `kind.limit` and is NFC.

    The link stands in the text exactly once, or not at all when it travels beside it. Kinds measured "none" carry
    the article itself. Raises `SettingsError` for a template that is broken, and `ArticleError` for a link too long
    for the platform.
    """
    link = article.url if kind.measure == "none" else address(article.url)
    name = destination.template or kind.template
    if name:
        drawn = _Fitting(article, destination, publication, kind, templates, name, link).fitted()
    else:
        drawn = _Drawn(clean(article.title), kind.measure)
    return Post(
        key=key,
        uid=article.uid,
        revision=article.revision,
        destination=destination.name,
        channel=kind.name,
        title=clean(article.title),
        text=drawn.text,
        link=link,
        weight=drawn.weight,
        limit=kind.limit,
        picture=article.picture,
        language=article.language,
        article=article if kind.measure == "none" else None,
    )


class _Drawn:
    """A finished text and its weight."""

    def __init__(self, text: str, measure: str) -> None:
        self.text, self.weight = text, weigh(text, measure)


class _Fitting:
    """One article, one destination, one template: the fullest text that fits."""

    def __init__(
        self,
        article: Article,
        destination: Destination,
        publication: Publication,
        kind: Kind,
        templates: Templates,
        name: str,
        link: str,
    ) -> None:
        self.article, self.kind, self.templates, self.name, self.link = article, kind, templates, name, link
        self.wanted_by = f"destinations.{destination.name}.template"
        self.values = {
            "article": article,
            "publication": publication,
            "destination": Addressee(destination.name, destination.channel),
            "link": link,
        }

    def fitted(self) -> _Drawn:
        """The fullest text that fits, parts given up in their order."""
        parts = self.parts()
        drawn = self.draw(parts)
        while parts.hashtags and not self.fits(drawn):
            parts = replace(parts, hashtags=Hashtags(parts.hashtags[:-1]))
            drawn = self.draw(parts)
        for field, least in (("summary", _LEAST_SUMMARY), ("headline", _LEAST_HEADLINE)):
            if self.fits(drawn):
                return drawn
            parts, drawn = self.squeeze(parts, drawn, field, least)
        if not self.fits(drawn):
            self.fail(drawn)
        return drawn

    def parts(self) -> Parts:
        """Headline, summary and hashtags, cleaned, the link taken out of them."""
        headline, summary = self.words(self.article.title), self.words(self.article.summary)
        return Parts(headline, "" if summary == headline else summary, hashtags(self.article.tags))

    def words(self, text: str) -> str:
        """`text` cleaned, without the link in any form."""
        return without(without(clean(text[:_LONGEST_PART]), self.link), self.article.url)

    def draw(self, parts: Parts) -> _Drawn:
        """The finished text with `parts`: what is weighed is what goes out."""
        text = self.templates.draw(
            self.name,
            wanted_by=self.wanted_by,
            headline=parts.headline,
            summary=parts.summary,
            hashtags=parts.hashtags,
            **self.values,
        )
        text = tidy(text)
        text = without(text, self.link) if self.kind.link_beside else once(text, self.link)
        if self.kind.measure == "x" and "$" in text:
            text = one_cashtag(text)
        return _Drawn(text, self.kind.measure)

    def fits(self, drawn: _Drawn) -> bool:
        return not self.kind.limit or drawn.weight <= self.kind.limit

    def squeeze(self, parts: Parts, drawn: _Drawn, field: str, least: int) -> tuple[Parts, _Drawn]:
        """`parts` with `field` as long as fits, or empty, and what they make.

        Nearly always the first guess is right; a template that says a part twice, or changes it, takes a search.
        """
        full: str = getattr(parts, field)
        most = weigh(full, self.kind.measure)
        guess = most - (drawn.weight - self.kind.limit)
        low, high, room = least, most - 1, max(guess, least)
        best: tuple[Parts, _Drawn] | None = None
        while low <= room <= high:
            smaller = _with(parts, field, self.shorter(full, room, field))
            drawn = self.draw(smaller)
            if self.fits(drawn):
                best, low = (smaller, drawn), room + 1
            else:
                high = room - 1
            if room == (guess if best else least):
                break
            room = (low + high) // 2
        without_it = _with(parts, field, "")
        return best or (without_it, self.draw(without_it))

    def shorter(self, full: str, room: int, field: str) -> str:
        return shorten(
            full,
            room,
            self.kind.measure,
            names=self.names,
            language=self.article.language,
            at_sentence=field == "summary",
        )

    def names(self) -> Iterable[str]:
        """Names that must not be cut: the authors', and those in the running text, where capitals mean something."""
        from wireroom.compose.breaks import names

        return (*self.article.authors, *names(self.article.text[:_LONGEST_BODY]))

    def fail(self, drawn: _Drawn) -> None:
        """Say why nothing fits: the link, or the template's own words."""
        limit, weight = self.kind.limit, weigh(self.link, self.kind.measure)
        if weight > limit and not self.kind.link_beside:
            shown = shorten(self.link, 60, "characters")
            raise ArticleError(shown, f"the address weighs {weight}, and a post on {self.kind.name} takes {limit}")
        found = f"`{self.name}` weighs {drawn.weight} with headline, summary and hashtags left out"
        raise SettingsError([Problem(self.wanted_by, found, f"at most {limit} for {self.kind.name}")])


def _with(parts: Parts, field: str, text: str) -> Parts:
    """`parts` with `text` as its summary or headline."""
    return replace(parts, summary=text) if field == "summary" else replace(parts, headline=text)
