// ali-oss in the browser: temporary credentials that renew themselves, and your own domain if you have one.
import OSS from "ali-oss";
import { Refused } from "./grants.js";

/** Return an ali-oss client, and the prefixes below which it may write. */
export async function clientFor(grants) {
  const issue = () => grants.session("read-write");
  const { AccessKeyId, AccessKeySecret, SecurityToken, Access } = await issue();
  const client = new OSS({
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    stsToken: SecurityToken,
    refreshSTSToken: issue, // reads the answer as it is
    refreshSTSTokenInterval: 25 * 60 * 1000, // a session that is handed out is good for 30 minutes at least
    region: `oss-${Access.Region}`,
    endpoint: Access.Endpoint,
    cname: Access.Cname,
    bucket: Access.Bucket,
    secure: Access.Endpoint.startsWith("https:"),
    authorizationV4: true,
  });
  return { client, prefixes: Access.WritePrefixes };
}

/** Store a file; return its key. `onProgress` gets a share, and a checkpoint for a call that goes on. */
export async function upload({ client, prefixes }, file, { onProgress = () => {}, checkpoint } = {}) {
  const key = checkpoint?.name ?? `${prefixes[0]}${crypto.randomUUID()}-${file.name}`;
  const progress = async (share, point) => onProgress(share, point);
  const options = { parallel: 4, partSize: 1024 * 1024, mime: file.type, checkpoint, progress };
  try {
    await client.multipartUpload(key, file, options);
  } catch (error) {
    if (error instanceof Refused || error.name === "cancel") throw error; // by /sts, or client.cancel()
    const { status, code, message, requestId } = error;
    throw new Refused(status, JSON.stringify({ Code: code, Message: message, RequestId: requestId }));
  }
  return key;
}
