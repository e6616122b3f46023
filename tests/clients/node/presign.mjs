// Signs what standard input describes with ali-oss, and prints the URL.
import OSS from "ali-oss";

const asked = JSON.parse(await new Response(process.stdin).text());
const client = new OSS({
  region: `oss-${asked.region}`,
  accessKeyId: asked.access_key_id,
  accessKeySecret: asked.access_key_secret,
  stsToken: asked.security_token,
  bucket: asked.bucket,
  secure: true,
  authorizationV4: true,
});
const urls = [];
for (const request of asked.requests) {
  urls.push(
    await client.signatureUrlV4(
      request.method,
      request.expires,
      { headers: request.headers, queries: request.queries },
      request.key,
      request.additional_headers,
    ),
  );
}
console.log(JSON.stringify(urls));
