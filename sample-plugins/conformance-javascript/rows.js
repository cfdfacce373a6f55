// The interface `database`: its values, fields and requests as the cases write them.

import { exact } from "./language.js";

const SEPARATOR = "\x1f";
const ROW_SEPARATOR = "\x1e";

function bytesOf(digits) {
  const pairs = digits.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

export function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function floatOf(digits) {
  return new DataView(bytesOf(digits).buffer).getFloat64(0);
}

function bitsOf(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return hexadecimal(new Uint8Array(view.buffer));
}

const readers = {
  null: () => undefined,
  boolean: (text) => text === "true",
  integer: (text) => exact(Number(text)),
  float: floatOf,
  decimal: (text) => text,
  text: (text) => text,
  bytes: bytesOf,
};

const writers = {
  null: () => "",
  boolean: String,
  integer: (number) => String(exact(number)),
  float: bitsOf,
  decimal: String,
  text: String,
  bytes: hexadecimal,
};

function valueOf(written) {
  const colon = written.indexOf(":");
  const tag = written.slice(0, colon);
  return { tag, val: readers[tag](written.slice(colon + 1)) };
}

export function writtenValue(value) {
  return `${value.tag}:${writers[value.tag](value.val)}`;
}

function optionalValueOf(written) {
  return written === "" ? null : valueOf(written);
}

export function fieldsOf(texts) {
  const fields = [];
  for (let i = 0; i + 1 < texts.length; i += 2)
    fields.push({ name: texts[i], value: valueOf(texts[i + 1]) });
  return fields;
}

export function writtenRow(row) {
  const parts = row.map((field) => `${field.name}${SEPARATOR}${writtenValue(field.value)}`);
  return parts.join(SEPARATOR);
}

export function writtenRows(rows) {
  return rows.map(writtenRow).join(ROW_SEPARATOR);
}

const text = (val) => ({ tag: "text", val });
const integer = (val) => ({ tag: "integer", val });

const all = { tag: "all" };

// A condition of every kind, in postfix order.
const chosen = {
  tag: "matching",
  val: [
    { tag: "compare", val: { column: "name", operator: "not-equal", value: text("left-out") } },
    { tag: "in", val: { column: "name", values: [text("first"), text("second")] } },
    { tag: "like", val: { column: "name", pattern: "%s%" } },
    // The most is one less; the engine brings it there.
    {
      tag: "between",
      val: { column: "whole", low: integer(-(2 ** 63)), high: integer(2 ** 63) },
    },
    { tag: "is-null", val: "nothing" },
    { tag: "is-null", val: "name" },
    { tag: "not" },
    { tag: "and", val: 6 },
    { tag: "compare", val: { column: "name", operator: "equal", value: text("third") } },
    { tag: "or", val: 2 },
  ],
};

export function filterOf(name) {
  return { all, chosen }[name];
}

export function queryOf(table, filter, limit, offset, ...columns) {
  return {
    table,
    columns,
    filter: filterOf(filter),
    order: [{ column: "name", direction: "ascending" }],
    limit: limit === "" ? null : Number(limit),
    offset: Number(offset),
  };
}

export function additionOf(table, filter, column, by, least, most, ...set) {
  return {
    table,
    filter: filterOf(filter),
    column,
    by: valueOf(by),
    bounds: { min: optionalValueOf(least), max: optionalValueOf(most) },
    set: fieldsOf(set),
  };
}

export function groupingByFlag(table, filter) {
  return {
    table,
    columns: ["flag"],
    filter: filterOf(filter),
    count: "rows",
    sums: [{ column: "whole", name: "total" }],
    having: all,
    order: [{ column: "rows", direction: "descending" }],
    limit: null,
    offset: 0,
  };
}
