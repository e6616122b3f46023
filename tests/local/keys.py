"""Throw-away signing keys for local tokens: made at start, gone at the end."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa


class TokenIssuer:
    """An identity provider of one key: its public half goes into the trigger, its tokens to callers."""

    def __init__(self, *, alg: str = "RS256", kid: str = "local") -> None:
        self._alg, self._kid = alg, kid
        self.private_key: Any = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
            if alg.startswith(("RS", "PS"))
            else ec.generate_private_key(ec.SECP256R1())
        )

    def jwks(self) -> dict[str, Any]:
        """Return the key set that a trigger's ``authConfig.jwks`` holds."""
        algorithm = jwt.get_algorithm_by_name(self._alg)
        public = json.loads(algorithm.to_jwk(self.private_key.public_key()))
        return {"keys": [{**public, "alg": self._alg, "use": "sig", "kid": self._kid}]}

    def token(self, *, now: datetime, life: timedelta = timedelta(hours=1), **claims: Any) -> str:
        """Return a signed token with ``claims``, valid from ``now``."""
        times = {"nbf": int(now.timestamp()), "exp": int((now + life).timestamp())}
        return jwt.encode(
            {**times, **claims}, self.private_key, algorithm=self._alg, headers={"kid": self._kid}
        )
