// Bundles a module of docs/clients for a browser: its exports, and those of grants.js, as the global `front`.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { compileScript, parse } from "vue/compiler-sfc";

// A third argument names a folder whose packages come first.
const [, , module, outfile, first] = process.argv;
const here = fileURLToPath(new URL(".", import.meta.url));
const clients = fileURLToPath(new URL("../../../docs/clients", import.meta.url));

// Single-file components with `<script setup>`, templates compiled into the script.
const vue = {
  name: "vue",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { descriptor, errors } = parse(await readFile(path, "utf8"), { filename: path });
      const script = compileScript(descriptor, { id: "front", inlineTemplate: true });
      return { contents: script.content, errors: errors.map((error) => ({ text: error.message })) };
    }),
};

const mount = { "antd.jsx": "mount-antd.jsx", "element-plus.vue": "mount-element-plus.js" }[module];
const entry = mount ? `${here}${mount}` : `${clients}/${module}`;
const { warnings } = await esbuild.build({
  stdin: {
    contents: `export * from ${JSON.stringify(entry)}; export * from ${JSON.stringify(`${clients}/grants.js`)};`,
    resolveDir: here,
  },
  alias: { "docs/clients": clients },
  nodePaths: [...(first ? [`${first}/node_modules`] : []), `${here}node_modules`],
  outfile,
  bundle: true,
  format: "iife",
  globalName: "front",
  platform: "browser",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  plugins: [vue],
  logLevel: "warning",
});
if (warnings.length) process.exit(1);
