"""The Link header of feeds: where a document is, which hubs bring it, on what terms machines may read it."""

from __future__ import annotations

from pathlib import Path

from wireroom.model.destination import Destination
from wireroom.model.publication import Publication
from wireroom.settings import Settings
from wireroom.web.links import link_headers

OUTLETS = (
    Publication(key="quay", name="Quay", url="https://quay.example", rsl="https://quay.example/rsl.xml"),
    Publication(key="hill", name="Hill", url="https://hill.example"),
)


def test_a_main_document_names_itself_its_hubs_and_the_terms() -> None:
    """Hubs belong to main documents alone, `own` is the newsroom's; every document names itself and the terms."""
    settings = Settings(
        home=Path("/newsroom"),
        public_url="https://feeds.example",
        publications=OUTLETS,
        destinations=(
            Destination(name="all", channel="feed", options={"hubs": ("own", "https://hub.example/")}),
            Destination(name="hill", channel="feed", publications=("hill",)),
        ),
    )
    link = link_headers(settings)
    terms = '<https://quay.example/rsl.xml>; rel="license"; type="application/rsl+xml"'
    assert link("all", "rss.xml").split(", ") == [
        '<https://feeds.example/feeds/all/rss.xml>; rel="self"',
        '<https://feeds.example/hub>; rel="hub"',
        '<https://hub.example/>; rel="hub"',
        terms,
    ]
    assert link("all", "tag/sea/rss.xml") == f'<https://feeds.example/feeds/all/tag/sea/rss.xml>; rel="self", {terms}'
    assert link("hill", "atom.xml") == '<https://feeds.example/feeds/hill/atom.xml>; rel="self"'
