"""The outlet's footer: cut off from the end upward, kept as data, never a part of the body."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.model.article import Account, Link
from wireroom.model.publication import Publication
from wireroom.sources.footer import split
from wireroom.sources.outlets import Outlets

OUTLETS = Outlets(
    (
        Publication(key="harbor-morning", name="Harbor Morning", url="https://harbormorning.example", aliases=("HM",)),
        Publication(key="harbor-evening", name="Harbor Evening", url="https://www.harborevening.example"),
    )
)
FOOTER = [
    "Harbor Evening is part of the Harbor Morning group",
    "Tidal Review is part of the Northern Light group",
    "http://harbormorning.example Harbor Morning – Local News and Tides",
    "https://www.harborevening.example",
    "http://anasilva.example – Ana Silva’s website and Harbor Morning artist",
    "Harbor Evening – https://harborevening.example",
    "Harbor Evening https://harborevening.example/",
    "https://harbormorning.example/about 港の朝について",
    "PLEASE JOIN ON TWITTER",
    "PLEASE JOIN ON FACEBOOK",
    "PLEASE JOIN ON X",
    "PLEASE JOIN US ON TWITTER / FACEBOOK",
    "Follow us on X: @HarborMorning",
    "https://twitter.com/HarborMorning Harbor Morning",
    "https://x.com/HarborMorning",
    "https://www.facebook.com/harbormorning",
    "Harbor Morning: https://www.facebook.com/harbormorning",
    "© 2026 Harbor Morning. All rights reserved.",
]
BODY = [
    "The office posts its tides on Twitter every morning.",
    "Visit https://harbormorning.example for the tides of the week.",
    "https://tides.example has a list. It is updated every hour.",
    "Read the full report at https://tides.example/reports?year=2026",
    "The pier is part of the old harbor and belongs to no group.",
    "Please join on Facebook and tell the town what you think, said the mayor.",
    "Ana wrote on X that the boats were late.",
    "三百人が朝市に並んだ。詳しくは https://tides.example/ja を見てほしい。",
    "The rain stopped at noon.",
    "“We wait,” said the captain.",
]


@given(
    st.lists(st.sampled_from(BODY), min_size=1, max_size=5),
    st.lists(st.sampled_from(FOOTER), min_size=0, max_size=9, unique=True),
    st.sampled_from(["", None]),
)
@settings(max_examples=150, deadline=None)
def test_footer_never_reaches_the_body_nor_the_body_the_footer(
    body: list[str], footer: list[str], between: str | None
) -> None:
    """Whatever subset in whatever order: all of the footer is cut off and no line of the body is."""
    lines = [*body, ""]
    for line in footer:
        lines += [line] if between is None else [line, between]
    begin, found = split(lines, OUTLETS)
    assert [line for line in lines[:begin] if line] == body
    assert found.lines == tuple(footer) or sorted(" ".join(found.lines)) == sorted(" ".join(footer))


@pytest.mark.parametrize("line", BODY)
def test_a_sentence_with_an_address_is_body(line: str) -> None:
    """A paragraph that mentions an address or a platform stays, even at the very end or above the footer."""
    assert split([line], OUTLETS)[0] == 1
    assert split([line, "", FOOTER[0], "", FOOTER[2]], OUTLETS)[0] == 2


def test_the_footer_is_kept_as_data() -> None:
    """Links with their labels, accounts with platform and name, and the group are kept."""
    lines = [
        "The rain stopped.",
        "",
        "Harbor Evening is part of the Harbor Morning group",
        "",
        "http://harbormorning.example Harbor Morning – Local News",
        "Ana Silva’s website – https://anasilva.example",
        "",
        "PLEASE JOIN ON TWITTER",
        "",
        "https://twitter.com/HarborMorning Harbor Morning",
        "",
        "PLEASE JOIN ON FACEBOOK",
        "",
        "https://www.facebook.com/harbormorning",
    ]
    begin, footer = split(lines, OUTLETS)
    assert begin == 2
    assert footer.group == "Harbor Morning"
    assert footer.links == (
        Link("http://harbormorning.example", "Harbor Morning – Local News"),
        Link("https://anasilva.example", "Ana Silva’s website"),
    )
    assert footer.accounts == (
        Account("x", "HarborMorning", "https://twitter.com/HarborMorning"),
        Account("facebook", "harbormorning", "https://www.facebook.com/harbormorning"),
    )
    assert len(footer.lines) == 7


@pytest.mark.parametrize(
    ("line", "account"),
    [
        ("https://x.com/Harbor_1", Account("x", "Harbor_1", "https://x.com/Harbor_1")),
        ("www.twitter.com/Harbor", Account("x", "Harbor", "https://www.twitter.com/Harbor")),
        ("https://facebook.com/profile.php?id=42", Account("facebook", "42", "https://facebook.com/profile.php?id=42")),
        ("https://facebook.com/groups/harbor", Account("facebook", "harbor", "https://facebook.com/groups/harbor")),
        ("https://www.instagram.com/harbor/", Account("instagram", "harbor", "https://www.instagram.com/harbor/")),
        ("https://youtube.com/@harbor Harbor TV", Account("youtube", "harbor", "https://youtube.com/@harbor")),
        ("https://bsky.app/profile/a.example", Account("bluesky", "a.example", "https://bsky.app/profile/a.example")),
    ],
)
def test_accounts_are_named(line: str, account: Account) -> None:
    """An account's name is read from its address."""
    assert split([line], OUTLETS)[1].accounts == (account,)


@pytest.mark.parametrize(
    "url", ["https://twitter.com/Harbor/status/42", "https://x.com/intent/post?text=a", "https://instagram.com/p/Cx/"]
)
def test_a_post_is_no_account(url: str) -> None:
    """The address of a single post at the end of the body is body."""
    assert split(["Rain.", "", url], OUTLETS)[0] == 3


def test_a_handle_below_an_invitation_is_an_account() -> None:
    """`@name` under "PLEASE JOIN ON TWITTER" is the account."""
    begin, footer = split(["Rain.", "", "PLEASE JOIN ON TWITTER", "", "@Harbor"], OUTLETS)
    assert (begin, footer.accounts) == (2, (Account("x", "Harbor", "https://x.com/Harbor"),))


@pytest.mark.parametrize(
    "lines",
    [
        ["https://harbormorning.example Harbor Morning – Local", "News and Tides of the Bay"],
        ["Harbor Morning – Local News", "https://harbormorning.example"],
        ["https://harbormorning.example", "Harbor Morning – Local News"],
    ],
)
def test_a_link_may_take_two_lines(lines: list[str]) -> None:
    """An address and its label may stand on two lines, in either order."""
    begin, footer = split(["Rain fell on the town.", "", *lines], OUTLETS)
    assert begin == 2
    assert len(footer.links) == 1
    assert footer.links[0].label.startswith("Harbor Morning – Local")


@pytest.mark.parametrize("url", ["https://x.com/search?q=harbor", "https://x.com/Harbor", "https://[bad/ x"])
def test_any_address_is_survived(url: str) -> None:
    """An address of any shape, broken ones included, is no trouble."""
    assert split(["Rain.", "", url], OUTLETS)[0] in (2, 3)


GROUP = "Harbor Evening is part of the Harbor Morning group"
HOME = "http://harbormorning.example Harbor Morning – Local News and Tides"
ACCOUNT = "https://twitter.com/HarborMorning"


@pytest.mark.parametrize(
    "footer",
    [
        [GROUP, HOME, "PLEASE JOIN ON TWITTER", ACCOUNT],
        [HOME, "PLEASE JOIN ON TWITTER", ACCOUNT, GROUP],
        ["PLEASE JOIN ON TWITTER", ACCOUNT],
        ["http://anasilva.example", HOME, GROUP],
    ],
)
@pytest.mark.parametrize("last", ["The rain stopped.", "“We wait”", "The rain stopped and nobody went out"])
def test_a_footer_needs_no_blank_lines(last: str, footer: list[str]) -> None:
    """A footer right below a paragraph is cut off whole, however that paragraph ends."""
    begin, found = split(["It rained", last, *footer], OUTLETS)
    assert (begin, found.lines) == (2, tuple(footer))


@pytest.mark.parametrize("platform", ["X (TWITTER)", "X (FORMERLY TWITTER)", "X, formerly Twitter", "ＴＷＩＴＴＥＲ"])
@pytest.mark.parametrize("account", [ACCOUNT, "@HarborMorning", "https://twitter.com/#!/HarborMorning"])
def test_an_invitation_may_name_a_platform_twice(platform: str, account: str) -> None:
    """Whatever X is called, the invitation and its account are the footer's."""
    begin, footer = split(["Rain.", "", f"PLEASE JOIN ON {platform}", "", account], OUTLETS)
    assert (begin, footer.accounts[0].name) == (2, "HarborMorning")


@pytest.mark.parametrize(
    ("lines", "label"),
    [
        (["https://harbormorning.example", "", "Harbor Morning – Local News"], "Harbor Morning – Local News"),
        (["Harbor Morning – Local News", "", "https://harbormorning.example"], "Harbor Morning – Local News"),
        (["https://anasilva.example", "", "Ana Silva, Harbor Morning Artist"], "Ana Silva, Harbor Morning Artist"),
        (["harbormorning.example Harbor Morning – Local News"], "Harbor Morning – Local News"),
        (["https://harbormorning.example – Local News and Tides."], "Local News and Tides"),
        (["https://harbormorning.example ― Local News and Tides"], "Local News and Tides"),
        ([GROUP, "", "https://harbormorning.example"], ""),
        ([GROUP, "https://harbormorning.example"], ""),
    ],
)
def test_address_and_label_in_any_shape(lines: list[str], label: str) -> None:
    """A blank line between address and label, no `https://`, any dash, a full stop: it is a link of the footer."""
    begin, footer = split(["The rain stopped.", "", *lines], OUTLETS)
    assert (begin, footer.links[0].label) == (2, label)
    assert bool(footer.group) == (GROUP in lines)


@pytest.mark.parametrize(
    "last", [["PLEASE JOIN ON TWITTER", "", "Harbor Morning"], [HOME, "", "Harbor Morning"], [HOME, "", "@Harbor"]]
)
def test_a_name_at_the_very_end_does_not_save_the_footer(last: list[str]) -> None:
    """A publication's name or a handle alone below the footer belongs to it."""
    assert split(["Rain.", "", GROUP, "", *last], OUTLETS)[0] == 2


@pytest.mark.parametrize("above", ["* * *", "—————", "https://anasilva.example"])
def test_what_leads_the_footer_goes_with_it(above: str) -> None:
    """A rule or a bare address right above the footer is cut off with it; alone, below the body, it stays."""
    assert split(["Rain.", "", above, "", HOME], OUTLETS)[0] == 2
    assert split(["Rain.", "", above], OUTLETS)[0] == 3


@pytest.mark.parametrize(
    "lines",
    [
        ["The tides of the week are always found on", "https://harbormorning.example"],
        ["It rained on everybody, said a reader of the", "Harbor Morning"],
        ["Related: https://harbormorning.example/2026/02/boats/"],
    ],
)
def test_the_end_of_a_wrapped_sentence_is_body(lines: list[str]) -> None:
    """An address or a name that a wrapped sentence ends in stays, above a footer and without one."""
    assert split(["Rain.", "", *lines], OUTLETS)[0] == 2 + len(lines)
    assert split(["Rain.", "", *lines, "", HOME], OUTLETS)[0] == 3 + len(lines)
