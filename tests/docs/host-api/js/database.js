// The interface `database`.

// ANCHOR: imports
import * as clock from "raisfast:plugin-wit/clock";
import * as database from "raisfast:plugin-wit/database";
import * as hostApi from "raisfast:plugin-wit/host-api";
import * as identifiers from "raisfast:plugin-wit/identifiers";

const text = (val) => ({ tag: "text", val });
const integer = (val) => ({ tag: "integer", val });
const nothing = { tag: "null" };

const everyRow = { tag: "all" };
// The conditions stand in postfix order: `and`, `or` and `not` follow what they join.
const rowsWhere = (...conditions) => ({ tag: "matching", val: conditions });
const compare = (column, operator, value) => ({
  tag: "compare",
  val: { column, operator, value },
});

// The fields of a row as an object; an absent value is `undefined`.
const asObject = (row) => Object.fromEntries(row.map(({ name, value }) => [name, value.val]));
// ANCHOR_END: imports

// ANCHOR: insert
function insert() {
  database.insert("shop_orders", [
    { name: "id", value: text(identifiers.newId()) },
    { name: "customer", value: text("ada") },
    { name: "state", value: text("open") },
    { name: "total", value: integer(25) },
    { name: "note", value: nothing },
    { name: "created_at", value: text(clock.now()) },
  ]);
}
// ANCHOR_END: insert

// ANCHOR: fetch-one
function fetchOne() {
  const order = database.fetchOne({
    table: "shop_orders",
    columns: [],
    filter: rowsWhere(compare("id", "equal", text("order-1"))),
    order: [],
    offset: 0,
  });
  if (order != null) {
    const { total, note } = asObject(order);
    hostApi.log("info", `${total} ${note ?? ""}`);
  }
}
// ANCHOR_END: fetch-one

// ANCHOR: fetch-all
function fetchAll() {
  const orders = database.fetchAll({
    table: "shop_orders",
    columns: [],
    filter: rowsWhere(
      compare("state", "equal", text("open")),
      compare("total", "greater", integer(10)),
      { tag: "and", val: 2 },
    ),
    order: [
      { column: "created_at", direction: "descending" },
      { column: "id", direction: "ascending" },
    ],
    limit: 20,
    offset: 0,
  });
  for (const order of orders) {
    hostApi.log("info", asObject(order).id);
  }
}
// ANCHOR_END: fetch-all

// ANCHOR: update
function update() {
  const openOrPaid = { tag: "in", val: { column: "state", values: [text("open"), text("paid")] } };
  const hasNote = [{ tag: "is-null", val: "note" }, { tag: "not" }];
  const closed = database.update(
    "shop_orders",
    rowsWhere(openOrPaid, ...hasNote, { tag: "and", val: 2 }),
    [{ name: "state", value: text("closed") }],
  );
  hostApi.log("info", `${closed} closed`);

  database.update("shop_orders", everyRow, [{ name: "note", value: nothing }]);
}
// ANCHOR_END: update

// ANCHOR: delete
function deleteRows() {
  const deleted = database.delete(
    "shop_orders",
    rowsWhere(
      compare("created_at", "less", text("2026-01-01")),
      { tag: "like", val: { column: "id", pattern: "test-%" } },
      { tag: "or", val: 2 },
    ),
  );
  hostApi.log("info", `${deleted} deleted`);
}
// ANCHOR_END: delete

// ANCHOR: count
function count() {
  const orders = database.count("shop_orders", everyRow);
  const from1to9 = { column: "total", low: integer(1), high: integer(9) };
  const small = database.count("shop_orders", rowsWhere({ tag: "between", val: from1to9 }));
  hostApi.log("info", `${small} of ${orders} are small`);
}
// ANCHOR_END: count

// ANCHOR: increment
function increment() {
  const sold = database.increment({
    table: "shop_products",
    filter: rowsWhere(compare("id", "equal", text("mug"))),
    column: "stock",
    by: integer(-1),
    bounds: { min: integer(0) },
    set: [{ name: "sold_at", value: text(clock.now()) }],
  });
  hostApi.log("info", sold === 1 ? "sold" : "sold out");
}
// ANCHOR_END: increment

// ANCHOR: sum
function sum() {
  const notOpen = rowsWhere(compare("state", "not-equal", text("open")));
  const revenue = database.sum("shop_orders", "total", notOpen);
  if (revenue.tag === "integer") {
    hostApi.log("info", `${revenue.val} earned`);
  }
}
// ANCHOR_END: sum

// ANCHOR: group-by
function groupBy() {
  const customers = database.groupBy({
    table: "shop_orders",
    columns: ["customer"],
    filter: rowsWhere(compare("state", "not-equal", text("void"))),
    count: "orders",
    sums: [{ column: "total", name: "revenue" }],
    having: rowsWhere(compare("orders", "greater-or-equal", integer(2))),
    order: [{ column: "revenue", direction: "descending" }],
    limit: 10,
    offset: 0,
  });
  for (const row of customers) {
    const { customer, revenue } = asObject(row);
    hostApi.log("info", `${customer}: ${revenue}`);
  }
}
// ANCHOR_END: group-by

// ANCHOR: placeholder
function placeholder() {
  const sql = `SELECT title FROM posts WHERE slug = ${database.placeholder(1)}`;
  hostApi.log("info", hostApi.dbQuery(sql, JSON.stringify(["hello-world"])));
}
// ANCHOR_END: placeholder

export const databaseExamples = {
  insert,
  "fetch-one": fetchOne,
  "fetch-all": fetchAll,
  update,
  delete: deleteRows,
  count,
  increment,
  sum,
  "group-by": groupBy,
  placeholder,
};
