// Ant Design's Upload (antd 6, React): its own request code posts the form, once we have asked for its fields.
import { Button, Upload } from "antd";
import { outcome, Refused } from "./grants.js";

/** A button that uploads what is chosen. A file's tooltip says why it was refused; `onRefused` is told. */
export function GrantedUpload({ grants, maxSize, onStored, onRefused }) {
  const onChange = ({ file }) => {
    if (file.status === "done") onStored(file.response);
    if (file.status === "error") onRefused(file, file.error);
  };
  return (
    <Upload multiple customRequest={requestWith(grants, maxSize)} onChange={onChange}>
      <Button>Choose files</Button>
    </Upload>
  );
}

const LOST = "no connection to OSS, or its CORS rule does not name this page";

// Not in `data`: where that raises, Ant Design drops the file and says nothing.
const requestWith = (grants, maxSize) => (options, { defaultRequest }) => {
  const asking = new AbortController();
  let sending = asking;
  const refuse = (error) => options.onError(error, error.message); // a text here is what the tooltip shows
  const post = ({ url, fields }) => {
    sending = defaultRequest({
      ...options,
      method: "POST",
      action: url,
      data: fields,
      filename: "file", // the name of the file's own field, which comes last
      headers: { "X-Requested-With": null },
      onSuccess: (_, xhr) => {
        try {
          options.onSuccess({ key: fields.key, ...outcome(xhr.status, xhr.responseText) }, xhr);
        } catch (refused) {
          refuse(refused);
        }
      },
      onError: ({ status }, body) => refuse(status ? new Refused(status, body) : new TypeError(LOST)),
    });
  };
  const { name, type } = options.file;
  const asked = { operation: "PostObject", filename: name, content_type: type || "application/octet-stream" };
  grants.presign({ ...asked, max_size: maxSize }, asking.signal).then(post).catch(refuse);
  return { abort: () => sending.abort() };
};
