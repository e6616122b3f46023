"""First lines for clients of a running emulator: what to paste for ossutil, Python, Node.js, Go and Java."""

from __future__ import annotations

from .ram.identities import Principal

_LINES = """\
OSS_ENDPOINT=http://{address}
OSS_REGION={region}
OSS_ACCESS_KEY_ID={key}
OSS_ACCESS_KEY_SECRET={secret}
CONTROL=http://{control}

# ossutil 2
ossutil ls oss://{bucket} -e http://{address} --region {region} -i {key} -k {secret} --addressing-style path

# Python: oss2
oss2.Bucket(oss2.AuthV4("{key}", "{secret}"), "http://{address}", "{bucket}", region="{region}", is_path_style=True)

# Python: alibabacloud-oss-v2, after import alibabacloud_oss_v2 as oss
config = oss.config.load_default()
config.credentials_provider = oss.credentials.StaticCredentialsProvider("{key}", "{secret}")
config.region, config.endpoint, config.use_path_style = "{region}", "http://{address}", True

# Node.js: ali-oss
new OSS({{endpoint: "http://{address}", region: "oss-{region}", bucket: "{bucket}", sldEnable: true, authorizationV4: true,
  accessKeyId: "{key}", accessKeySecret: "{secret}"}})

# Go: alibabacloud-oss-go-sdk-v2
oss.LoadDefaultConfig().WithRegion("{region}").WithEndpoint("http://{address}").WithUsePathStyle(true).
  WithCredentialsProvider(credentials.NewStaticCredentialsProvider("{key}", "{secret}"))

# Java: aliyun-sdk-oss
ClientBuilderConfiguration config = new ClientBuilderConfiguration();
config.setSignatureVersion(SignVersion.V4);
config.setSLDEnabled(true);
OSSClientBuilder.create().endpoint("http://{address}").region("{region}").clientConfiguration(config)
  .credentialsProvider(new DefaultCredentialProvider("{key}", "{secret}")).build();
"""


def first_lines(*, address: str, control: str, region: str, bucket: str, user: Principal) -> str:
    """Return variables, one on a line, and a snippet for each client."""
    return _LINES.format(
        address=address,
        control=control,
        region=region,
        bucket=bucket,
        key=user.access_key_id,
        secret=user.access_key_secret,
    )
