"""Links as pages, programs and people write them: read, repaired, and not broken by the repair."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.diagnose import diagnose
from shared.errors import InvalidRequest
from tests.unit.diagnosis.test_pasted import GET, codes, url
from tests.world import NOON

WRITTEN = {
    "Markdown in a sentence": f"see [it]({GET}) and [that](https://example.com/), please",
    "Markdown with a title": f'[it]({GET} "a cat")',
    "Markdown with angles": f"[it](<{GET}>)",
    "an image of Markdown": f"![cat]({GET})",
    "code of Markdown": f"`{GET}`",
    "bold": f"**{GET}**",
    "guillemets": f"\u00ab{GET}\u00bb",
    "low quotes": f"\u201e{GET}\u201c",
    "JSON": json.dumps({"url": GET, "method": "GET"}),
    "JSON in JSON": json.dumps(json.dumps({"url": GET})),
    "JavaScript": f"location.href = '{GET}';",
    "the second link": f"as https://example.com/how says: {GET}",
    "an anchor": f"{GET}#page=2",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_surrounds_a_link_is_no_damage(name: str) -> None:
    assert [] == codes(WRITTEN[name])


def test_a_key_may_hold_the_brackets_of_markdown() -> None:
    good = url("GET", key="a (1).png").replace("%28", "(").replace("%29", ")")

    assert [] == codes(f"[it]({good}) there")


DAMAGED: dict[str, tuple[str, list[str]]] = {
    "forty times": (GET.replace("&", f"&{'amp;' * 40}"), ["html-escaped"]),
    "forty times by number": (GET.replace("&", f"&{'#38;' * 40}"), ["html-escaped"]),
    "leading zeros": (GET.replace("&", "&#00038;"), ["html-escaped"]),
    "hexadecimal": (GET.replace("&", "&#X0026;"), ["html-escaped"]),
    "no semicolon": (GET.replace("&", "&amp"), ["html-escaped"]),
    "number, no semicolon": (GET.replace("&", "&#38"), ["html-escaped"]),
    "names": (GET.replace("=", "&equals;").replace("/", "&sol;").replace("?", "&quest;"), ["html-escaped"]),
    "every character": ("".join(f"&#{ord(c)};" for c in GET[5:]).join(("https", "")), ["html-escaped"]),
    "an attribute": (f'<a href="{escape(GET)}">x</a>', ["html-escaped"]),
    "a page's source, shown": (escape(f'<a href="{escape(GET)}">x</a>'), ["html-escaped"]),
    "encoded four times": (GET.replace("%", "%25252525"), ["re-encoded"]),
    "encoded as a whole, twice": (quote(quote(GET, safe=""), safe=""), ["re-encoded"]),
    "escaped, encoded, escaped": (escape(quote(escape(GET), safe="")), ["re-encoded", "html-escaped"]),
    "wrapped twice": (
        f"https://a.example/?u={quote(f'https://b.example/?u={quote(GET, safe=str())}', safe='')}",
        ["wrapped"],
    ),
    "wrapped as it is": (f"https://a.example/go?to={GET}", ["wrapped"]),
    "JSON's escapes": (
        GET.replace("&", "\\u0026").replace("=", "\\u003D").replace("/", "\\/"),
        ["json-escaped"],
    ),
    "JavaScript's escapes": (GET.replace("&", "\\x26"), ["json-escaped"]),
    "JSON of HTML": (json.dumps(escape(GET)).replace("&", "\\u0026"), ["json-escaped", "html-escaped"]),
    "Go": (GET.replace("%2F", "%!F(MISSING)"), ["printf"]),
    "Go, with a value": (GET.replace("%2F", "%!F(string=a)", 1).replace("%2F", "%!F(MISSING)"), ["printf"]),
    "Go, with too many": (f"{GET.replace('%2F', '%!F(MISSING)')}%!(EXTRA string=a)", ["printf"]),
    "C": (GET.replace("%2F", "0.000000"), ["printf"]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_named_and_undone_whole(name: str) -> None:
    text, expected = DAMAGED[name]
    found = diagnose(text, now=NOON)

    assert expected == [each.code for each in found]
    assert {GET} == {each.repaired for each in found}


@pytest.mark.parametrize(
    ("key", "printed", "repaired"),
    [
        ("a b.png", "a%!b(MISSING).png", True),
        ("a+c.png", "a%!B(MISSING)c.png", True),
        ("\u4f60.png", "%!E(MISSING)4%!B(MISSING)D%!A(MISSING)0.png", True),
        ("a X.png", "a%!X(MISSING).png", False),
    ],
)
def test_what_go_printed_of_a_key_is_undone_where_it_can_be_told(
    key: str, printed: str, repaired: bool
) -> None:
    good = url("GET", key=key)
    path = good.partition("?")[0].rpartition("/")[2]

    found = diagnose(good.replace(path, printed).replace("%2F", "%!F(MISSING)"), now=NOON)

    assert "printf" == found[0].code
    assert (good if repaired else None) == found[0].repaired


@pytest.mark.parametrize(
    "key", ["100%.txt", "a#b?c", "a?b.txt", "a b+c", "100%2", "\u4e2d \u6587+.pdf", "a+b"]
)
def test_a_url_decoded_as_a_whole_is_encoded_again(key: str) -> None:
    good = url("GET", key=key)
    found = diagnose(unquote(good), now=NOON)

    assert "decoded" == found[-1].code
    assert {good} == {each.repaired for each in found}


@pytest.mark.parametrize("key", ["users/alice/cat.png", "\u62a5\u544a.pdf", "a&b=c", "a'(1)!"])
def test_a_decoded_url_that_says_the_same_is_good(key: str) -> None:
    assert [] == codes(unquote(url("GET", key=key)))


@pytest.mark.parametrize(
    ("key", "was"),
    [("a b+c.txt", "a+b%2Bc.txt"), ("a b.txt", "a+b.txt")],
)
def test_a_plus_is_a_space_where_pluses_are_escaped(key: str, was: str) -> None:
    good = url("GET", key=key)
    found = diagnose(good.replace(good.partition("?")[0].rpartition("/")[2], was), now=NOON)

    assert ["bare-plus"] == [each.code for each in found]
    assert (good == found[0].repaired) == ("%2B" in was)


ESCAPES: tuple[Callable[[str], str], ...] = (
    escape,
    lambda text: text.replace("&", "&#038;"),
    lambda text: text.replace("/", "\\/"),
    lambda text: text.replace("&", "\\u0026"),
    lambda text: quote(text, safe=""),
    lambda text: text.replace("%", "%25"),
    lambda text: f"https://links.example.com/?url={quote(text, safe='')}",
)
SURROUNDINGS: tuple[Callable[[str], str], ...] = (
    str,
    json.dumps,
    lambda text: json.dumps({"url": text}),
    lambda text: f"[x]({text})",
    lambda text: f"<{text}>",
    lambda text: f"'{text}',",
    lambda text: f"curl -v {text} \\",
)
KEYS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs", "Cn", "Co")),
    min_size=1,
    max_size=20,
).map(lambda text: f"users/{text}".replace("//", "/x/").replace("/.", "/x."))


@settings(deadline=None)
@given(KEYS, st.lists(st.sampled_from(ESCAPES), max_size=4), st.sampled_from(SURROUNDINGS))
def test_a_repaired_url_is_the_issued_one_and_good(
    key: str, escapes: list[Callable[[str], str]], surround: Callable[[str], str]
) -> None:
    damaged = good = url("GET", key=key)
    for damage in escapes:
        damaged = damage(damaged)

    for finding in diagnose(surround(damaged), now=NOON):
        assert good == finding.repaired
        assert [] == codes(finding.repaired)


@settings(deadline=None)
@given(KEYS, st.integers(0, 400), st.text(alphabet="%&#+?=;\\/\"'<>[]() \n!MISSNGamp2F5xu0", max_size=20))
def test_a_repair_of_anything_is_not_broken_itself(key: str, place: int, put: str) -> None:
    good = url("GET", key=key)
    repairs = {"html-escaped", "json-escaped", "printf", "line-break", "bare-plus", "fragment", "decoded"}

    try:
        found = diagnose(f"{good[:place]}{put}{good[place:]}", now=NOON)
    except InvalidRequest:
        return
    for finding in found:
        if finding.code in repairs and finding.repaired is not None:
            assert finding.code not in codes(finding.repaired)
