// One call of a function of the host, as `on-content-creating` for the content type `call` makes
// it, and the answer as the cases write it.

import * as sdk from "sdk";

import * as language from "./language.js";
import {
  additionOf,
  fieldsOf,
  filterOf,
  groupingByFlag,
  queryOf,
  writtenRow,
  writtenRows,
  writtenValue,
} from "./rows.js";

const SEPARATOR = "\x1f";
const ALL = { all: true };

export function callHost(name, data) {
  const call = functions[name];
  if (call === undefined) throw new Error(`the contract has no function ${name}`);
  const [content_type, answer] = describe(call, data.split(SEPARATOR));
  return { content_type, data: answer, id: null };
}

// A function without a result answers `NOTHING`, an absent option is `null`.
const NOTHING = Symbol("nothing");

function describe(call, texts) {
  let answer;
  try {
    answer = call(...texts);
  } catch (error) {
    // The contract's name for an error is its code.
    if (error.code === undefined) throw error;
    return ["error", `${error.code}: ${error.message}`];
  }
  if (answer === language.UNSUPPORTED) return ["unsupported", ""];
  if (answer === NOTHING) return ["nothing", ""];
  if (answer === null) return ["none", ""];
  return ["value", String(answer)];
}

// Calls what has no result.
const nothing = (call) => (...texts) => {
  call(...texts);
  return NOTHING;
};

function currentDelivery() {
  const delivery = sdk.delivery();
  if (delivery === null) return null;
  return [delivery.id, delivery.attempt, delivery.created_at].join(SEPARATOR);
}

function send(method, url, timeout, body, ...fields) {
  const headers = {};
  for (let i = 0; i + 1 < fields.length; i += 2) headers[fields[i]] = fields[i + 1];
  const timeout_ms = timeout === "" ? null : Number(timeout);
  const answer = sdk.httpSend({ method, url, headers, body, timeout_ms });
  const parts = [answer.status, answer.body, ...Object.entries(answer.headers).flat()];
  return parts.join(SEPARATOR);
}

function fetchOne(table, filter, limit, offset, ...columns) {
  const options = queryOf(limit, offset, columns);
  const { row } = sdk.dbFetchOne(table, filterOf(filter), options);
  return row === null ? null : writtenRow(row, columns);
}

function fetchAll(table, filter, limit, offset, ...columns) {
  const options = queryOf(limit, offset, columns);
  return writtenRows(sdk.dbFetchAll(table, filterOf(filter), options).rows, columns);
}

function increment(table, filter, column, by, least, most, ...set) {
  const { columns, options } = additionOf(column, by, least, most, set);
  return sdk.dbIncrement(table, columns, filterOf(filter), options).rows_affected;
}

const functions = {
  "host-api/log": nothing((level, message) => Host.log(level, message)),
  "host-api/get-config": (key) => Host.getConfig(key),
  "host-api/http-get": (url) => Host.httpGet(url),
  "host-api/http-post": (url, body) => Host.httpPost(url, body),
  "host-api/get-data": (key) => Host.getData(key),
  "host-api/set-data": (key, value) => Host.setData(key, value),
  "host-api/get-post": (slug) => Host.getPost(slug),
  "host-api/db-query": (sql, params) => Host.dbQuery(sql, params),
  "host-api/db-execute": (sql, params) => Host.dbExecute(sql, params),
  "host-api/db-begin": () => Host.dbBegin(),
  "host-api/db-commit": () => Host.dbCommit(),
  "host-api/db-rollback": () => Host.dbRollback(),
  "host-api/vfs-read": (path) => Host.vfsRead(path),
  "host-api/vfs-write": (path, content) => Host.vfsWrite(path, content),
  "host-api/vfs-delete": (path) => Host.vfsDelete(path),
  "host-api/vfs-exists": (path) => Host.vfsExists(path),
  "host-api/vfs-list": (path) => Host.vfsList(path),
  "host-api/vfs-stat": (path) => Host.vfsStat(path),
  "host-api/emit-event": (type, data) => Host.emitEvent(type, data),

  "identifiers/new-id": () => sdk.newId(),
  "clock/now": () => sdk.now(),
  "clock/unix-milliseconds": () => sdk.unixMilliseconds(),
  "deliveries/current": currentDelivery,
  "refusals/refuse": nothing((message, pointer = null) => sdk.refuse(pointer, message)),
  "http/send": send,

  "database/insert": nothing((table, ...fields) => sdk.dbInsert(table, fieldsOf(fields))),
  "database/fetch-one": fetchOne,
  "database/fetch-all": fetchAll,
  "database/update": (table, filter, ...fields) =>
    sdk.dbUpdate(table, fieldsOf(fields), filterOf(filter), ALL).rows_affected,
  "database/delete": (table, filter) => sdk.dbDelete(table, filterOf(filter), ALL).rows_affected,
  "database/count": (table, filter) => sdk.dbCount(table, filterOf(filter)).count,
  "database/increment": increment,
  "database/sum": (table, column, filter) =>
    writtenValue(sdk.dbSum(table, column, filterOf(filter)).sum),
  "database/group-by": (table, filter) =>
    writtenRows(sdk.dbGroupBy(table, groupingByFlag(filter)).rows, ["flag", "rows", "total"]),
  "database/placeholder": (number) => sdk.dbPh(Number(number)),

  "language/fail": language.fail,
  "language/print": nothing(language.print),
  "language/print-error": nothing(language.printError),
  "language/clock": language.clock,
  "language/random": language.random,
  "language/number": language.number,
};
