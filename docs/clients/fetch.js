// One file with plain `fetch`: ask for a URL, then send the bytes with exactly the headers that came with it.
import { outcome } from "./grants.js";

/** Store a file under a key that the server chooses, and return it; `grants` is `grantsAt(url, token)`. */
export async function upload(grants, file) {
  const grant = await grants.presign({
    operation: "PutObject",
    filename: file.name,
    content_type: file.type || "application/octet-stream",
    content_length: file.size, // OSS refuses another size; the browser sends this header by itself
  });
  const answer = await fetch(grant.url, { method: grant.method, headers: grant.headers, body: file });
  outcome(answer.status, await answer.text());
  return grant.key;
}

/** Return a link that saves the object as `name`, and the moment at which it stops working. */
export async function link(grants, key, name) {
  const { url, expires_at } = await grants.presign({ operation: "GetObject", key, download_as: name });
  return { url, expires_at };
}
