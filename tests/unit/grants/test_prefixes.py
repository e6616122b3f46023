from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.grants.claims import CLAIM, VerifiedClaims
from shared.grants.objects.prefixes import (
    PrefixTemplate,
    UnsafePrefix,
    parse,
    prove_disjoint,
)

KNOWN = ("sub", "tenant")


def proved(*texts: str) -> list[PrefixTemplate]:
    templates = [parse(text, known_claims=KNOWN) for text in texts]
    prove_disjoint(templates)
    return templates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("users/{sub}/", "users/alice/"),
        ("{tenant}/{sub}/in/", "t1/alice/in/"),
        ("public/", "public/"),
        ("文件/", "文件/"),
        ("*", ""),
    ],
)
def test_a_template_expands_to_whole_segments(text: str, expected: str) -> None:
    claims = VerifiedClaims({"sub": "alice", "tenant": "t1"})

    assert expected == parse(text, known_claims=KNOWN).expand(claims)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("users", "ends in '/'"),
        ("", "ends in '/'"),
        ("/", "no segment is empty"),
        ("/users/", "no segment is empty"),
        ("a//b/", "no segment is empty"),
        ("a/../b/", "no segment is empty"),
        ("./", "no segment is empty"),
        ("users/{sub}x/", "a whole segment"),
        ("users/x{sub}/", "a whole segment"),
        ("users/{sub/", "a whole segment"),
        ("users/{email}/", "one of the claims"),
        ("users/{}/", "one of the claims"),
        ("users/*/", "wildcards"),
        ("a?/", "wildcards"),
        ("a$b/", "wildcards"),
        ("a\\b/", "wildcards"),
        ("a%2f/", "wildcards"),
        ('a"b/', "wildcards"),
        ("a b/", "wildcards"),
        ("a\nb/", "wildcards"),
        ("a\u202eb/", "wildcards"),
        ("a\ud800/", "wildcards"),
    ],
)
def test_a_template_that_could_mean_more_is_refused(text: str, rule: str) -> None:
    with pytest.raises(UnsafePrefix, match=rule):
        parse(text, known_claims=KNOWN)


@pytest.mark.parametrize(
    "texts",
    [
        ("users/{sub}/",),
        ("users/{sub}/", "users/{sub}/uploads/"),
        ("users/{sub}/", "public/"),
        ("public/", "public/docs/"),
        ("tenants/{tenant}/",),
        ("{tenant}/{sub}/", "{tenant}/~shared/"),
        ("*",),
        (),
    ],
)
def test_prefixes_that_keep_callers_apart_are_proved(texts: tuple[str, ...]) -> None:
    assert len(texts) == len(proved(*texts))


@pytest.mark.parametrize(
    "texts",
    [
        ("{sub}/", "public/"),
        ("{tenant}/{sub}/", "{tenant}/shared/"),
        ("{tenant}/", "{tenant}/{sub}/"),
        ("{tenant}/{sub}/", "{sub}/{tenant}/"),
        ("public/", "public/{sub}/"),
        ("*", "users/{sub}/"),
        ("{sub}/", "{tenant}/"),
    ],
)
def test_prefixes_that_can_overlap_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(UnsafePrefix, match="overlap"):
        proved(*texts)


SEGMENTS = st.sampled_from(["{sub}", "{tenant}", "a", "b", "~x"])
TEMPLATES = st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + "/")
CLAIMS = st.fixed_dictionaries({"sub": st.sampled_from("abc"), "tenant": st.sampled_from("abc")})


@given(texts=st.lists(TEMPLATES, min_size=1, max_size=3), alice=CLAIMS, mallory=CLAIMS)
def test_no_proved_prefix_reaches_into_another_callers(
    texts: list[str], alice: dict[str, str], mallory: dict[str, str]
) -> None:
    try:
        templates = proved(*texts)
    except UnsafePrefix:
        assume(False)
    owned = [t for t in templates if any(alice[name] != mallory[name] for name in t.claims())]
    reached = [
        (mine, theirs)
        for mine in templates
        for theirs in owned
        if theirs.expand(VerifiedClaims(alice)).startswith(mine.expand(VerifiedClaims(mallory)))
    ]

    assert [] == reached


@given(st.from_regex(CLAIM, fullmatch=True))
def test_a_claim_value_is_one_plain_segment(value: str) -> None:
    assert not set(value) & set("/*?$\\{}%\"' \r\n")
    assert value not in (".", "..")
