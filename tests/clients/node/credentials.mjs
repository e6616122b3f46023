// The credentials client, told only where to ask: ALIBABA_CLOUD_CREDENTIALS_URI.
import Credential from "@alicloud/credentials";

const { default: Client } = Credential;
const client = new Client();
const first = await client.getCredential();
const second = await client.getCredential();
console.log(
  JSON.stringify({
    id: first.accessKeyId,
    complete: Boolean(first.accessKeySecret && first.securityToken),
    same: first.accessKeyId === second.accessKeyId,
  }),
);
