// Uppy 6 (@uppy/core, @uppy/aws-s3): small files by signed forms, big ones in parts.
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";
import { Refused } from "./grants.js";

/** Return an Uppy whose files go to OSS; `onRefused(file, error)` is told what was refused, and why. */
export function uploader(grants, { onRefused, ...options }) {
  const uppy = new Uppy({ autoProceed: true });
  uppy.use(AwsS3, {
    // The server chooses the key. Until it has, Uppy's id of the file stands for it, and tells us the file.
    generateObjectKey: (file) => file.id,
    signRequest: (request) => grants.presign(fieldsOf(request, uppy)),
    ...options,
  });
  // OSS's XML stands in `body` of Uppy's error; what the functions refused is an error of ours.
  uppy.on("upload-error", (file, error) => {
    onRefused(file, error.body ? new Refused(error.status, error.body) : error);
  });
  return uppy;
}

function fieldsOf({ method, key, uploadId, partNumber }, uppy) {
  if (!uploadId) {
    const { name, type } = uppy.getFile(key);
    const operation = method === "PUT" ? "PostObject" : "InitiateMultipartUpload";
    return { operation, filename: name, content_type: type || "application/octet-stream" };
  }
  const upload = { key, upload_id: uploadId };
  if (partNumber) return { operation: "UploadPart", part_number: partNumber, ...upload };
  const operations = { GET: "ListParts", POST: "CompleteMultipartUpload", DELETE: "AbortMultipartUpload" };
  return { operation: operations[method], ...upload };
}
