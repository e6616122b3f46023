// The operations of ali-oss with a session of the function, at an endpoint whose name leads to this machine.
import OSS from "ali-oss";
import http from "node:http";
import net from "node:net";

const asked = JSON.parse(await new Response(process.stdin).text());
const [host, port] = asked.emulator.split(":");
const agent = new http.Agent();
agent.createConnection = () => net.connect(Number(port), host);
const client = new OSS({
  ...asked.session,
  endpoint: asked.endpoint,
  cname: asked.cname,
  region: "oss-cn-hangzhou",
  bucket: asked.bucket,
  authorizationV4: true,
  agent,
});
const body = Buffer.alloc(250 * 1024, "a");
const key = `${asked.folder}ali-oss`;
const worked = [];

async function does(name, operation, holds) {
  if (holds(await operation())) worked.push(name);
}

await does("put", () => client.put(key, body), (done) => done.res.status === 200);
await does("head", () => client.head(key), (done) => Number(done.res.headers["content-length"]) === body.length);
await does("get", () => client.get(key), (done) => Buffer.compare(done.content, body) === 0);
await does("list", () => client.listV2({ prefix: key }), (done) => done.objects.length === 1);
const inParts = { partSize: 102400, parallel: 2 };
await does("multipart", () => client.multipartUpload(`${asked.folder}parts`, body, inParts), (done) => done.res.status === 200);
await does("delete", () => client.delete(key), (done) => done.res.status === 204);
console.log(JSON.stringify(worked));
