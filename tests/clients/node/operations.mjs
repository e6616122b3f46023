// Every operation that ali-oss has a call for; each says whether the answer is what it should be.
import OSS from "ali-oss";
import http from "node:http";
import net from "node:net";

const asked = JSON.parse(await new Response(process.stdin).text());
const bucket = "made-here";
const [host, port] = asked.address.split(":");
const agent = new http.Agent();
agent.createConnection = () => net.connect(Number(port), host);
const store = new OSS({
  agent,
  accessKeyId: asked.key[0],
  accessKeySecret: asked.key[1],
  endpoint: `http://localhost:${port}`,
  region: "oss-cn-hangzhou",
  authorizationV4: true,
});
const part = Buffer.alloc(102400, "p");
const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);
const seen = {};

const calls = {
  "make a bucket": async () => (await store.putBucket(bucket)).res.status === 200,
  "list buckets": async () => (await store.listBuckets()).buckets.some((each) => each.name === bucket),
  info: async () => (await store.getBucketInfo(bucket)).bucket.Name === bucket,
  location: async () => (await store.getBucketLocation(bucket)).location === "oss-cn-hangzhou",
  put: async () => {
    store.useBucket(bucket);
    return (await store.put("a.txt", Buffer.from("hello"))).res.status === 200;
  },
  range: async () => (await store.get("a.txt", { headers: { Range: "bytes=1-3" } })).content.toString() === "ell",
  head: async () => (await store.head("a.txt")).res.headers["content-length"] === "5",
  meta: async () => (await store.getObjectMeta("a.txt")).res.headers["content-length"] === "5",
  copy: async () => (await store.copy("b.txt", "a.txt")).res.status === 200,
  append: async () => (await store.append("log", Buffer.from("line"))).nextAppendPosition === "4",
  "list v1": async () => (await store.list()).objects.length === 3,
  "list v2": async () => (await store.listV2({})).objects.length === 3,
  multipart: async () => {
    const { uploadId } = await store.initMultipartUpload("big");
    const first = await store.uploadPart("big", uploadId, 1, part, 0, part.length);
    const source = { sourceKey: "a.txt", sourceBucketName: bucket };
    const second = await store.uploadPartCopy("big", uploadId, 2, "0-4", source);
    const listed = await store.listParts("big", uploadId);
    const underWay = await store.listUploads({});
    const parts = [first, second].map((each, index) => ({ number: index + 1, etag: each.etag ?? each.res.headers.etag }));
    await store.completeMultipartUpload("big", uploadId, parts);
    const { content } = await store.get("big");
    return listed.parts.length === 2 && underWay.uploads.length === 1 && content.equals(Buffer.concat([part, Buffer.from("hello")]));
  },
  abort: async () => {
    const { uploadId } = await store.initMultipartUpload("gone");
    return (await store.abortMultipartUpload("gone", uploadId)).res.status === 204;
  },
  tags: async () => {
    await store.putObjectTagging("a.txt", { k: "v" });
    const { tag } = await store.getObjectTagging("a.txt");
    await store.deleteObjectTagging("a.txt");
    return same(tag, { k: "v" });
  },
  symlink: async () => {
    await store.putSymlink("link", "a.txt");
    const { targetName } = await store.getSymlink("link");
    return targetName === "a.txt" && (await store.get("link")).content.toString() === "hello";
  },
  acl: async () => {
    await store.putACL("a.txt", "private");
    await store.putBucketACL(bucket, "private");
    return same([(await store.getACL("a.txt")).acl, (await store.getBucketACL(bucket)).acl], ["private", "private"]);
  },
  cors: async () => {
    await store.putBucketCORS(bucket, [{ allowedOrigin: "https://a.example", allowedMethod: "GET" }]);
    const { rules } = await store.getBucketCORS(bucket);
    await store.deleteBucketCORS(bucket);
    return rules[0].allowedOrigin === "https://a.example";
  },
  lifecycle: async () => {
    await store.putBucketLifecycle(bucket, [{ id: "r", prefix: "logs/", status: "Enabled", expiration: { days: 7 } }]);
    const { rules } = await store.getBucketLifecycle(bucket);
    await store.deleteBucketLifecycle(bucket);
    return rules[0].id === "r" && rules[0].expiration.days === "7";
  },
  policy: async () => {
    await store.putBucketPolicy(bucket, JSON.parse(asked.policy));
    const { policy } = await store.getBucketPolicy(bucket);
    await store.deleteBucketPolicy(bucket);
    return same(policy, JSON.parse(asked.policy));
  },
  versions: async () => {
    await store.putBucketVersioning(bucket, "Enabled");
    const { versionStatus } = await store.getBucketVersioning(bucket);
    await store.put("a.txt", Buffer.from("again"));
    const { objects } = await store.getBucketVersions({ prefix: "a.txt" });
    return versionStatus === "Enabled" && same(objects.map((each) => each.isLatest), [true, false]);
  },
  delete: async () => (await store.delete("b.txt")).res.status === 204,
  empty: async () => {
    const { objects } = await store.getBucketVersions({});
    const named = objects.map((each) => ({ key: each.name, versionId: each.versionId }));
    return (await store.deleteMulti(named)).deleted.length === named.length;
  },
};

for (const [name, call] of Object.entries(calls)) {
  seen[name] = await call().catch((error) => `${error.code ?? error.name}: ${error.message}`);
}
const left = (await store.getBucketVersions({})).deleteMarker ?? [];
await store.deleteMulti(left.map((each) => ({ key: each.name, versionId: each.versionId })));
seen["delete the bucket"] = await store.deleteBucket(bucket).then((done) => done.res.status === 204, (error) => error.message);
console.log(JSON.stringify(seen));
