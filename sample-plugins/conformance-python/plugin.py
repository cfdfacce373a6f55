"""The conformance plugin, `tests/conformance/SPECIFICATION.md`, in Python: its hooks."""

from dataclasses import fields, replace

from wit_world import exports
from wit_world.imports import deliveries, host_api
from wit_world.imports.types import CommentInput, ContentEvent, PostInput, PostOutput

from calls import call_host


def filter_post(hook: str, post: PostInput) -> PostInput | None:
    if post.title == "none":
        return None
    tag_ids = None if post.tag_ids is None else post.tag_ids[::-1]
    return replace(post, title=f"{hook}: {post.title}", tag_ids=tag_ids)


def filter_content(hook: str, event: ContentEvent) -> ContentEvent | None:
    if event.data == "none":
        return None
    return replace(event, data=f'{{"{hook}":{event.data}}}')


def filter_text(hook: str, text: str) -> str | None:
    return None if text == "none" else f"{hook}: {text}"


def line(name: str, value: str | int | None) -> str:
    return f"{name}\n" if value is None else f"{name}={value}\n"


def lines(record: PostOutput | CommentInput | ContentEvent) -> str:
    """A line for each field of a record, by the name that the contract gives it."""
    return "".join(
        line(field.name.replace("_", "-"), getattr(record, field.name)) for field in fields(record)
    )


def delivery_lines() -> str:
    delivery = deliveries.current()
    if delivery is None:
        return line("delivery", None)
    return (
        line("delivery-id", delivery.id)
        + line("delivery-attempt", delivery.attempt)
        + line("delivery-created-at", delivery.created_at)
    )


def write(hook: str, text: str) -> None:
    host_api.vfs_write(f"{hook}.txt", text)


class PluginHooks(exports.PluginHooks):
    # Filters: `None` keeps the value.

    def on_post_creating(self, input: PostInput) -> PostInput | None:
        return filter_post("on-post-creating", input)

    def on_post_updating(self, input: PostInput) -> PostInput | None:
        return filter_post("on-post-updating", input)

    def on_comment_creating(self, input: CommentInput) -> CommentInput | None:
        if input.content == "none":
            return None
        return replace(input, content=f"on-comment-creating: {input.content}")

    def on_content_creating(self, input: ContentEvent) -> ContentEvent | None:
        if input.content_type == "call":
            return call_host(input.id, input.data)
        return filter_content("on-content-creating", input)

    def on_content_updating(self, input: ContentEvent) -> ContentEvent | None:
        return filter_content("on-content-updating", input)

    def render_markdown(self, input: str) -> str | None:
        return filter_text("render-markdown", input)

    def filter_html(self, input: str) -> str | None:
        return filter_text("filter-html", input)

    # Actions: what they were given goes into a file.

    def on_post_created(self, output: PostOutput) -> None:
        write("on-post-created", lines(output) + delivery_lines())

    def on_post_updated(self, output: PostOutput) -> None:
        write("on-post-updated", lines(output))

    def on_post_deleted(self, id: str) -> None:
        write("on-post-deleted", line("id", id))

    def on_comment_created(self, input: CommentInput) -> None:
        write("on-comment-created", lines(input))

    def on_content_created(self, input: ContentEvent) -> None:
        write("on-content-created", lines(input))

    def on_content_updated(self, input: ContentEvent) -> None:
        write("on-content-updated", lines(input))

    def on_content_deleted(self, content_type: str, id: str) -> None:
        write("on-content-deleted", line("content-type", content_type) + line("id", id))

    def on_login(self, user_id: str) -> None:
        write("on-login", line("user-id", user_id))

    def on_cron_tick(self, payload: str | None) -> None:
        write("on-cron-tick", line("payload", payload))


class Views(exports.Views):
    def on_content_viewed(self, content_type: str, id: str) -> None:
        write("on-content-viewed", line("content-type", content_type) + line("id", id))
