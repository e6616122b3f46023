// Runs a mini program's snippet: `wx` and `my` as their typings describe them, over sockets; unknown options fail.
// Options as in miniprogram-api-typings 5.2.3 and @mini-types/my 3.0.14.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { runInThisContext } from "node:vm";

const [bundle] = process.argv.slice(2);
const asked = JSON.parse(readFileSync(0, "utf8"));
const BOTH = ["url", "success", "fail", "complete"];
const REQUEST = [...BOTH, "method", "data", "dataType", "timeout"];
const UPLOAD = [...BOTH, "filePath", "name", "formData"];
const progress = [];

function check(options, known) {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length) throw new Error(`no such option: ${unknown}`);
  if (typeof options.data === "object") throw new Error("data: text here, so that nothing is converted");
}

const spoiled = (field) => (asked.spoils && field === "x-oss-signature" ? "0".repeat(64) : null);

function form({ formData, name, filePath }) {
  const data = new FormData();
  for (const [field, value] of Object.entries(formData)) data.append(field, spoiled(field) ?? value);
  data.append(name, new Blob([readFileSync(filePath)]), basename(filePath));
  return data;
}

async function sent(url, init) {
  const answer = await fetch(url, init);
  return { statusCode: answer.status, data: await answer.text() };
}

const lost = () => ({ errMsg: "request:fail", error: 12, errorMessage: "network" });

globalThis.wx = {
  request(options) {
    check(options, [...REQUEST, "header", "responseType"]);
    const { url, method, header, data, success, fail } = options;
    sent(url, { method, headers: header, body: data }).then(success, () => fail(lost()));
  },
  uploadFile(options) {
    check(options, [...UPLOAD, "header", "timeout"]);
    const { url, success, fail } = options;
    const answer = sent(url, { method: "POST", body: form(options) });
    const listeners = [];
    answer.then((it) => { listeners.forEach((listener) => listener({ progress: 100 })); success(it); }, () => fail(lost()));
    return { abort() {}, onProgressUpdate: (listener) => listeners.push(listener) };
  },
};
globalThis.my = {
  request(options) {
    check(options, [...REQUEST, "headers"]);
    const { url, method, headers, data, success, fail } = options;
    sent(url, { method, headers, body: data }).then((answer) => {
      const both = { ...answer, status: answer.statusCode };
      if (answer.statusCode >= 400 && asked.failsOnStatus) fail({ ...both, error: 19, errorMessage: "http status error" });
      else success(both);
    }, () => fail(lost()));
  },
  uploadFile(options) {
    check(options, [...UPLOAD, "fileType", "headers"]);
    if (!["image", "video", "audio"].includes(options.fileType)) throw new Error("fileType");
    sent(options.url, { method: "POST", body: form(options) }).then(options.success, () => options.fail(lost()));
  },
};

runInThisContext(`${readFileSync(bundle, "utf8")}; globalThis.front = front;`);
const told = await globalThis.front
  .upload({ ...asked.options, onProgress: (share) => progress.push(share) })
  .then((key) => ["stored", key], (error) => ["refused", error.message, error.name]);
console.log(JSON.stringify({ told, progress }));
