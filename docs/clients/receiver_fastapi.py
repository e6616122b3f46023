"""A back end that is told of finished uploads: FastAPI and standardwebhooks.

UPLOAD_WEBHOOK_SECRET=whsec_… uvicorn receiver_fastapi:app
"""

import os

from fastapi import FastAPI, HTTPException, Request
from standardwebhooks import Webhook, WebhookVerificationError

app = FastAPI()
webhook = Webhook(os.environ["UPLOAD_WEBHOOK_SECRET"])
done: set[str] = set()  # yours: a table with a unique column


@app.post("/uploaded", status_code=204)
async def uploaded(request: Request) -> None:
    """Take one message; any 2xx within 2.5 seconds is enough, so work that takes longer goes into a queue."""
    try:
        message = webhook.verify(await request.body(), dict(request.headers))
    except WebhookVerificationError as error:
        raise HTTPException(401, "this message was not signed with our secret") from error
    if request.headers["webhook-id"] not in done:  # OSS and networks repeat themselves
        done.add(request.headers["webhook-id"])
        print(message["type"], message["key"], message["size"], message["claims"])
