// What a script in JavaScript finds: the module `sdk`, and the globals `Host`, `Plugin` and
// `console`. For editors and tsc; nothing here runs.

declare module "sdk" {
  const recordType: unique symbol;

  /** JSON text of a record; `JSON.parse` returns the record. */
  export type JsonText<T> = string & { readonly [recordType]: T };

  /** A post as an author submits it. */
  export interface PostInput {
    title: string;
    content: string;
    slug: string | null;
    excerpt: string | null;
    category_id: string | null;
    tag_ids: string[] | null;
    status: string | null;
    cover_image: string | null;
  }

  /** A post as the server has stored it. Times are RFC 3339. */
  export interface PostOutput {
    id: string;
    title: string;
    slug: string;
    content: string;
    excerpt: string | null;
    status: string;
    created_by: string;
    updated_by: string | null;
    category_id: string | null;
    view_count: number;
    created_at: string;
    updated_at: string;
    published_at: string | null;
  }

  /** A comment as a visitor submits it. */
  export interface CommentInput {
    content: string;
    nickname: string | null;
    email: string | null;
    parent_id: string | null;
  }

  /** Typed content, once more as `body`. What a handler returns in `body` is ignored. */
  export interface ContentEvent<T = any> {
    content_type: string;
    data: T;
    id: string | null;
    body?: { content_type: string; data: T; id: string | null };
  }

  /** The name of typed content. */
  export interface ContentName {
    content_type: string;
    id: string;
    body: { content_type: string; id: string };
  }

  /** The place of an instance among those of its version. `number` begins at 0. */
  export interface InstancePlace {
    number: number;
    instances: number;
    cause: "version-begins" | "replacement";
  }

  /** A refusal of the request, when a handler returns or throws it; `fail` makes it. */
  export interface Refusal {
    __plugin_error: true;
    __status: number;
    __message: string;
  }

  /** The fields that a filter changes; one that is `null` is removed. */
  export type Changes<R> = { [Field in keyof R]?: R[Field] | null };

  type Later<T> = T | Promise<T>;
  type Nothing = null | undefined | void;

  /** A handler that may change a record. Nothing keeps it as it is. */
  export type Filter<R> = (input: JsonText<R>) => Later<Changes<R> | string | Refusal | Nothing>;
  /** A handler that is notified. Of what it returns only a refusal counts. */
  export type Action<R> = (input: JsonText<R>) => any;

  interface Named {
    on_post_creating: Filter<PostInput>;
    on_post_updating: Filter<PostInput>;
    on_comment_creating: Filter<CommentInput>;
    on_content_creating: Filter<ContentEvent>;
    on_content_updating: Filter<ContentEvent>;
    render_markdown: (markdown: string) => Later<string | Refusal | Nothing>;
    filter_html: (html: string) => Later<string | Refusal | Nothing>;
    on_post_created: Action<PostOutput>;
    on_post_updated: Action<PostOutput>;
    on_post_deleted: Action<{ id: string }>;
    on_comment_created: Action<CommentInput>;
    on_content_created: Action<ContentEvent>;
    on_content_updated: Action<ContentEvent>;
    on_content_deleted: Action<ContentName>;
    on_login: Action<{ user_id: string }>;
    on_cron_tick: Action<any>;
    on_content_viewed: Action<ContentName>;
    on_load: Action<InstancePlace>;
    on_unload: () => any;
    snapshot: () => Later<string | Uint8Array | object | Nothing>;
    restore: (state: string | Uint8Array) => any;
  }

  type Camel<Name extends string> = Name extends `${infer First}_${infer Rest}`
    ? `${First}${Capitalize<Camel<Rest>>}`
    : Name;

  /** The handlers, by their names: `on_post_creating`, which may be `onPostCreating` as well. */
  export type Handlers = Named & { [Name in keyof Named as Camel<Name>]: Named[Name] };

  /** A row, by the names of its columns. */
  export type Row = { [column: string]: any };

  /** A value of a column; lists and objects are stored as JSON text. */
  export type Cell = null | boolean | number | bigint | string | Uint8Array | Date | object;

  /** Comparisons of one column. */
  export interface Comparison {
    $eq?: Cell;
    $ne?: Cell;
    $gt?: Cell;
    $gte?: Cell;
    $lt?: Cell;
    $lte?: Cell;
    $in?: Cell[];
    $like?: string;
    $between?: [Cell, Cell];
    $null?: boolean;
  }

  /** A condition on rows: `{state: "open", total: {$gt: 1}}`. `{}` is every row. */
  export interface Where {
    $and?: Where[];
    $or?: Where[];
    $not?: Where;
    [column: string]: Cell | Comparison | Where | Where[] | undefined;
  }

  /** Options; those that a function does not have are ignored. */
  export interface Options {
    columns?: string[];
    /** `-created_at` for the greatest first. */
    order?: string[];
    limit?: number;
    offset?: number;
    /** Says that an empty condition means every row, to change or delete them. */
    all?: boolean;
    where?: Where;
    group_by?: string[];
    /** The name of the column with the number of rows of a group. */
    count?: string;
    sums?: string[] | { [name: string]: string };
    having?: Where;
    min?: number;
    max?: number;
    set?: Row;
  }

  /** A request with all of HTTP. An object as `body` is sent as JSON. */
  export interface Request {
    method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
    url: string;
    headers?: { [name: string]: string };
    body?: string | Uint8Array | object | null;
    timeout_ms?: number;
  }

  /** A response. Its body is bytes where it is not UTF-8. */
  export interface Response {
    status: number;
    headers: { [name: string]: string };
    body: string | Uint8Array;
  }

  /** The delivery that a call of an action is: the same `id` at each try, counted from 1. */
  export interface Delivery {
    id: string;
    attempt: number;
    created_at: string;
  }

  /** The parameters of a statement. */
  export type Parameters = Cell[] | string | null;

  /** Runs a SELECT, and returns its rows. */
  export function dbQuery(sql: string, params?: Parameters): Row[];
  /** Runs a statement that changes rows. */
  export function dbExec(sql: string, params?: Parameters): { rows_affected: number };
  /** Begins a transaction. It ends with the call at the latest: what is not committed is undone. */
  export function dbBegin(): unknown;
  export function dbCommit(): unknown;
  export function dbRollback(): unknown;
  /** Returns what stands for a parameter, counted from 1, in SQL. */
  export function dbPh(number: number): string;
  export function dbInsert(
    table: string,
    data: Row,
    options?: Options,
  ): { rows_affected: number; id?: any };
  export function dbFetchOne(
    table: string,
    where?: Where | null,
    options?: Options,
  ): { row: Row | null; data: Row | null };
  export function dbFetchAll(
    table: string,
    where?: Where | null,
    options?: Options,
  ): { rows: Row[] };
  export function dbUpdate(
    table: string,
    data: Row,
    where: Where,
    options?: Options,
  ): { rows_affected: number };
  export function dbDelete(
    table: string,
    where: Where,
    options?: Options,
  ): { rows_affected: number };
  /** Adds to columns: `{stock: -1}`. */
  export function dbIncrement(
    table: string,
    columns: { [column: string]: number | bigint },
    where: Where,
    options?: Options,
  ): { rows_affected: number };
  export function dbCount(
    table: string,
    where?: Where | null,
    options?: Options,
  ): { count: number };
  export function dbSum(
    table: string,
    column: string,
    where?: Where | null,
    options?: Options,
  ): { sum: any };
  export function dbGroupBy(table: string, options: Options): { rows: Row[] };
  /** Returns the body, or `null` where there is no answer. */
  export function httpGet(url: string): string | null;
  export function httpGetJson(url: string): any;
  export function httpPost(url: string, body?: string | object | null): string | null;
  export function httpPostJson(url: string, data: unknown): any;
  export function configGet(key: string): string | null;
  export function storeGet(key: string): string | null;
  /** Stores a text; an object is stored as JSON. */
  export function storeSet(key: string, value: unknown): boolean;
  export function vfsRead(path: string): string | null;
  export function vfsWrite(path: string, content: unknown): boolean;
  export function vfsDelete(path: string): boolean;
  export function vfsExists(path: string): boolean;
  export function vfsList(path: string): string[];
  export function vfsStat(path: string): {
    size: number;
    is_dir: boolean;
    modified?: number | null;
  } | null;
  export function getPost(slug: string): PostOutput | null;
  /** Returns its argument. */
  export function ok<T>(data: T): T;
  /** Returns a refusal, for a handler to return or throw. A status is 400 to 499. */
  export function fail(status: number, message: string): Refusal;
  /** Returns what stands at a path such as `a.b.0`. */
  export function extractJson(input: unknown, path?: string): any;
  export function logInfo(...message: unknown[]): void;
  export function logWarn(...message: unknown[]): void;
  export function logError(...message: unknown[]): void;
  /** Sends a request. A response with a status like 404 is an answer too; no answer is an error. */
  export function httpSend(request: Request | string): Response;
  /** Returns the delivery that this call is; `null` outside of an action. */
  export function delivery(): Delivery | null;
  export function refuse(message: string): void;
  /** Refuses the request in the plugin's own words, at a field such as `/title`. */
  export function refuse(pointer: string | null, message: string): void;
  /** Returns the time as RFC 3339, in UTC. */
  export function now(): string;
  export function unixMilliseconds(): number;
  export function newId(): string;
  export function eventEmit(type: string, data: unknown): unknown;
}

/** The contract's functions. JSON is text, and a failure is what the contract returns for it. */
interface RaisFastHost {
  /** Writes a log record. Levels are trace, debug, info, warn and error. */
  log(level: string, ...message: unknown[]): void;
  getConfig(key: string): string | null;
  httpGet(url: string): string | null;
  httpPost(url: string, body?: string | object | null): string | null;
  getData(key: string): string | null;
  setData(key: string, value: unknown): boolean;
  getPost(slug: string): string | null;
  dbQuery(sql: string, params?: import("sdk").Parameters): string;
  dbExecute(sql: string, params?: import("sdk").Parameters): string;
  dbBegin(): string;
  dbCommit(): string;
  dbRollback(): string;
  vfsRead(path: string): string | null;
  vfsWrite(path: string, content: unknown): boolean;
  vfsDelete(path: string): boolean;
  vfsExists(path: string): boolean;
  vfsList(path: string): string | null;
  vfsStat(path: string): string | null;
  emitEvent(type: string, data: unknown): string;
  httpSend(request: import("sdk").Request | string): string;
  delivery(): string | null;
  refuse(message: string): void;
  refuse(pointer: string | null, message: string): void;
  now(): string;
  unixMilliseconds(): number;
  newId(): string;
  /** Returns what stands for a parameter, counted from 1, in SQL. */
  dbPh(number: number): string;
  dbInsert(table: string, data: string | object, options?: string | object): string;
  dbFetchOne(table: string, where?: string | object | null, options?: string | object): string;
  dbFetchAll(table: string, where?: string | object | null, options?: string | object): string;
  dbUpdate(
    table: string,
    data: string | object,
    where: string | object,
    options?: string | object,
  ): string;
  dbDelete(table: string, where: string | object, options?: string | object): string;
  dbIncrement(
    table: string,
    columns: string | object,
    where: string | object,
    options?: string | object,
  ): string;
  dbCount(table: string, where?: string | object | null, options?: string | object): string;
  dbSum(
    table: string,
    column: string,
    where?: string | object | null,
    options?: string | object,
  ): string;
  dbGroupBy(table: string, options: string | object): string;
}

declare const RaisFastHost: Readonly<RaisFastHost>;
/** The same as `RaisFastHost`. */
declare const Host: Readonly<RaisFastHost>;

/** A script may assign its handlers here, in place of exporting them. */
declare var Plugin: (Partial<import("sdk").Handlers> & { [name: string]: unknown }) | undefined;

/** Writes to the plugin's log. */
declare const console: {
  log(...line: unknown[]): void;
  info(...line: unknown[]): void;
  debug(...line: unknown[]): void;
  trace(...line: unknown[]): void;
  warn(...line: unknown[]): void;
  error(...line: unknown[]): void;
};

interface JSON {
  parse<T>(text: import("sdk").JsonText<T>): T;
}
