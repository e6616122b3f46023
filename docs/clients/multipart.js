// A big file in parts: several at a time, each tried again when it fails, and resumed after a reload.
import { outcome, Refused } from "./grants.js";

const MIB = 1024 * 1024;
const MOST_PARTS = 1000; // as many as one answer of ListParts holds

/**
 * Store a file and return its key. A call that fails, or that `signal` cancels, leaves its parts in place:
 * the next call with the same file sends what is missing. `store` remembers uploads, as localStorage does.
 */
export async function upload(grants, file, options = {}) {
  const { parallel = 4, attempts = 4, signal, onProgress = () => {}, store = localStorage } = options;
  const partSize = Math.max(options.partSize ?? 8 * MIB, Math.ceil(file.size / MOST_PARTS));
  const remembered = `upload of ${file.name}, ${file.size} bytes, ${file.lastModified}, by ${partSize}`;
  const calls = callsOf(grants, signal, attempts);
  const { id, etags } = (await resumed(calls, store.getItem(remembered))) ?? (await begun(calls, file));
  store.setItem(remembered, JSON.stringify(id));

  const count = Math.max(1, Math.ceil(file.size / partSize));
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const missing = numbers.filter((number) => !etags.has(number));
  const queue = missing.values();
  const broken = new AbortController(); // one part that fails for good stops the others
  signal?.addEventListener("abort", () => broken.abort(signal.reason));
  const sendPart = partsOf(grants, id, missing, { attempts, signal: broken.signal });
  const report = () => onProgress(etags.size / count);
  report();
  const worker = async () => {
    for (const number of queue) {
      etags.set(number, await sendPart(number, file.slice((number - 1) * partSize, number * partSize)));
      report();
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, worker));
  } catch (error) {
    broken.abort(error);
    throw error;
  }
  await completed(calls, id, etags);
  store.removeItem(remembered);
  return id.key;
}

/** Give an upload up, whose parts would otherwise be kept and paid for. `id` holds `key` and `upload_id`. */
export async function abandon(grants, id) {
  await callsOf(grants)({ operation: "AbortMultipartUpload", ...id });
}

// Ask for one URL and send what goes there; return the key and the answer's text.
const callsOf = (grants, signal, attempts = 1) => async (fields, body) => {
  return again(attempts, signal, async () => {
    const { key, url, method, headers } = await grants.presign(fields, signal);
    // A Blob has no type of its own, a string would bring one.
    const answer = await fetch(url, { method, headers, body: body && new Blob([body]), signal });
    const text = await answer.text();
    outcome(answer.status, text);
    return { key, text };
  });
};

const texts = (xml, name) => {
  const found = xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"));
  return Array.from(found, ([, text]) => text);
};

async function begun(calls, file) {
  const asked = { operation: "InitiateMultipartUpload", filename: file.name };
  const { key, text } = await calls({ ...asked, content_type: file.type || "application/octet-stream" });
  return { id: { key, upload_id: texts(text, "UploadId")[0] }, etags: new Map() };
}

async function resumed(calls, remembered) {
  if (!remembered) return null;
  const id = JSON.parse(remembered);
  try {
    const { text } = await calls({ operation: "ListParts", ...id });
    const numbers = texts(text, "PartNumber").map(Number);
    return { id, etags: new Map(texts(text, "ETag").map((etag, index) => [numbers[index], etag])) };
  } catch (error) {
    // Completed elsewhere, given up, or removed by a lifecycle rule: begin anew.
    if (error.code === "NoSuchUpload") return null;
    throw error;
  }
}

async function completed(calls, id, etags) {
  const sorted = [...etags].sort(([one], [other]) => one - other);
  const part = ([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`;
  const list = `<CompleteMultipartUpload>${sorted.map(part).join("")}</CompleteMultipartUpload>`;
  await calls({ operation: "CompleteMultipartUpload", ...id }, list);
}

// Return what sends one part. All URLs come from one call, and are asked for anew before they end.
function partsOf(grants, id, numbers, { attempts, signal }) {
  let signed, freshUntil = 0;
  const ask = async () => {
    const asked = { operation: "UploadPart", ...id, part_numbers: numbers, compact: true };
    const answer = await grants.presign(asked, signal);
    // By the server's clock: this machine's may be wrong.
    freshUntil = performance.now() + Date.parse(answer.refresh_after) - Date.parse(answer.server_time);
    return answer;
  };
  const stale = (error) => {
    freshUntil = 0;
    throw error;
  };
  const urls = () => {
    if (performance.now() >= freshUntil) [signed, freshUntil] = [ask().catch(stale), Infinity];
    return signed;
  };
  return (number, body) =>
    again(attempts, signal, async () => {
      const { url_template, signatures, method, headers } = await urls();
      const signature = signatures[numbers.indexOf(number)];
      const url = url_template.replace("{partNumber}", number).replace("{signature}", signature);
      const answer = await fetch(url, { method, headers, body, signal });
      if (answer.status === 403) stale(new Refused(403, await answer.text()));
      if (!answer.ok) throw new Refused(answer.status, await answer.text());
      return answer.headers.get("ETag");
    });
}

// Do it again after 0.3, 0.6, 1.2 … s: where the connection broke, OSS was busy, or a URL ended in between.
async function again(attempts, signal, action) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || !mayPass(error)) throw error;
      const wait = 150 * 2 ** attempt * (0.8 + 0.4 * Math.random());
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

const hasEnded = ({ status, message }) => status === 403 && /expired/i.test(message);
const mayPass = (error) =>
  error instanceof TypeError || error.status >= 500 || error.status === 429 || hasEnded(error);
