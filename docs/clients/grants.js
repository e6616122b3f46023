// Asking for grants, and saying why something was refused. The other files import this one.

/** What a function or OSS refused: HTTP status, `code`, `requestId`, and a message that may be shown. */
export class Refused extends Error {
  constructor(status, text) {
    const said = readReason(text);
    super(`${status} ${said.Code}: ${said.Message}`);
    Object.assign(this, { name: "Refused", status, code: said.Code, requestId: said.RequestId });
  }
}

// The functions and `on_upload` answer JSON, OSS answers XML, and whatever stands in between anything at all.
function readReason(text) {
  const names = ["Code", "Message", "RequestId"];
  const unknown = { Code: "Unknown", Message: String(text).slice(0, 200), RequestId: "" };
  try {
    return { ...unknown, ...JSON.parse(text) };
  } catch {
    const valueOf = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
    const found = names.filter(valueOf).map((name) => [name, plain(valueOf(name))]);
    return { ...unknown, ...Object.fromEntries(found) };
  }
}

const ENTITIES = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&", "#34": '"', "#39": "'" };
const plain = (xml) => xml.replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole);

/**
 * Return what OSS's answer to an upload says; throws `Refused` where it was refused. `checked` is true where
 * `on_upload` looked at the object, false where none is deployed or it could not be reached (HTTP 203).
 */
export function outcome(status, text) {
  if (status >= 300) throw new Refused(status, text);
  const verdict = status === 200 && text.startsWith("{") ? JSON.parse(text) : null;
  if (verdict && verdict.Code !== "Success") {
    const Message = "the stored object is not what was granted";
    throw new Refused(status, JSON.stringify({ Message, ...verdict }));
  }
  return { checked: verdict !== null, ...verdict };
}

/** Return what asks the functions below `url`; `token()` gives the caller's JWT, before each request anew. */
export function grantsAt(url, token) {
  async function ask(path, init = {}) {
    const headers = { ...init.headers, Authorization: `Bearer ${await token()}` };
    const answer = await fetch(url + path, { ...init, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Refused(answer.status, text);
    return JSON.parse(text);
  }
  const json = { "Content-Type": "application/json" };
  const post = (fields, signal) => ({ method: "POST", headers: json, body: JSON.stringify(fields), signal });
  return {
    presign: (fields, signal) => ask("/presign", post(fields, signal)),
    session: (permission) => ask(`/sts?permission=${permission}`),
  };
}
