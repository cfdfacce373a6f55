// Typed content as somebody edits it: a field for each member, or the whole of it as JSON.

import { NumberText, numberOf, parse, write, type Json, type Members } from "./json";

export const KINDS = ["text", "number", "truth", "json"] as const;
export type Kind = (typeof KINDS)[number];

/** A member as it stands in the form. */
export interface FieldDraft {
  name: string;
  kind: Kind;
  /** The text in the field; of a truth, `true` or `false`. */
  text: string;
}

/** A field that is not what it has to be. */
export class WrongField extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

function kindOf(value: Json): Kind {
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "truth";
  return value instanceof NumberText ? "number" : "json";
}

/** Returns a field for each member. */
export function fieldsOf(data: Members): FieldDraft[] {
  return Array.from(data, ([name, value]) => ({
    name,
    kind: kindOf(value),
    text: typeof value === "string" ? value : write(value, "  "),
  }));
}

/** Returns an empty field for each member of another record. */
export function emptyFields(data: Members): FieldDraft[] {
  return Array.from(data, ([name, value]) => {
    const kind = kindOf(value);
    const json = Array.isArray(value) ? "[]" : value instanceof Map ? "{}" : "null";
    return { name, kind, text: kind === "truth" ? "false" : kind === "json" ? json : "" };
  });
}

/** Reads all fields; throws a {@link WrongField} for the first that cannot be read. */
export function dataOf(fields: readonly FieldDraft[]): Members {
  return new Map(fields.map((field) => [field.name, valueOf(field)]));
}

function valueOf({ name, kind, text }: FieldDraft): Json {
  if (kind === "text") return text;
  if (kind === "truth") return text === "true";
  if (kind === "number") {
    const number = numberOf(text);
    if (!number) throw new WrongField(name, `Expected a number, found ${text.trim() === "" ? "nothing" : text}. Remove the field if it has no value.`);
    return number;
  }
  try {
    return parse(text);
  } catch (error) {
    throw new WrongField(name, notJson(error));
  }
}

/** Reads a whole record. */
export function recordIn(text: string): Members {
  let value: Json;
  try {
    value = parse(text);
  } catch (error) {
    throw new WrongField("", notJson(error));
  }
  if (value instanceof Map) return value;
  throw new WrongField("", 'Expected a JSON object, such as {"name": "Tea"}.');
}

function notJson(error: unknown): string {
  return `Expected JSON, found something else: ${error instanceof Error ? error.message : String(error)}.`;
}

/** The members that tell a record from others, the likeliest first. */
const NAMES = ["title", "name", "label", "headline", "subject", "slug"];

/** Returns a record's name for people; its id where nothing in it is one. */
export function nameOf(data: Members, id: string): string {
  const texts = [...NAMES.map((name) => data.get(name)), ...data.values()];
  const found = texts.find((value) => typeof value === "string" && value.trim() !== "");
  return typeof found === "string" ? shortened(found, 80) : id;
}

/** Returns the other members in a line. */
export function summaryOf(data: Members, id: string): string {
  const name = nameOf(data, id);
  const parts = Array.from(data)
    .filter(([, value]) => value !== name)
    .map(([member, value]) => `${member}: ${shortened(typeof value === "string" ? value : write(value), 60)}`);
  return shortened(parts.join(" · "), 200);
}

function shortened(text: string, most: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most).trimEnd()}…`;
}
