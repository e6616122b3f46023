"""A deployment of the function ``sts`` in front of the emulated STS and OSS on a socket."""

from __future__ import annotations

import atexit
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from typing import Any

from werkzeug.wrappers import Request, Response

from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud
from oss_emulator.ram.identities import Principal, Role
from oss_emulator.server import serve
from tests.world import context, credentials_of, environ, http_event, instance

ACCOUNT, BUCKET = "1234567890123456", "examplebucket"


class StsWorld:
    """One account: the function's own role, the role that it hands out, and what the function is told."""

    def __init__(self) -> None:
        self.cloud = Cloud(account_id=ACCOUNT)
        self.clock, self.identities, self.sts = self.cloud.clock, self.cloud.identities, self.cloud.sts
        self.cloud.create_bucket(BUCKET)
        fc = {"Service": ["fc.aliyuncs.com"]}
        self.own_role = self._role("function", action="sts:AssumeRole", resource="*", trusted=fc)
        self.uploads = self.add_role("uploads")
        self.function = self.identities.role_session("function", session_name="fc")
        self.environ: dict[str, str] = {}
        self.respond, self.signer, self.linker = map(instance, ("sts", "presign", "presign_on_event"))
        self.context = context("sts-function", account_id="")

    def add_role(self, name: str, **options: Any) -> Role:
        """Return a role that may do everything in the bucket, and that the function may assume."""
        return self._role(
            name,
            action="oss:*",
            resource=f"acs:oss:*:*:{BUCKET}*",
            trusted={"RAM": [self.own_role.arn]},
            **options,
        )

    def serve_at(self, host: str) -> None:
        """Let the function call the emulator at ``host``, with its own role's credentials."""
        self.environ = environ(
            GRANT_WRITE_PREFIXES="users/{sub}/uploads/",
            SIGNING_SESSION="",
            STS_ROLE_ARN=self.uploads.arn,
            STS_ENDPOINT=f"http://{host}",
            OSS_ENDPOINT=f"http://{host}",
            ALLOW_INSECURE_ENDPOINTS="true",
            **credentials_of(self.function),
        )

    def call(self, sub: str = "alice", **query: str) -> dict[str, Any]:
        """Return the platform's answer to ``GET /sts``, for a caller whom the trigger knows as ``sub``."""
        event = http_event(method="GET", sub=sub, query=query, path="/sts")
        return self.respond(
            json.dumps(event).encode(), self.context, environ=self.environ, now=self.clock.now()
        )

    def issued(self, sub: str = "alice", **query: str) -> Principal:
        """Return whom STS knows by the access key id that the function answered."""
        document = json.loads(self.call(sub, **query)["body"])
        principal = self.identities.find(document["AccessKeyId"])
        assert principal is not None
        return principal

    def _role(
        self, name: str, *, action: str, resource: str, trusted: dict[str, list[str]], **options: Any
    ) -> Role:
        return self.identities.add_role(
            name,
            trust=policy(Action="sts:AssumeRole", Principal=trusted, **options.pop("trust_more", {})),
            policies=[policy(Action=action, Resource=resource)],
            **options,
        )


def policy(**statement: Any) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Allow", **statement}]}


@contextmanager
def sts_world() -> Iterator[StsWorld]:
    """Put a fresh cloud behind the emulator's port on the loopback address while the block runs."""
    world, switchboard = StsWorld(), _switchboard()
    with closing(world.cloud):
        switchboard.application = Emulator(world.cloud)
        world.serve_at(switchboard.host)
        yield world


class Switchboard:
    """One socket for all tests of a process, which take turns: to start and stop it is what takes time."""

    def __init__(self) -> None:
        self.application: Any = None
        self.host = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.application(environ, start_response)


@cache
def _switchboard() -> Switchboard:
    switchboard, until_exit = Switchboard(), ExitStack()
    switchboard.host = until_exit.enter_context(serve(switchboard))
    atexit.register(until_exit.close)
    return switchboard


class ServedFunction:
    """The function ``sts`` behind an HTTP address, as its trigger would serve it; counts who asks."""

    def __init__(self, world: StsWorld) -> None:
        self._world = world
        self.requests = 0
        self.url = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.requests += 1
        request = Request(environ)
        body, query = request.get_data(as_text=True), request.args.to_dict()
        event = http_event(body, method=request.method, headers=dict(request.headers), query=query)
        world = self._world
        now = world.clock.now()
        answer = world.respond(json.dumps(event).encode(), world.context, environ=world.environ, now=now)
        response = Response(answer["body"], answer["statusCode"], answer["headers"])
        return response(environ, start_response)


@contextmanager
def served_function(world: StsWorld) -> Iterator[ServedFunction]:
    """Serve the function to real clients while the block runs."""
    function = ServedFunction(world)
    with serve(function) as host:
        function.url = f"http://{host}/sts"
        yield function
