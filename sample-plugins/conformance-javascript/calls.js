// Call one function of the host, as a case asks for it, and describe its answer.

import clock from "raisfast:plugin-wit/clock";
import database from "raisfast:plugin-wit/database";
import deliveries from "raisfast:plugin-wit/deliveries";
import hostApi from "raisfast:plugin-wit/host-api";
import http from "raisfast:plugin-wit/http";
import identifiers from "raisfast:plugin-wit/identifiers";
import refusals from "raisfast:plugin-wit/refusals";

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
import { utf8, utf8Text } from "./utf8.js";

const SEPARATOR = "\x1f";

export function callHost(name, data) {
  const call = functions[name];
  if (call === undefined) throw new Error(`the contract has no function ${name}`);
  const [contentType, text] = describe(call, data.split(SEPARATOR));
  return { contentType, data: text, id: null };
}

// A function without a result answers `undefined`, an absent option is `null`.
function describe(call, texts) {
  let answer;
  try {
    answer = call(...texts);
  } catch (error) {
    return describeError(error);
  }
  if (answer === language.UNSUPPORTED) return ["unsupported", ""];
  if (answer === undefined) return ["nothing", ""];
  if (answer === null) return ["none", ""];
  return ["value", String(answer)];
}

// An error of the contract is the payload of what is thrown.
function describeError(error) {
  if (error instanceof language.NumberTooLarge) return ["unsupported", ""];
  if (error.payload === undefined) throw error;
  return ["error", `${error.payload.tag}: ${error.payload.val}`];
}

function currentDelivery() {
  const delivery = deliveries.current();
  if (delivery === null) return null;
  return [delivery.id, delivery.attempt, delivery.createdAt].join(SEPARATOR);
}

function send(method, url, timeout, body, ...fields) {
  const headers = [];
  for (let i = 0; i + 1 < fields.length; i += 2) headers.push([fields[i], fields[i + 1]]);
  const answer = http.send({
    method,
    url,
    headers,
    body: utf8(body),
    timeoutMs: timeout === "" ? null : Number(timeout),
  });
  return [answer.status, utf8Text(answer.body), ...answer.headers.flat()].join(SEPARATOR);
}

function fetchOne(...request) {
  const row = database.fetchOne(queryOf(...request));
  return row === null ? null : writtenRow(row);
}

const functions = {
  "host-api/log": (level, message) => hostApi.log(level, message),
  "host-api/get-config": (key) => hostApi.getConfig(key),
  "host-api/http-get": (url) => hostApi.httpGet(url),
  "host-api/http-post": (url, body) => hostApi.httpPost(url, body),
  "host-api/get-data": (key) => hostApi.getData(key),
  "host-api/set-data": (key, value) => hostApi.setData(key, value),
  "host-api/get-post": (slug) => hostApi.getPost(slug),
  "host-api/db-query": (sql, params = null) => hostApi.dbQuery(sql, params),
  "host-api/db-execute": (sql, params = null) => hostApi.dbExecute(sql, params),
  "host-api/db-begin": () => hostApi.dbBegin(),
  "host-api/db-commit": () => hostApi.dbCommit(),
  "host-api/db-rollback": () => hostApi.dbRollback(),
  "host-api/vfs-read": (path) => hostApi.vfsRead(path),
  "host-api/vfs-write": (path, content) => hostApi.vfsWrite(path, content),
  "host-api/vfs-delete": (path) => hostApi.vfsDelete(path),
  "host-api/vfs-exists": (path) => hostApi.vfsExists(path),
  "host-api/vfs-list": (path) => hostApi.vfsList(path),
  "host-api/vfs-stat": (path) => hostApi.vfsStat(path),
  "host-api/emit-event": (type, data) => hostApi.emitEvent(type, data),

  "identifiers/new-id": () => identifiers.newId(),
  "clock/now": () => clock.now(),
  "clock/unix-milliseconds": () => clock.unixMilliseconds(),
  "deliveries/current": currentDelivery,
  "refusals/refuse": (message, pointer = null) => refusals.refuse(pointer, message),
  "http/send": send,

  "database/insert": (table, ...fields) => database.insert(table, fieldsOf(fields)),
  "database/fetch-one": fetchOne,
  "database/fetch-all": (...request) => writtenRows(database.fetchAll(queryOf(...request))),
  "database/update": (table, filter, ...fields) =>
    database.update(table, filterOf(filter), fieldsOf(fields)),
  "database/delete": (table, filter) => database.delete(table, filterOf(filter)),
  "database/count": (table, filter) => database.count(table, filterOf(filter)),
  "database/increment": (...request) => database.increment(additionOf(...request)),
  "database/sum": (table, column, filter) =>
    writtenValue(database.sum(table, column, filterOf(filter))),
  "database/group-by": (table, filter) =>
    writtenRows(database.groupBy(groupingByFlag(table, filter))),
  "database/placeholder": (number) => database.placeholder(Number(number)),

  "language/fail": language.fail,
  "language/print": language.print,
  "language/print-error": language.printError,
  "language/clock": language.clock,
  "language/random": language.random,
  "language/number": language.number,
};
