// WeChat mini program: wx.uploadFile posts the form. Both hosts must be on the program's list of domains.
import { outcome, Refused } from "./grants.js";

/** Store a file of the device, as wx.chooseMedia names it; return its key. */
export async function upload({ grantsUrl, token, filePath, filename, contentType, onProgress = () => {} }) {
  const asked = await call(wx.request, {
    url: `${grantsUrl}/presign`,
    method: "POST",
    header: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    data: JSON.stringify({ operation: "PostObject", filename, content_type: contentType }),
    dataType: "text", // otherwise the answer comes parsed, and a refusal of another kind as text
  });
  if (asked.statusCode !== 200) throw new Refused(asked.statusCode, asked.data);
  const { url, fields } = JSON.parse(asked.data);
  const watch = (task) => task.onProgressUpdate(({ progress }) => onProgress(progress / 100));
  const stored = await call(wx.uploadFile, { url, filePath, name: "file", formData: fields }, watch);
  outcome(stored.statusCode, stored.data); // `success` is called for HTTP errors too
  return fields.key;
}

const call = (method, options, started = () => {}) =>
  new Promise((success, reject) => {
    const fail = ({ errMsg }) => reject(new TypeError(errMsg));
    started(method({ ...options, success, fail }));
  });
