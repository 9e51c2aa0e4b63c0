// Reads charts, `[{"name": …, "text": …}]`, from stdin and prints what Mermaid says against each, one line a fault; it must not draw.
// The packages are in the directory that the first argument names.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.argv[2]}/package.json`);
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import(pathToFileURL(`${process.argv[2]}/node_modules/mermaid/dist/mermaid.core.mjs`));

const { maxTextSize } = mermaid.mermaidAPI.defaultConfig;
for (const { name, text } of JSON.parse(readFileSync(0, "utf8"))) {
  if (text.length > maxTextSize) console.log(`${name}: ${text.length} characters, Mermaid draws at most ${maxTextSize}`);
  try {
    await mermaid.parse(text);
  } catch (error) {
    console.log(`${name}: ${String(error.message).split("\n").join(" ")}`);
  }
}
