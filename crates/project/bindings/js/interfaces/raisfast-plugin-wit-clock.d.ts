declare module 'raisfast:plugin-wit/clock' {
  /**
   * This moment in UTC, `2026-11-22T07:42:28.123Z`: the form in which the server keeps times.
   */
  export function now(): string;
  /**
   * Milliseconds since the beginning of 1970 in UTC.
   */
  export function unixMilliseconds(): bigint;
}
