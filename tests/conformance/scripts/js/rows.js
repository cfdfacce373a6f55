// The database without SQL: its values, fields and conditions as the cases write them.

const SEPARATOR = "\x1f";
const ROW_SEPARATOR = "\x1e";

function bytesOf(digits) {
  const pairs = digits.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

function hexadecimal(bytes) {
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
  null: () => null,
  boolean: (text) => text === "true",
  integer: (text) => BigInt(text),
  float: floatOf,
  decimal: (text) => ({ $decimal: text }),
  text: (text) => text,
  bytes: bytesOf,
};

function valueOf(written) {
  const colon = written.indexOf(":");
  return readers[written.slice(0, colon)](written.slice(colon + 1));
}

// A whole number is an integer: JavaScript has no other way to tell one from a float.
export function writtenValue(value) {
  if (value === null) return "null:";
  if (value instanceof Uint8Array) return `bytes:${hexadecimal(value)}`;
  switch (typeof value) {
    case "boolean":
      return `boolean:${value}`;
    case "bigint":
      return `integer:${value}`;
    case "number":
      return Number.isSafeInteger(value) ? `integer:${value}` : `float:${bitsOf(value)}`;
    default:
      return `text:${value}`;
  }
}

export function fieldsOf(texts) {
  const fields = {};
  for (let i = 0; i + 1 < texts.length; i += 2) fields[texts[i]] = valueOf(texts[i + 1]);
  return fields;
}

export function writtenRow(row, columns) {
  const parts = columns.map((name) => `${name}${SEPARATOR}${writtenValue(row[name])}`);
  return parts.join(SEPARATOR);
}

export function writtenRows(rows, columns) {
  return rows.map((row) => writtenRow(row, columns)).join(ROW_SEPARATOR);
}

// A condition of every kind.
const chosen = {
  $or: [
    {
      name: { $ne: "left-out", $in: ["first", "second"], $like: "%s%" },
      whole: { $between: [-(2n ** 63n), 2n ** 63n - 1n] },
      nothing: { $null: true },
      $not: { name: { $null: true } },
    },
    { name: "third" },
  ],
};

export function filterOf(name) {
  return { all: {}, chosen }[name];
}

export function queryOf(limit, offset, columns) {
  return {
    columns,
    order: ["name"],
    limit: limit === "" ? null : Number(limit),
    offset: Number(offset),
  };
}

export function additionOf(column, by, least, most, set) {
  const bound = (written) => (written === "" ? null : valueOf(written));
  return {
    columns: { [column]: valueOf(by) },
    options: { all: true, min: bound(least), max: bound(most), set: fieldsOf(set) },
  };
}

export function groupingByFlag(filter) {
  return {
    where: filterOf(filter),
    group_by: ["flag"],
    count: "rows",
    sums: { total: "whole" },
    order: ["-rows"],
  };
}
