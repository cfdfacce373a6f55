// A plugin's folder or archive, as the tar archive that the server takes.

/** The most that the server takes. */
const MOST_BYTES = 80 * 1024 * 1024;
const MOST_FILES = 2000;
const BLOCK = 512;

/** A file of a folder that was chosen or dropped. */
export interface Found {
  /** The path below what was chosen. */
  path: string;
  file: File;
}

export interface Packed {
  archive: Blob;
  /** The name of what it comes from. */
  name: string;
}

/** Makes the archive of what was chosen: an archive, or the files of a folder. */
export async function pack(found: Found[]): Promise<Packed> {
  const [only] = found;
  if (found.length === 1 && only && /\.(tar|tar\.gz|tgz)$/i.test(only.path)) {
    const archive = /gz$/i.test(only.path) ? await unzipped(only.file) : only.file;
    return { archive: within(archive), name: only.file.name };
  }
  return packFolder(found);
}

async function unzipped(file: File): Promise<Blob> {
  const stream = file.stream().pipeThrough(new DecompressionStream("gzip"));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts);
    bytes += value.length;
    // Before it fills the memory: a small file may unpack to any size.
    if (bytes > MOST_BYTES) throw tooLarge();
    parts.push(value);
  }
}

function within(archive: Blob): Blob {
  if (archive.size > MOST_BYTES) throw tooLarge();
  return archive;
}

const tooLarge = (): Error => new Error("That is larger than the 80 MiB that a plugin may have.");

async function packFolder(found: Found[]): Promise<Packed> {
  const manifests = found.filter(({ path }) => path === "manifest.toml" || path.endsWith("/manifest.toml"));
  const depth = (path: string): number => path.split("/").length;
  const manifest = manifests.sort((one, other) => depth(one.path) - depth(other.path))[0];
  if (!manifest) {
    throw new Error("There is no manifest.toml in it. Choose the folder of a built plugin, usually called dist, or its archive.");
  }
  const root = manifest.path.slice(0, -"manifest.toml".length);
  const files = found
    .filter(({ path }) => path.startsWith(root))
    .map(({ path, file }) => ({ path: path.slice(root.length), file }))
    .filter(({ path }) => !path.split("/").some((part) => part.startsWith(".") || part === "node_modules"));
  if (files.length > MOST_FILES) {
    throw new Error(`It has ${files.length} files, and a plugin has at most ${MOST_FILES}. Choose the folder of the built plugin.`);
  }
  const parts: BlobPart[] = [];
  for (const { path, file } of files) {
    parts.push(header(path, file.size), file, new Uint8Array((BLOCK - (file.size % BLOCK)) % BLOCK));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  const name = root.split("/").filter(Boolean).at(-1) ?? "the folder";
  return { archive: within(new Blob(parts)), name };
}

/** The header of a file, as `ustar` writes it. */
function header(path: string, size: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const name = new TextEncoder().encode(path);
  if (name.length > 100) throw new Error(`The name ${path} is longer than the 100 bytes that a plugin's files may have.`);
  const write = (text: string, offset: number): void => block.set(new TextEncoder().encode(text), offset);
  block.set(name, 0);
  write("0000644\0", 100);
  write("0000000\0", 108);
  write("0000000\0", 116);
  write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  write("00000000000\0", 136);
  write("        ", 148);
  write("0", 156);
  write("ustar\0", 257);
  write("00", 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** The files of what was chosen in an `<input>`. */
export function chosen(input: HTMLInputElement): Found[] {
  return [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** The files of what was dropped, folders included. */
export async function dropped(items: DataTransferItemList): Promise<Found[]> {
  // At once: after the first wait the browser has forgotten them.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: Found[] = [];
  for (const entry of entries) await collect(entry, "", found);
  return found;
}

async function collect(entry: FileSystemEntry, below: string, found: Found[]): Promise<void> {
  if (found.length > 20 * MOST_FILES) throw new Error("There are too many files in it. Choose the folder of the built plugin.");
  const path = below + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path, file });
    return;
  }
  if (entry.name.startsWith(".") || entry.name === "node_modules") return;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const inner of entries) await collect(inner, `${path}/`, found);
  }
}
