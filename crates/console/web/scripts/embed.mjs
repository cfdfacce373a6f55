// Puts what was built beside the crate that embeds it, compressed, and leaves alone what has not
// changed, so that the server is not compiled again for nothing. Fails where the script is larger
// than a page may be.
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const MOST_SCRIPT = 120 * 1024;

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(web, "dist");
const assets = join(web, "..", "assets");

function filesIn(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

// Whose work is in it.
const licences = ["preact"].map((name) => `${name}\n\n${readFileSync(join(web, "node_modules", name, "LICENSE"), "utf8")}`);

const wanted = new Map([["licences.txt", Buffer.from(licences.join("\n\n"))]]);
let script = 0;
for (const path of filesIn(built)) {
  const name = relative(built, path);
  const plain = readFileSync(path);
  const gzip = gzipSync(plain, { level: 9 });
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  const brotli = brotliCompressSync(plain, { params });
  wanted.set(name, plain);
  if (gzip.length < plain.length) wanted.set(`${name}.gz`, gzip);
  if (brotli.length < plain.length) wanted.set(`${name}.br`, brotli);
  if (name.endsWith(".js")) script += gzip.length;
}

let changed = 0;
for (const [name, content] of wanted) {
  const path = join(assets, name);
  if (existsSync(path) && readFileSync(path).equals(content)) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  changed += 1;
}
for (const path of filesIn(assets)) {
  const name = relative(assets, path);
  if (wanted.has(name) || name === ".gitignore") continue;
  rmSync(path);
  changed += 1;
}
console.log(`${changed} of ${wanted.size} files changed; the script has ${(script / 1024).toFixed(1)} KiB compressed`);
if (script > MOST_SCRIPT) {
  console.error(`that is more than the ${MOST_SCRIPT / 1024} KiB that it may have`);
  process.exit(1);
}
