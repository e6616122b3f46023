"""A back end with `requests`: ask for a URL, store a file, make a link. Refusals say who refused, and why."""

import html
import json
import os
import re
import sys
from pathlib import Path

import requests

GRANTS_URL, GRANTS_JWT = os.environ["GRANTS_URL"], os.environ["GRANTS_JWT"]


class Refused(Exception):
    """What a function (JSON) or OSS (XML) refused."""

    def __init__(self, answer: requests.Response) -> None:
        self.status, said = answer.status_code, reason(answer)
        self.code, self.message = said.get("Code", "Unknown"), said.get("Message", "no reason given")
        super().__init__(f"{self.status} {self.code}: {self.message}")


def reason(answer: requests.Response) -> dict:
    try:
        return json.loads(answer.text)
    except json.JSONDecodeError:
        found = re.findall("<(Code|Message)>([^<]*)<", answer.text)
        return {name: html.unescape(text) for name, text in found}


def presign(**fields) -> dict:
    headers = {"Authorization": f"Bearer {GRANTS_JWT}"}
    answer = requests.post(f"{GRANTS_URL}/presign", json=fields, headers=headers, timeout=10)
    if answer.status_code != 200:
        raise Refused(answer)
    return answer.json()


def store(path: Path, key: str, content_type: str) -> None:
    size = path.stat().st_size
    grant = presign(operation="PutObject", key=key, content_type=content_type, content_length=size)
    with path.open("rb") as body:  # streamed; an empty file would say no length
        answer = requests.put(
            grant["url"], data=body if size else b"", headers=grant["headers"], timeout=(10, 300)
        )
    # Where `on_upload` is deployed, its verdict comes as JSON: 200 although the object may be refused.
    verdict = answer.json()["Code"] if answer.text.startswith("{") else "Success"
    if answer.status_code >= 300 or verdict != "Success":
        raise Refused(answer)


if __name__ == "__main__":
    path, key, content_type = sys.argv[1:]
    try:
        store(Path(path), key, content_type)
        print("stored; a link would be good until", presign(operation="GetObject", key=key)["expires_at"])
    except Refused as refused:
        sys.exit(f"refused: {refused}")
