declare module 'raisfast:plugin-wit/database' {
  /**
   * Insert one row.
   */
  export function insert(table: string, row: Row): void;
  /**
   * The first row, if there is one.
   */
  export function fetchOne(query: Query): Row | undefined;
  /**
   * Every row; an answer over the plugin's `db_rows` or `db_bytes` is an error, not a cut.
   */
  export function fetchAll(query: Query): Array<Row>;
  /**
   * Set columns, and answer the number of rows.
   */
  export function update(table: string, filter: Filter, set: Row): bigint;
  /**
   * Delete rows, and answer their number.
   */
  export { _delete as delete };
  function _delete(table: string, filter: Filter): bigint;
  /**
   * The number of rows.
   */
  export function count(table: string, filter: Filter): bigint;
  /**
   * Add to a column where it is, and answer the number of rows that were changed.
   */
  export function increment(addition: Addition): bigint;
  /**
   * The sum of a column; 0 where there is nothing to add.
   */
  export function sum(table: string, column: string, filter: Filter): Value;
  /**
   * One row a group: its columns, the count, the totals.
   */
  export function groupBy(grouping: Grouping): Array<Row>;
  /**
   * What stands for the parameter with this number, from 1, in the SQL of `db-query` and `db-execute`.
   */
  export function placeholder(number: number): string;
  /**
   * A value of a column. It is the same on every database.
   */
  export type Value = ValueNull | ValueBoolean | ValueInteger | ValueFloat | ValueDecimal | ValueText | ValueBytes;
  export interface ValueNull {
    tag: 'null',
  }
  export interface ValueBoolean {
    tag: 'boolean',
    val: boolean,
  }
  export interface ValueInteger {
    tag: 'integer',
    val: bigint,
  }
  export interface ValueFloat {
    tag: 'float',
    val: number,
  }
  /**
   * A decimal with every digit, such as `-12.50`; also a whole number that needs more than 64 bits.
   */
  export interface ValueDecimal {
    tag: 'decimal',
    val: string,
  }
  /**
   * Text; also dates and times (RFC 3339), UUIDs, JSON.
   */
  export interface ValueText {
    tag: 'text',
    val: string,
  }
  export interface ValueBytes {
    tag: 'bytes',
    val: Uint8Array,
  }
  /**
   * A column and its value.
   */
  export interface Field {
    name: string,
    value: Value,
  }
  /**
   * The fields of one row, in the order of the columns.
   */
  export type Row = Array<Field>;
  /**
   * # Variants
   * 
   * ## `"equal"`
   * 
   * ## `"not-equal"`
   * 
   * ## `"less"`
   * 
   * ## `"less-or-equal"`
   * 
   * ## `"greater"`
   * 
   * ## `"greater-or-equal"`
   */
  export type Operator = 'equal' | 'not-equal' | 'less' | 'less-or-equal' | 'greater' | 'greater-or-equal';
  export interface Comparison {
    column: string,
    operator: Operator,
    value: Value,
  }
  export interface Membership {
    column: string,
    values: Array<Value>,
  }
  /**
   * `%` stands for any characters, `_` for one; `\` before one of the three takes its meaning away.
   */
  export interface Pattern {
    column: string,
    pattern: string,
  }
  /**
   * Both ends belong to it.
   */
  export interface Span {
    column: string,
    low: Value,
    high: Value,
  }
  /**
   * A part of a condition. The parts of a list stand in postfix order, and one condition is left at its end:
   * `a = 1 and not (b is null)` is `[compare a, is-null b, not, and 2]`.
   */
  export type Condition = ConditionCompare | ConditionIn | ConditionLike | ConditionBetween | ConditionIsNull | ConditionAnd | ConditionOr | ConditionNot;
  export interface ConditionCompare {
    tag: 'compare',
    val: Comparison,
  }
  export interface ConditionIn {
    tag: 'in',
    val: Membership,
  }
  export interface ConditionLike {
    tag: 'like',
    val: Pattern,
  }
  export interface ConditionBetween {
    tag: 'between',
    val: Span,
  }
  export interface ConditionIsNull {
    tag: 'is-null',
    val: string,
  }
  /**
   * Joins the last conditions before it, so many: all of them hold.
   */
  export interface ConditionAnd {
    tag: 'and',
    val: number,
  }
  /**
   * Joins the last conditions before it, so many: one of them holds.
   */
  export interface ConditionOr {
    tag: 'or',
    val: number,
  }
  /**
   * The opposite of the last condition before it.
   */
  export interface ConditionNot {
    tag: 'not',
  }
  /**
   * Which rows are meant.
   */
  export type Filter = FilterAll | FilterMatching;
  export interface FilterAll {
    tag: 'all',
  }
  export interface FilterMatching {
    tag: 'matching',
    val: Array<Condition>,
  }
  /**
   * # Variants
   * 
   * ## `"ascending"`
   * 
   * ## `"descending"`
   */
  export type Direction = 'ascending' | 'descending';
  /**
   * NULL comes before every value.
   */
  export interface Order {
    column: string,
    direction: Direction,
  }
  export interface Query {
    table: string,
    /**
     * Empty for all columns.
     */
    columns: Array<string>,
    filter: Filter,
    order: Array<Order>,
    limit?: bigint,
    offset: bigint,
  }
  /**
   * The least and the most that an increment may lead to. A row that would leave them stays as it is.
   */
  export interface Bounds {
    min?: Value,
    max?: Value,
  }
  export interface Addition {
    table: string,
    filter: Filter,
    column: string,
    /**
     * A number; what is added, and may be negative.
     */
    by: Value,
    bounds: Bounds,
    /**
     * Other columns that get a value along with it.
     */
    set: Row,
  }
  export interface Total {
    column: string,
    /**
     * What the sum is called in the answer.
     */
    name: string,
  }
  /**
   * `having` and `order` name columns of the groups, `count`, or a total.
   */
  export interface Grouping {
    table: string,
    columns: Array<string>,
    filter: Filter,
    /**
     * What the number of rows is called in the answer, if it is wanted.
     */
    count?: string,
    sums: Array<Total>,
    having: Filter,
    order: Array<Order>,
    limit?: bigint,
    offset: bigint,
  }
  /**
   * Why nothing was done, and what to do about it.
   */
  export type Error = ErrorDenied | ErrorInvalid | ErrorConstraint | ErrorBusy | ErrorLimit | ErrorDatabase | ErrorInternal;
  /**
   * The manifest does not grant the table.
   */
  export interface ErrorDenied {
    tag: 'denied',
    val: string,
  }
  /**
   * The request is not what the function takes.
   */
  export interface ErrorInvalid {
    tag: 'invalid',
    val: string,
  }
  /**
   * A uniqueness, foreign key or check constraint.
   */
  export interface ErrorConstraint {
    tag: 'constraint',
    val: string,
  }
  /**
   * Another writer holds the database; trying again may help.
   */
  export interface ErrorBusy {
    tag: 'busy',
    val: string,
  }
  /**
   * Over a limit of the plugin.
   */
  export interface ErrorLimit {
    tag: 'limit',
    val: string,
  }
  /**
   * The database refuses it: an unknown table or column, a value of another type.
   */
  export interface ErrorDatabase {
    tag: 'database',
    val: string,
  }
  /**
   * The host's own fault; its log has the details.
   */
  export interface ErrorInternal {
    tag: 'internal',
    val: string,
  }
}
