// Alipay mini program: my.uploadFile posts the form. Both hosts must be on the program's list of domains.
import { outcome, Refused } from "./grants.js";

/** Store a file of the device and return its key; `fileType` is image, video or audio. */
export async function upload({ grantsUrl, token, filePath, fileType, filename, contentType }) {
  const asked = await call(my.request, {
    url: `${grantsUrl}/presign`,
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    data: JSON.stringify({ operation: "PostObject", filename, content_type: contentType }),
    dataType: "text",
  });
  const { url, fields } = JSON.parse(asked.data);
  const stored = await call(my.uploadFile, { url, filePath, fileType, name: "file", formData: fields });
  outcome(stored.statusCode, stored.data);
  return fields.key;
}

// HTTP errors may come as a success or, of my.request, as failure 19, which has the answer beside it.
const call = (method, options) =>
  new Promise((resolve, reject) => {
    const success = (answer) => (answer.statusCode >= 300 ? fail(answer) : resolve(answer));
    const fail = ({ status, statusCode = status, data, error, errorMessage }) =>
      reject(statusCode ? new Refused(statusCode, data ?? "") : new TypeError(`${error}: ${errorMessage}`));
    method({ ...options, success, fail });
  });
