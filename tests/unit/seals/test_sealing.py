"""Seals: what was sealed comes back, and nothing else does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.seals.keys import SealKeys, seal_keys
from shared.seals.sealing import BrokenSeal, seal, unseal

OLD, NEW = "k1:" + "b" * 42 + "A", "k2:" + "c" * 42 + "A"
KEYS = seal_keys(NEW)
FACTS = {"id": "Zm9vYmFyYmF6", "key": "users/alice/猫.png", "claims": {"sub": "alice"}, "exp": 1795435200}
JSON_FACTS = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=20), max_size=5
)
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\x00é\ud800"


def sealed_by_hand(
    payload: bytes, *, purpose: str = "upload", kid: str = "k2", secret: bytes | None = None
) -> str:
    """Return a seal as the contract writes it, by the standard library alone."""
    body = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    key = base64.urlsafe_b64decode("c" * 42 + "A=") if secret is None else secret
    mac = hmac.new(key, f"{purpose}.{kid}.{body}".encode(), hashlib.sha256).digest()
    return f"{kid}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_a_seal_is_written_as_the_contract_says() -> None:
    by_hand = sealed_by_hand(json.dumps(FACTS, ensure_ascii=False, separators=(",", ":")).encode())

    assert by_hand == seal(FACTS, purpose="upload", keys=KEYS)


@pytest.mark.parametrize("length", [32, 63, 64, 65, 200])
def test_a_key_of_any_length_seals_as_hmac_does(length: int) -> None:
    secret = bytes(range(200))[:length]
    keys = seal_keys("k2:" + base64.urlsafe_b64encode(secret).decode())

    assert sealed_by_hand(b'{"a":1}', secret=secret) == seal({"a": 1}, purpose="upload", keys=keys)


@given(facts=JSON_FACTS)
def test_what_was_sealed_comes_back(facts: dict[str, Any]) -> None:
    assert facts == unseal(seal(facts, purpose="ticket", keys=KEYS), purpose="ticket", keys=KEYS)


def test_no_single_changed_dropped_or_added_character_passes() -> None:
    text = seal(FACTS, purpose="upload", keys=KEYS)
    changed = {
        *(text[:at] + other + text[at + 1 :] for at in range(len(text)) for other in CHARACTERS),
        *(text[:at] + other + text[at:] for at in range(len(text) + 1) for other in CHARACTERS),
        *(text[:at] + text[at + 1 :] for at in range(len(text))),
    } - {text}

    assert len(changed) > 20_000
    assert [] == [each for each in changed if passes(each, KEYS)]


@settings(max_examples=300)
@given(
    text=st.text(max_size=300) | st.from_regex(r"k2\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{43}", fullmatch=True)
)
def test_nothing_that_was_not_sealed_passes(text: str) -> None:
    assert not passes(text, KEYS)


def test_a_seal_of_one_purpose_is_none_of_another() -> None:
    text = seal(FACTS, purpose="ticket", keys=KEYS)

    assert not passes(text, KEYS)


def test_every_key_verifies_and_the_first_one_seals() -> None:
    both, old = seal_keys(f"{NEW}, {OLD}"), seal(FACTS, purpose="upload", keys=seal_keys(OLD))

    assert passes(old, both)
    assert seal(FACTS, purpose="upload", keys=both).startswith("k2.")


def test_a_key_that_was_taken_out_verifies_no_longer() -> None:
    assert not passes(seal(FACTS, purpose="upload", keys=seal_keys(OLD)), KEYS)


def test_the_name_of_a_key_is_sealed_too() -> None:
    renamed = seal_keys(NEW.replace("k2", "k1"))
    text = seal(FACTS, purpose="upload", keys=KEYS)

    assert not passes(text.replace("k2.", "k1.", 1), renamed)


@pytest.mark.parametrize("payload", [b"[]", b"1", b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_somebody_else_sealed_with_the_same_key_is_no_seal(payload: bytes) -> None:
    assert not passes(sealed_by_hand(payload), KEYS)


def test_every_fault_is_refused_with_one_text() -> None:
    text = seal(FACTS, purpose="upload", keys=KEYS)
    faults = ["", "k2", text[:-1], text.replace("k2", "k9", 1), sealed_by_hand(b"[]"), f"{text} "]
    said = set()
    for fault in faults:
        with pytest.raises(BrokenSeal) as refused:
            unseal(fault, purpose="upload", keys=KEYS)
        said.add(str(refused.value))

    assert {"not a seal of this deployment"} == said


def passes(text: str, keys: SealKeys) -> bool:
    """Tell whether ``text`` is taken for a seal of an upload."""
    try:
        unseal(text, purpose="upload", keys=keys)
    except BrokenSeal:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        *("", "k1", "k1:", ":" + "b" * 43, "k1:" + "b" * 42, "k1:" + "b" * 43, "k 1:" + "b" * 42 + "A"),
        *("k" * 17 + ":" + "b" * 42 + "A", f"{OLD},", f"{OLD},{OLD}", f"{OLD},k2:{OLD[3:]}", OLD + "bb"),
        *("k1:" + "+" * 42 + "A", "k1:" + "b" * 42 + "A===", "é:" + "b" * 42 + "A", f"{OLD}\n{NEW}"),
    ],
)
def test_a_key_that_is_short_doubled_or_mistyped_is_refused_without_its_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"key|k2:<base64url") as refused:
        seal_keys(text)

    assert "bbbb" not in str(refused.value)


@pytest.mark.parametrize("length", [32, 33, 34, 64])
def test_a_key_of_32_bytes_or_more_is_taken_padded_or_not(length: int) -> None:
    padded = base64.urlsafe_b64encode(bytes(range(length))).decode()

    assert bytes(range(length)) == seal_keys(f"k1:{padded}").newest.secret
    assert seal_keys(f"k1:{padded}") == seal_keys(f"k1:{padded.rstrip('=')}")


def test_keys_do_not_print() -> None:
    assert "SealKeys(every=(SealKey(kid='k2'),))" == repr(KEYS)
