// The conformance plugin, `tests/conformance/SPECIFICATION.md`, as a script: its hooks.

import { delivery, extractJson, vfsWrite } from "sdk";

import { callHost } from "./calls.js";

// A filter of a post: `null` keeps it.
function filterPost(hook, input) {
  const post = JSON.parse(input);
  if (post.title === "none") return null;
  return {
    ...post,
    title: `${hook}: ${post.title}`,
    tag_ids: post.tag_ids?.toReversed() ?? null,
  };
}

// Data that is an object has been decoded, and other data is the text that it is.
function text(data) {
  return typeof data === "string" ? data : JSON.stringify(data);
}

function filterContent(hook, event) {
  if (event.data === "none") return null;
  return { ...event, data: `{"${hook}":${text(event.data)}}` };
}

function filterText(hook, value) {
  return value === "none" ? null : `${hook}: ${value}`;
}

// A line for each field, under the contract's name for it.
function lines(record, names) {
  const line = (name) => {
    const value = record[name.replaceAll("-", "_")];
    return value === null || value === undefined ? `${name}\n` : `${name}=${value}\n`;
  };
  return names.map(line).join("");
}

const POST = [
  "id",
  "title",
  "slug",
  "content",
  "excerpt",
  "status",
  "created-by",
  "updated-by",
  "category-id",
  "view-count",
  "created-at",
  "updated-at",
  "published-at",
];
const COMMENT = ["content", "nickname", "email", "parent-id"];
const CONTENT = ["content-type", "data", "id"];
const PLACE = ["content-type", "id"];

function postLines(input) {
  const post = JSON.parse(input);
  // `JSON.parse` rounds a number beyond 53 bits; this is a `BigInt` there.
  post.view_count = extractJson(input, "view_count");
  return lines(post, POST);
}

function deliveryLines() {
  const current = delivery();
  if (current === null) return lines({}, ["delivery"]);
  const names = ["delivery-id", "delivery-attempt", "delivery-created-at"];
  return lines(
    {
      delivery_id: current.id,
      delivery_attempt: current.attempt,
      delivery_created_at: current.created_at,
    },
    names,
  );
}

function contentLines(input) {
  const event = JSON.parse(input);
  return lines({ ...event, data: text(event.data) }, CONTENT);
}

function write(hook, written) {
  vfsWrite(`${hook}.txt`, written);
}

// Filters.

export const on_post_creating = (input) => filterPost("on-post-creating", input);
export const on_post_updating = (input) => filterPost("on-post-updating", input);

export function on_comment_creating(input) {
  const comment = JSON.parse(input);
  if (comment.content === "none") return null;
  return { ...comment, content: `on-comment-creating: ${comment.content}` };
}

export function on_content_creating(input) {
  const event = JSON.parse(input);
  if (event.content_type === "call") return callHost(event.id, text(event.data));
  return filterContent("on-content-creating", event);
}

export const on_content_updating = (input) =>
  filterContent("on-content-updating", JSON.parse(input));
export const render_markdown = (value) => filterText("render-markdown", value);
export const filter_html = (value) => filterText("filter-html", value);

// Actions: what they were given goes into a file.

export function on_post_created(input) {
  write("on-post-created", postLines(input) + deliveryLines());
}

export function on_post_updated(input) {
  write("on-post-updated", postLines(input));
}

export function on_post_deleted(input) {
  write("on-post-deleted", lines(JSON.parse(input), ["id"]));
}

export function on_comment_created(input) {
  write("on-comment-created", lines(JSON.parse(input), COMMENT));
}

export function on_content_created(input) {
  write("on-content-created", contentLines(input));
}

export function on_content_updated(input) {
  write("on-content-updated", contentLines(input));
}

export function on_content_deleted(input) {
  write("on-content-deleted", lines(JSON.parse(input), PLACE));
}

export function on_content_viewed(input) {
  write("on-content-viewed", lines(JSON.parse(input), PLACE));
}

export function on_login(input) {
  write("on-login", lines(JSON.parse(input), ["user-id"]));
}

export function on_cron_tick(input) {
  let payload = JSON.parse(input);
  if (payload !== null && typeof payload === "object") payload = text(payload.body);
  write("on-cron-tick", lines({ payload }, ["payload"]));
}
