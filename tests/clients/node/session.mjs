// What a web back end does with ali-oss: a session from the function, refreshed; put, list, get, multipart.
import OSS from "ali-oss";
import crypto from "node:crypto";

const asked = JSON.parse(await new Response(process.stdin).text());
const headers = { Authorization: `Bearer ${asked.token}` };
let refreshed = 0;

async function issue() {
  refreshed += 1;
  const answer = await fetch(`${asked.sts}?permission=read-write`, { headers });
  return answer.json();
}

const first = await issue();
const client = new OSS({
  region: asked.region,
  endpoint: `http://${asked.emulator}`,
  bucket: asked.bucket,
  accessKeyId: first.AccessKeyId,
  accessKeySecret: first.AccessKeySecret,
  stsToken: first.SecurityToken,
  // ali-oss reads this document as it is, first letters lower or upper case.
  refreshSTSToken: issue,
  refreshSTSTokenInterval: 0,
  sldEnable: true,
  authorizationV4: true,
});

const small = await client.put("users/alice/node.txt", Buffer.from("hello from node"));
const got = await client.get("users/alice/node.txt");
const listed = await client.listV2({ prefix: "users/alice/" });
const big = crypto.randomBytes(1024 * 1024);
await client.multipartUpload("users/alice/big.bin", big, { partSize: 300 * 1024, parallel: 3 });
const back = await client.get("users/alice/big.bin");
let refused = "not refused";
try {
  await client.put("users/bob/x", Buffer.from("x"));
} catch (error) {
  refused = error.code;
}
console.log(
  JSON.stringify({
    put: small.res.status,
    got: got.content.toString(),
    listed: listed.objects.map((entry) => entry.name),
    same: Buffer.compare(big, back.content) === 0,
    refused,
    refreshed,
  }),
);
