"""The interfaces `identifiers`, `clock`, `deliveries`, `refusals` and `http`."""

# ANCHOR: imports
import json

from componentize_py_types import Err
from wit_world.imports import clock, deliveries, host_api, http, identifiers, refusals
# ANCHOR_END: imports


# ANCHOR: new-id
def example_new_id() -> None:
    host_api.set_data("last-import", identifiers.new_id())
# ANCHOR_END: new-id


# ANCHOR: now
def example_now() -> None:
    host_api.set_data("last-run", clock.now())
# ANCHOR_END: now


# ANCHOR: unix-milliseconds
def example_unix_milliseconds() -> None:
    begun = clock.unix_milliseconds()
    posts = host_api.db_query("SELECT slug FROM posts", None)
    took = clock.unix_milliseconds() - begun
    host_api.log("debug", f"{len(posts)} characters in {took} ms")
# ANCHOR_END: unix-milliseconds


# ANCHOR: current
def example_current() -> None:
    delivery = deliveries.current()
    if delivery is None:
        return
    done = f"done:{delivery.id}"
    if host_api.get_data(done) is not None:
        return
    body = json.dumps({"id": delivery.id, "text": "a new post"})
    if host_api.http_post("https://hooks.example.com/raisfast", body) is None:
        raise ConnectionError("tried again later")
    host_api.set_data(done, delivery.created_at)
# ANCHOR_END: current


# ANCHOR: refuse
def example_refuse() -> None:
    title = "Hi"
    if len(title) < 3:
        refusals.refuse("/title", "A title has at least three letters.")
# ANCHOR_END: refuse


# ANCHOR: send
def example_send() -> None:
    request = http.Request(
        method=http.Method.POST,
        url="https://api.example.com/v1/notes",
        headers=[("authorization", "Bearer …"), ("content-type", "application/json")],
        body=json.dumps({"text": "a new post"}).encode(),
        timeout_ms=2000,
    )
    try:
        answer = http.send(request)
    except Err as error:
        if isinstance(error.value, http.Error_Timeout):
            host_api.log("info", "later, then")
        else:
            host_api.log("error", error.value.value)
        return
    if 200 <= answer.status < 300:
        host_api.set_data("note", dict(answer.headers).get("location", ""))
    else:
        host_api.log("warn", f"{answer.status}: {answer.body.decode()}")
# ANCHOR_END: send
