// One file with progress and a way to cancel: `fetch` tells nobody how much it has sent, XMLHttpRequest does.
import { outcome } from "./grants.js";

/** Store a file; `onProgress` is told a share from 0 to 1, `signal` cancels. Return what became of it. */
export async function upload(grants, file, { onProgress = () => {}, signal } = {}) {
  const content_type = file.type || "application/octet-stream";
  const asked = { operation: "PutObject", filename: file.name, content_type, content_length: file.size };
  const grant = await grants.presign(asked, signal);
  const { status, text } = await send(grant, file, { onProgress, signal });
  return { key: grant.key, ...outcome(status, text) };
}

const LOST = "no connection to OSS, or its CORS rule does not name this page";

function send({ method, url, headers }, body, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser sets Content-Length from the body, and lets nobody else do so.
      if (name.toLowerCase() !== "content-length") request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 1);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new TypeError(LOST));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}
