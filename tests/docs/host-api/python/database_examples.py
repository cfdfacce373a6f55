"""The interface `database`."""

# ANCHOR: imports
import json

from wit_world.imports import clock, database, host_api, identifiers
from wit_world.imports.database import (
    Condition,
    Condition_And,
    Condition_Between,
    Condition_Compare,
    Condition_In,
    Condition_IsNull,
    Condition_Like,
    Condition_Not,
    Condition_Or,
    Direction,
    Field,
    Filter_All,
    Filter_Matching,
    Operator,
    Order,
    Value,
    Value_Integer,
    Value_Null,
    Value_Text,
)


def compare(column: str, operator: Operator, value: Value) -> Condition:
    return Condition_Compare(database.Comparison(column, operator, value))


def rows_where(*conditions: Condition) -> Filter_Matching:
    """In postfix order: `and`, `or` and `not` follow what they join."""
    return Filter_Matching(list(conditions))


def as_dict(row: list[Field]) -> dict[str, object]:
    """The fields of a row; an absent value is None."""
    return {field.name: getattr(field.value, "value", None) for field in row}
# ANCHOR_END: imports


# ANCHOR: insert
def example_insert() -> None:
    order = [
        Field("id", Value_Text(identifiers.new_id())),
        Field("customer", Value_Text("ada")),
        Field("state", Value_Text("open")),
        Field("total", Value_Integer(25)),
        Field("note", Value_Null()),
        Field("created_at", Value_Text(clock.now())),
    ]
    database.insert("shop_orders", order)
# ANCHOR_END: insert


# ANCHOR: fetch-one
def example_fetch_one() -> None:
    order = database.fetch_one(
        database.Query(
            table="shop_orders",
            columns=[],
            filter=rows_where(compare("id", Operator.EQUAL, Value_Text("order-1"))),
            order=[],
            limit=None,
            offset=0,
        )
    )
    if order is not None:
        fields = as_dict(order)
        host_api.log("info", f"{fields['total']} {fields['note'] or ''}")
# ANCHOR_END: fetch-one


# ANCHOR: fetch-all
def example_fetch_all() -> None:
    orders = database.fetch_all(
        database.Query(
            table="shop_orders",
            columns=[],
            filter=rows_where(
                compare("state", Operator.EQUAL, Value_Text("open")),
                compare("total", Operator.GREATER, Value_Integer(10)),
                Condition_And(2),
            ),
            order=[
                Order("created_at", Direction.DESCENDING),
                Order("id", Direction.ASCENDING),
            ],
            limit=20,
            offset=0,
        )
    )
    for order in orders:
        host_api.log("info", str(as_dict(order)["id"]))
# ANCHOR_END: fetch-all


# ANCHOR: update
def example_update() -> None:
    states = [Value_Text("open"), Value_Text("paid")]
    closed = database.update(
        "shop_orders",
        rows_where(
            Condition_In(database.Membership("state", states)),
            Condition_IsNull("note"),
            Condition_Not(),
            Condition_And(2),
        ),
        [Field("state", Value_Text("closed"))],
    )
    host_api.log("info", f"{closed} closed")

    database.update("shop_orders", Filter_All(), [Field("note", Value_Null())])
# ANCHOR_END: update


# ANCHOR: delete
def example_delete() -> None:
    deleted = database.delete(
        "shop_orders",
        rows_where(
            compare("created_at", Operator.LESS, Value_Text("2026-01-01")),
            Condition_Like(database.Pattern("id", "test-%")),
            Condition_Or(2),
        ),
    )
    host_api.log("info", f"{deleted} deleted")
# ANCHOR_END: delete


# ANCHOR: count
def example_count() -> None:
    orders = database.count("shop_orders", Filter_All())
    from_1_to_9 = database.Span("total", Value_Integer(1), Value_Integer(9))
    small = database.count("shop_orders", rows_where(Condition_Between(from_1_to_9)))
    host_api.log("info", f"{small} of {orders} are small")
# ANCHOR_END: count


# ANCHOR: increment
def example_increment() -> None:
    sold = database.increment(
        database.Addition(
            table="shop_products",
            filter=rows_where(compare("id", Operator.EQUAL, Value_Text("mug"))),
            column="stock",
            by=Value_Integer(-1),
            bounds=database.Bounds(min=Value_Integer(0), max=None),
            set=[Field("sold_at", Value_Text(clock.now()))],
        )
    )
    host_api.log("info", "sold" if sold == 1 else "sold out")
# ANCHOR_END: increment


# ANCHOR: sum
def example_sum() -> None:
    not_open = rows_where(compare("state", Operator.NOT_EQUAL, Value_Text("open")))
    revenue = database.sum("shop_orders", "total", not_open)
    if isinstance(revenue, Value_Integer):
        host_api.log("info", f"{revenue.value} earned")
# ANCHOR_END: sum


# ANCHOR: group-by
def example_group_by() -> None:
    customers = database.group_by(
        database.Grouping(
            table="shop_orders",
            columns=["customer"],
            filter=rows_where(compare("state", Operator.NOT_EQUAL, Value_Text("void"))),
            count="orders",
            sums=[database.Total(column="total", name="revenue")],
            having=rows_where(compare("orders", Operator.GREATER_OR_EQUAL, Value_Integer(2))),
            order=[Order("revenue", Direction.DESCENDING)],
            limit=10,
            offset=0,
        )
    )
    for row in customers:
        fields = as_dict(row)
        host_api.log("info", f"{fields['customer']}: {fields['revenue']}")
# ANCHOR_END: group-by


# ANCHOR: placeholder
def example_placeholder() -> None:
    sql = f"SELECT title FROM posts WHERE slug = {database.placeholder(1)}"
    host_api.log("info", host_api.db_query(sql, json.dumps(["hello-world"])))
# ANCHOR_END: placeholder
