"""Front ends where OSS asks `on_upload` once an upload has ended: its verdict comes as the answer to the upload."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.front_world import ORIGIN, Front
from tests.local.stack import Stack, running

MOST = 200_000
SMALL = {"name": "cat.png", "size": MOST, "type": "image/png"}
LARGE = {**SMALL, "size": MOST + 1}
VERDICT = "200 EntityTooLarge: the stored object is not what was granted"
UPPY = """(file) => new Promise((resolve) => {
  const uppy = front.uploader(grants(), {
    shouldUseMultipart: PARTS, onRefused: (_, error) => resolve(["refused", error.message]),
  });
  uppy.on("upload-success", (_, {body}) => resolve(["stored", body.key]));
  uppy.addFile({name: file.name, type: file.type, data: made(file)});
})"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    environ = {
        "CORS_ALLOWED_ORIGINS": ORIGIN,
        "GRANT_MAX_SIZE_BYTES": str(MOST),
        "ON_UPLOAD_REFUSED": "delete",
    }
    with running(completes=True, environ=environ) as up:
        yield up


@pytest.mark.parametrize("module", ["progress.js"])
def test_a_verdict_is_handed_on(front: Front) -> None:
    stored = front.run("(file) => front.upload(grants(), made(file))", SMALL)

    assert (True, "Success", MOST, "image/png") == tuple(
        stored[name] for name in ("checked", "Code", "size", "content_type")
    )


@pytest.mark.parametrize("module", ["multipart.js"])
def test_an_object_that_is_refused_afterwards_is_not_called_stored(front: Front) -> None:
    script = "(file) => tell(front.upload(grants(), made(file), {partSize: 102400}))"

    assert ["stored"] == front.run(script, SMALL)[:1]
    assert ["refused", VERDICT] == front.run(script, LARGE)[:2]


@pytest.mark.parametrize("module", ["antd.jsx", "element-plus.vue"])
def test_components_take_a_verdict_for_an_answer(front: Front) -> None:
    front.run("() => front.mount(grants(), told)")
    front.choose("cat.png", size=MOST, media_type="image/png")

    assert "stored" == front.told()[0]


@pytest.mark.parametrize("module", ["uppy.js"])
def test_uppy_reads_no_verdict_and_so_needs_forms(front: Front) -> None:
    """Uppy wants XML for completed parts, and calls failed what was stored and checked; docs/clients.md says so."""
    by_form = front.run(UPPY.replace("PARTS", "false"), SMALL)
    in_parts = front.run(UPPY.replace("PARTS", "true"), SMALL)

    assert "stored" == by_form[0]
    assert "refused" == in_parts[0]
    assert "Failed to complete multipart upload" in in_parts[1]
    assert '\\"Code\\":\\"Success\\"' in in_parts[1]
