declare module 'raisfast:plugin-wit/host-api' {
  /**
   * Write a log record. Levels: trace, debug, info, warn, error; anything else counts as info.
   */
  export function log(level: string, msg: string): void;
  /**
   * A setting of the plugin, or of the server where `permissions.config` grants it.
   */
  export function getConfig(key: string): string | undefined;
  /**
   * Fetch a URL that `permissions.http` grants; the body of a 2xx answer.
   */
  export function httpGet(url: string): string | undefined;
  /**
   * Post a body to a URL that `permissions.http` grants; the body of a 2xx answer.
   */
  export function httpPost(url: string, body: string): string | undefined;
  /**
   * Read a value of the plugin's own key-value store.
   */
  export function getData(key: string): string | undefined;
  /**
   * Write a value to the plugin's own key-value store.
   */
  export function setData(key: string, value: string): boolean;
  /**
   * A post as a JSON object with the fields of `post-output` in snake_case.
   */
  export function getPost(slug: string): string | undefined;
  /**
   * Run one SELECT. `params` is a JSON array for the `?` placeholders; the answer a JSON array of objects.
   */
  export function dbQuery(sql: string, params: string | undefined): string;
  /**
   * Run one INSERT, UPDATE or DELETE. The answer is `{"rows_affected": n}`.
   */
  export function dbExecute(sql: string, params: string | undefined): string;
  /**
   * Begin a transaction. It ends with the hook call at the latest.
   */
  export function dbBegin(): string;
  /**
   * Commit the open transaction.
   */
  export function dbCommit(): string;
  /**
   * Roll the open transaction back.
   */
  export function dbRollback(): string;
  /**
   * Read a file of the plugin's own tree.
   */
  export function vfsRead(path: string): string | undefined;
  /**
   * Write a file of the plugin's own tree; folders are made as needed.
   */
  export function vfsWrite(path: string, content: string): boolean;
  /**
   * Delete a file of the plugin's own tree.
   */
  export function vfsDelete(path: string): boolean;
  /**
   * Whether a file or folder exists.
   */
  export function vfsExists(path: string): boolean;
  /**
   * Names in a folder as a sorted JSON array; folders end in `/`.
   */
  export function vfsList(path: string): string | undefined;
  /**
   * `{"size": bytes, "is_dir": bool, "modified": unix seconds or null}`.
   */
  export function vfsStat(path: string): string | undefined;
  /**
   * Publish an event to the administrators' event stream.
   */
  export function emitEvent(eventType: string, data: string): string;
}
