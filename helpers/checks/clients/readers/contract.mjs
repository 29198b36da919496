// What every reader in JavaScript shares: the same arguments, and the same line of JSON, as
// contract.py has. Each runs inside the folder where npm has put its client, from a copy.
import { readFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";

export const KEY = "none";
const LONGEST_ERROR = 2000;

// Nobody is left to read the results of a parent that was killed, and retries take minutes.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 1000).unref();

/** Ask each base URL by `read(asked, seen)` and write what was seen of it.
 *
 * packages: whose versions are written, the client's own first
 */
export async function main(read, ...packages) {
  const text = (fallback) => ({ type: "string", default: fallback });
  const { values } = parseArgs({
    options: {
      "base-url": { type: "string", multiple: true },
      model: text("recorded"),
      prompt: text("?"),
      tools: text("[]"),
      way: text("loop"),
    },
  });
  // Some clients print to stdout; the results keep it for themselves.
  console.log = console.info = console.warn = console.error;
  const versions = packages.map((name) => `${name} ${versionOf(name)}`).join(", ");
  const tools = JSON.parse(values.tools);
  for (const baseUrl of values["base-url"]) {
    const seen = {
      text: "", reasoning: "", tool_calls: [], finish: null, usage: null, chunks: 0, error: "",
    };
    try {
      await read({ ...values, baseUrl, tools, messages: [{ role: "user", content: values.prompt }] }, seen);
    } catch (error) {
      seen.error = `${error?.name ?? typeof error}: ${error?.message ?? error}`.slice(0, LONGEST_ERROR);
    }
    write(JSON.stringify({ ...seen, versions }) + "\n");
  }
  process.exit(0);
}

/** The whole line, however little of it the pipe takes at once. */
function write(line) {
  for (let rest = Buffer.from(line); rest.length; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
}

/** Tool calls put together from their pieces, as the API's documentation tells programs to. */
export function addPiece(calls, piece) {
  const call = (calls[piece.index] ??= { id: null, name: "", arguments: "" });
  call.id ??= piece.id ?? null;
  call.name += piece.function?.name ?? "";
  call.arguments += piece.function?.arguments ?? "";
}
