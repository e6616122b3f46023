// ali-oss with the callback of a grant: its own session signs, the function's seal says what was granted.
import OSS from "ali-oss";

const asked = JSON.parse(await new Response(process.stdin).text());
const headers = { Authorization: `Bearer ${asked.token}`, "Content-Type": "application/json" };

async function ask(url, body) {
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Return the callback that a grant for this key carries, by the names of ali-oss. */
async function callbackFor(operation, key) {
  const grant = await ask(asked.presign, { operation, key, ...asked.fields[operation] });
  const carried = new URL(grant.url).searchParams.get("callback");
  const { callbackUrl: url, callbackBody: body, callbackSNI } = JSON.parse(Buffer.from(carried, "base64"));
  return { url, body, callbackSNI };
}

const { AccessKeyId, AccessKeySecret, SecurityToken } = await ask(asked.sts, { permission: "read-write" });
const client = new OSS({
  region: asked.region,
  endpoint: `http://${asked.emulator}`,
  bucket: asked.bucket,
  accessKeyId: AccessKeyId,
  accessKeySecret: AccessKeySecret,
  stsToken: SecurityToken,
  sldEnable: true,
  authorizationV4: true,
});

const small = await client.put(`${asked.folder}ali-oss.png`, Buffer.from("x".repeat(1000)), {
  mime: "image/png",
  callback: await callbackFor("PutObject", `${asked.folder}ali-oss.png`),
});
const large = await client.multipartUpload(`${asked.folder}ali-oss.bin`, Buffer.alloc(700 * 1024), {
  partSize: 300 * 1024,
  callback: await callbackFor("CompleteMultipartUpload", `${asked.folder}ali-oss.bin`),
});
console.log(JSON.stringify([small.data, large.data]));
