"""Call one function of the host, as a case asks for it, and describe its answer."""

from typing import Callable, Iterator

from componentize_py_types import Err
from wit_world.imports import clock, database, deliveries, host_api, http, identifiers, refusals
from wit_world.imports.types import ContentEvent

import language
from rows import (
    CASES,
    fields_of,
    filter_of,
    grouping_by_flag,
    optional_value_of,
    query_of,
    value_of,
    written_row,
    written_value,
)

SEPARATOR = "\x1f"
ROW_SEPARATOR = "\x1e"

# What a function answers before it is described.
type Answer = str | int | bool | None
type Arguments = list[str]


def call_host(function: str | None, data: str) -> ContentEvent:
    outcome, text = describe(function, data.split(SEPARATOR))
    return ContentEvent(content_type=outcome, data=text, id=None)


def describe(function: str | None, arguments: Arguments) -> tuple[str, str]:
    try:
        if function in WITHOUT_RESULT:
            WITHOUT_RESULT[function](arguments)
            return "nothing", ""
        answer = FUNCTIONS[function](arguments)
    except Err as error:
        return "error", written_error(error.value)
    if answer is None:
        return "none", ""
    if isinstance(answer, bool):
        return "value", "true" if answer else "false"
    return "value", str(answer)


def written_error(error: database.Error | http.Error) -> str:
    """`Error_TooLarge("…")` as `too-large: …`."""
    return f"{CASES[type(error)]}: {error.value}"


def pairs(texts: list[str]) -> Iterator[tuple[str, str]]:
    return zip(texts[::2], texts[1::2])


def number(text: str) -> int | None:
    return int(text) if text else None


def send(arguments: Arguments) -> str:
    method, url, timeout, body, *headers = arguments
    request = http.Request(
        method=http.Method[method.upper()],
        url=url,
        headers=list(pairs(headers)),
        body=body.encode(),
        timeout_ms=number(timeout),
    )
    response = http.send(request)
    fields = [part for header in response.headers for part in header]
    return SEPARATOR.join([str(response.status), response.body.decode(), *fields])


def current_delivery() -> str | None:
    delivery = deliveries.current()
    if delivery is None:
        return None
    return SEPARATOR.join([delivery.id, str(delivery.attempt), delivery.created_at])


def fetch_one(arguments: Arguments) -> str | None:
    row = database.fetch_one(query_of(arguments))
    return None if row is None else written_row(row)


def written_rows(rows: list[list[database.Field]]) -> str:
    return ROW_SEPARATOR.join(map(written_row, rows))


def increment(arguments: Arguments) -> int:
    table, filter, column, by, least, most, *set = arguments
    addition = database.Addition(
        table=table,
        filter=filter_of(filter),
        column=column,
        by=value_of(by),
        bounds=database.Bounds(min=optional_value_of(least), max=optional_value_of(most)),
        set=fields_of(pairs(set)),
    )
    return database.increment(addition)


WITHOUT_RESULT: dict[str, Callable[[Arguments], None]] = {
    "host-api/log": lambda a: host_api.log(*a),
    "database/insert": lambda a: database.insert(a[0], fields_of(pairs(a[1:]))),
    "refusals/refuse": lambda a: refusals.refuse(a[1] if len(a) > 1 else None, a[0]),
    "language/fail": lambda _: language.fail(),
    "language/print": lambda a: language.print_line(*a),
    "language/print-error": lambda a: language.print_error_line(*a),
}

FUNCTIONS: dict[str, Callable[[Arguments], Answer]] = {
    "host-api/get-config": lambda a: host_api.get_config(*a),
    "host-api/http-get": lambda a: host_api.http_get(*a),
    "host-api/http-post": lambda a: host_api.http_post(*a),
    "host-api/get-data": lambda a: host_api.get_data(*a),
    "host-api/set-data": lambda a: host_api.set_data(*a),
    "host-api/get-post": lambda a: host_api.get_post(*a),
    "host-api/db-query": lambda a: host_api.db_query(a[0], a[1] if len(a) > 1 else None),
    "host-api/db-execute": lambda a: host_api.db_execute(a[0], a[1] if len(a) > 1 else None),
    "host-api/db-begin": lambda _: host_api.db_begin(),
    "host-api/db-commit": lambda _: host_api.db_commit(),
    "host-api/db-rollback": lambda _: host_api.db_rollback(),
    "host-api/vfs-read": lambda a: host_api.vfs_read(*a),
    "host-api/vfs-write": lambda a: host_api.vfs_write(*a),
    "host-api/vfs-delete": lambda a: host_api.vfs_delete(*a),
    "host-api/vfs-exists": lambda a: host_api.vfs_exists(*a),
    "host-api/vfs-list": lambda a: host_api.vfs_list(*a),
    "host-api/vfs-stat": lambda a: host_api.vfs_stat(*a),
    "host-api/emit-event": lambda a: host_api.emit_event(*a),
    "identifiers/new-id": lambda _: identifiers.new_id(),
    "clock/now": lambda _: clock.now(),
    "clock/unix-milliseconds": lambda _: clock.unix_milliseconds(),
    "deliveries/current": lambda _: current_delivery(),
    "http/send": send,
    "database/fetch-one": fetch_one,
    "database/fetch-all": lambda a: written_rows(database.fetch_all(query_of(a))),
    "database/update": lambda a: database.update(a[0], filter_of(a[1]), fields_of(pairs(a[2:]))),
    "database/delete": lambda a: database.delete(a[0], filter_of(a[1])),
    "database/count": lambda a: database.count(a[0], filter_of(a[1])),
    "database/increment": increment,
    "database/sum": lambda a: written_value(database.sum(a[0], a[1], filter_of(a[2]))),
    "database/group-by": lambda a: written_rows(database.group_by(grouping_by_flag(a))),
    "database/placeholder": lambda a: database.placeholder(int(a[0])),
    "language/clock": lambda _: language.system_clock(),
    "language/random": lambda _: language.system_random(),
    "language/number": lambda _: language.number(),
}
