"""The outlets of the settings."""

from __future__ import annotations

from wireroom.model.publication import Publication
from wireroom.settings import values
from wireroom.settings.table import Table


def publications(table: Table, timezone: str) -> tuple[Publication, ...]:
    """Read every [publications.KEY]; `timezone` is the newsroom's, for those that name none."""
    found = tuple(_publication(key, each, timezone) for key, each in table.named("publication").items())
    if not found:
        table.report(None, "there is none", "at least one outlet is needed: [publications.KEY] with name and url")
    _ambiguous(found, table)
    return found


def _publication(key: str, table: Table, timezone: str) -> Publication:
    publication = Publication(
        key=key,
        name=table.need("name", values.text, key),
        url=table.need("url", values.url, "https://invalid"),
        language=table.get("language", values.language, "en"),
        timezone=table.get("timezone", values.zone, timezone),
        permalink=table.get("permalink", values.permalink, ""),
        aliases=table.get("aliases", values.texts, ()),
        description=table.get("description", values.note, ""),
        rights=table.get("rights", values.note, ""),
        license=table.get("license", values.url, ""),
        rsl=table.get("rsl", values.url, ""),
        icon=table.get("icon", values.url, ""),
        logo=table.get("logo", values.url, ""),
    )
    table.close()
    return publication


def _ambiguous(found: tuple[Publication, ...], table: Table) -> None:
    """Articles name their outlet by key, name or alias: note what would mean two of them."""
    owners: dict[str, str] = {}
    for publication in found:
        words = {word.casefold(): word for word in (publication.key, publication.name, *publication.aliases)}
        for folded, word in words.items():
            owner = owners.setdefault(folded, publication.key)
            if owner.casefold() != publication.key.casefold():
                found_ = f"{values.describe(word)[6:]} is a name of `{owner}` too"
                table.report(publication.key, found_, "each name or alias belongs to one publication")
