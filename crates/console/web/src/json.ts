// JSON whose numbers stay as they are written, and whose members stay in their order. The browser's
// own reader keeps 53 bits of a number.

/** A number, as it is written. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Members = Map<string, Json>;
export type Json = string | boolean | null | NumberText | Json[] | Members;

/** A text or a number. In JSON, nothing else has a quotation mark or a digit. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Reads JSON; what is not JSON is the `SyntaxError` of the browser. */
export function parse(text: string): Json {
  JSON.parse(text);
  // Each text gets a letter that says whether it was one, or was a number.
  const marked = text.replace(TOKEN, (token) => (token.startsWith('"') ? `"t${token.slice(1)}` : `"n${token}"`));
  return unmarked(JSON.parse(marked));
}

function unmarked(value: unknown): Json {
  if (typeof value === "string") return value.startsWith("n") ? new NumberText(value.slice(1)) : value.slice(1);
  if (typeof value === "boolean" || value === null) return value;
  if (Array.isArray(value)) return value.map(unmarked);
  return new Map(Object.entries(value as object).map(([name, member]) => [name.slice(1), unmarked(member)]));
}

/** Writes JSON, over several lines if `indent` says so. */
export function write(value: Json, indent = "", outer = ""): string {
  if (value instanceof NumberText) return value.text;
  const isList = Array.isArray(value);
  if (!isList && !(value instanceof Map)) return JSON.stringify(value);
  const inner = outer + indent;
  const parts = isList
    ? value.map((item) => write(item, indent, inner))
    : Array.from(value, ([name, member]) => `${JSON.stringify(name)}:${indent && " "}${write(member, indent, inner)}`);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0 || indent === "") return open + parts.join(",") + close;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${outer}${close}`;
}

/** Returns a value with plain objects in the place of maps; numbers stay as they are written. */
export function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([name, member]) => [name, plain(member)]));
  return value;
}

/** Returns the number that somebody has typed as JSON writes it; nothing if it is not a number. */
export function numberOf(typed: string): NumberText | undefined {
  const [, minus = "", whole = "", fraction = "", power = ""] = /^(-?)(\d*)(\.\d+)?([eE][+-]?\d+)?$/.exec(typed.trim()) ?? [];
  if (whole === "" && fraction === "") return undefined;
  return new NumberText(minus + (whole.replace(/^0+(?=\d)/, "") || "0") + fraction + power);
}
