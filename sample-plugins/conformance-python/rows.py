"""The interface `database`: its values, fields and requests as the cases write them."""

import struct
from typing import Iterable

from wit_world.imports import database, http
from wit_world.imports.database import (
    Comparison,
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
    Membership,
    Operator,
    Order,
    Pattern,
    Span,
    Total,
    Value_Boolean,
    Value_Bytes,
    Value_Decimal,
    Value_Float,
    Value_Integer,
    Value_Null,
    Value_Text,
)

# The contract's name of each case of an error, which the generated classes have in their own way.
CASES = {
    database.Error_Denied: "denied",
    database.Error_Invalid: "invalid",
    database.Error_Constraint: "constraint",
    database.Error_Busy: "busy",
    database.Error_Limit: "limit",
    database.Error_Database: "database",
    database.Error_Internal: "internal",
    http.Error_Denied: "denied",
    http.Error_Invalid: "invalid",
    http.Error_Address: "address",
    http.Error_Limit: "limit",
    http.Error_TooLarge: "too-large",
    http.Error_Redirect: "redirect",
    http.Error_Timeout: "timeout",
    http.Error_Connection: "connection",
}


def value_of(text: str) -> database.Value:
    case, _, content = text.partition(":")
    match case:
        case "null":
            return Value_Null()
        case "boolean":
            return Value_Boolean(content == "true")
        case "integer":
            return Value_Integer(int(content))
        case "float":
            return Value_Float(struct.unpack(">d", bytes.fromhex(content))[0])
        case "decimal":
            return Value_Decimal(content)
        case "text":
            return Value_Text(content)
        case "bytes":
            return Value_Bytes(bytes.fromhex(content))
    raise ValueError(f"`{text}` is not a value")


def written_value(value: database.Value) -> str:
    match value:
        case Value_Null():
            return "null:"
        case Value_Boolean(content):
            return "boolean:true" if content else "boolean:false"
        case Value_Integer(content):
            return f"integer:{content}"
        case Value_Float(content):
            return f"float:{struct.pack('>d', content).hex()}"
        case Value_Decimal(content):
            return f"decimal:{content}"
        case Value_Text(content):
            return f"text:{content}"
        case Value_Bytes(content):
            return f"bytes:{content.hex()}"


def optional_value_of(text: str) -> database.Value | None:
    return value_of(text) if text else None


def fields_of(pairs: Iterable[tuple[str, str]]) -> list[Field]:
    return [Field(name, value_of(value)) for name, value in pairs]


def written_row(row: list[Field]) -> str:
    return "\x1f".join(f"{field.name}\x1f{written_value(field.value)}" for field in row)


# A condition of every kind, in postfix order.
CHOSEN = Filter_Matching(
    [
        Condition_Compare(Comparison("name", Operator.NOT_EQUAL, Value_Text("left-out"))),
        Condition_In(Membership("name", [Value_Text("first"), Value_Text("second")])),
        Condition_Like(Pattern("name", "%s%")),
        Condition_Between(Span("whole", Value_Integer(-(2**63)), Value_Integer(2**63 - 1))),
        Condition_IsNull("nothing"),
        Condition_IsNull("name"),
        Condition_Not(),
        Condition_And(6),
        Condition_Compare(Comparison("name", Operator.EQUAL, Value_Text("third"))),
        Condition_Or(2),
    ]
)

FILTERS = {"all": Filter_All(), "chosen": CHOSEN}


def filter_of(name: str) -> database.Filter:
    return FILTERS[name]


def query_of(arguments: list[str]) -> database.Query:
    table, filter, limit, offset, *columns = arguments
    return database.Query(
        table=table,
        columns=columns,
        filter=filter_of(filter),
        order=[Order("name", Direction.ASCENDING)],
        limit=int(limit) if limit else None,
        offset=int(offset),
    )


def grouping_by_flag(arguments: list[str]) -> database.Grouping:
    table, filter = arguments
    return database.Grouping(
        table=table,
        columns=["flag"],
        filter=filter_of(filter),
        count="rows",
        sums=[Total("whole", "total")],
        having=Filter_All(),
        order=[Order("rows", Direction.DESCENDING)],
        limit=None,
        offset=0,
    )
