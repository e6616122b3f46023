from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.benchmarks.growth import peak_bytes
from tests.benchmarks.peers import NAMES, signer
from tests.benchmarks.signing import ASCII, TOKEN

KEY = "users/alice/photos/cat.png"
HOST = "examplebucket.oss-cn-hangzhou.aliyuncs.com"


@pytest.mark.parametrize("name", NAMES)
def test_every_peer_makes_a_url_of_the_same_object_with_the_same_token(name: str) -> None:
    url = urlsplit(signer(name)(KEY))
    query = {field.lower(): value for field, value in parse_qsl(url.query)}
    token, signature = (
        [value for field, value in query.items() if field.endswith(end)]
        for end in ("-security-token", "-signature")
    )

    assert ([TOKEN], 1) == (token, len(signature))
    assert (f"/{KEY}", True) == (url.path, url.netloc in (HOST, f"{HOST}:443"))


@pytest.mark.parametrize("count", [10, 100])
def test_memory_is_what_the_answers_take(count: int) -> None:
    peak = peak_bytes(ASCII[:count])

    assert count * 1000 < peak < count * 3000 + 40_000
