"""The identity provider of the laptop: throw-away keys that can be rotated, and what it serves of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from werkzeug.wrappers import Request, Response

AUDIENCE = "local-grants"


class TokenIssuer:
    """An identity provider: its public keys go into the trigger or are served, its tokens go to callers."""

    def __init__(self, *, alg: str = "RS256", kid: str = "local") -> None:
        self._alg, self._kid = alg, kid
        self._made = 0
        self.address: str | None = None
        """Its ``iss``, once it is served."""
        self.private_key: Any = self._new_key()
        self._public = [self._jwk()]

    def rotate(self) -> None:
        """Sign with a new key from now on; the one before stays in the key set, for tokens that are out."""
        self._made += 1
        self.private_key = self._new_key()
        self._public = [self._jwk(), self._public[0]]

    def jwks(self) -> dict[str, Any]:
        """Return the key set that a trigger's ``authConfig.jwks`` holds."""
        return {"keys": list(self._public)}

    def token(self, *, now: datetime, life: timedelta = timedelta(hours=1), **claims: Any) -> str:
        """Return a signed token with ``claims``, valid from ``now``."""
        times = {"nbf": int(now.timestamp()), "exp": int((now + life).timestamp())}
        names = {} if self.address is None else {"iss": self.address, "aud": AUDIENCE}
        return jwt.encode(
            {**times, **names, **claims},
            self.private_key,
            algorithm=self._alg,
            headers={"kid": self._current_kid},
        )

    def serve(self, request: Request) -> Response:
        """Answer as an OpenID provider does: its discovery document and its key set."""
        documents = {
            "/.well-known/openid-configuration": {"issuer": self.address, "jwks_uri": f"{self.address}/keys"},
            "/keys": self.jwks(),
        }
        document = documents.get(request.path)
        if document is None or request.method != "GET":
            return Response("", 404)
        return Response(json.dumps(document), mimetype="application/json")

    @property
    def _current_kid(self) -> str:
        return self._kid if not self._made else f"{self._kid}-{self._made}"

    def _new_key(self) -> Any:
        if self._alg.startswith(("RS", "PS")):
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return ec.generate_private_key(ec.SECP256R1())

    def _jwk(self) -> dict[str, Any]:
        algorithm = jwt.get_algorithm_by_name(self._alg)
        public = json.loads(algorithm.to_jwk(self.private_key.public_key()))
        return {**public, "alg": self._alg, "use": "sig", "kid": self._current_kid}
