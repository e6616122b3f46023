// A back end that is told of finished uploads: Express 5 and standardwebhooks.
//   UPLOAD_WEBHOOK_SECRET=whsec_… PORT=3000 node receiver_express.mjs
import express from "express";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.UPLOAD_WEBHOOK_SECRET);
const done = new Set(); // yours: a table with a unique column

const app = express();
// The signature is of the bytes as they came: no parser before it.
app.post("/uploaded", express.raw({ type: "application/json" }), (request, response) => {
  let message;
  try {
    message = webhook.verify(request.body, request.headers);
  } catch {
    return response.status(401).send("this message was not signed with our secret");
  }
  if (!done.has(request.headers["webhook-id"])) { // OSS and networks repeat themselves
    done.add(request.headers["webhook-id"]);
    console.log(message.type, message.key, message.size, JSON.stringify(message.claims));
  }
  response.sendStatus(204);
});
app.listen(process.env.PORT ?? 3000, "127.0.0.1", function () { console.log("port", this.address().port); });
