// What a web page does with plain fetch: ask for URLs, send exactly the headers that come with them.
const asked = JSON.parse(await new Response(process.stdin).text());
const headers = { Authorization: `Bearer ${asked.token}`, "Content-Type": "application/json" };

async function presign(fields) {
  const answer = await fetch(asked.presign, { method: "POST", headers, body: JSON.stringify(fields) });
  return answer.json();
}

const key = "users/alice/f\u00e9 + \u6587\u4ef6.txt";
const put = await presign({ operation: "PutObject", key, content_type: "text/plain" });
const stored = await fetch(put.url, { method: put.method, headers: put.headers, body: "hello from fetch" });
const get = await presign({ operation: "GetObject", key });
const got = await fetch(get.url);

const form = await presign({ operation: "PostObject", filename: "form.txt", content_type: "text/plain" });
const data = new FormData();
for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
data.append("file", new Blob(["hello from a form"]));
const posted = await fetch(form.url, { method: form.method, body: data });

// Compact part URLs, in five lines. A Blob has no type unless given one; a string would add a Content-Type.
const id = (await (await send({ operation: "InitiateMultipartUpload", key: key + "2" })).text()).match(/<UploadId>([^<]*)</)[1];
const numbers = [1];
const parts = await presign({ operation: "UploadPart", key: key + "2", upload_id: id, part_numbers: numbers, compact: true });
const urlOf = (i) => parts.url_template.replace("{partNumber}", numbers[i]).replace("{signature}", parts.signatures[i]);
const etag = (await fetch(urlOf(0), { method: parts.method, headers: parts.headers, body: new Blob(["part"]) })).headers.get("etag");
const done = await send(
  { operation: "CompleteMultipartUpload", key: key + "2", upload_id: id },
  `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
);

async function send(fields, body) {
  const document = await presign(fields);
  return fetch(document.url, { method: document.method, headers: document.headers, body });
}

console.log(JSON.stringify({ put: stored.status, got: await got.text(), posted: posted.status, done: done.status }));
