// The conformance plugin, `tests/conformance/SPECIFICATION.md`, in JavaScript: its hooks.

import deliveries from "raisfast:plugin-wit/deliveries";
import hostApi from "raisfast:plugin-wit/host-api";

import { callHost } from "./calls.js";
import { isExact } from "./language.js";

function filterPost(hook, post) {
  if (post.title === "none") return null;
  return {
    ...post,
    title: `${hook}: ${post.title}`,
    tagIds: post.tagIds?.toReversed() ?? null,
  };
}

function filterContent(hook, event) {
  if (event.data === "none") return null;
  return { ...event, data: `{"${hook}":${event.data}}` };
}

function filterText(hook, text) {
  return text === "none" ? null : `${hook}: ${text}`;
}

function line(name, value) {
  return value === null ? `${name}\n` : `${name}=${value}\n`;
}

function postLines(post) {
  if (!isExact(post.viewCount)) return ["unsupported\n"];
  return [
    line("id", post.id),
    line("title", post.title),
    line("slug", post.slug),
    line("content", post.content),
    line("excerpt", post.excerpt),
    line("status", post.status),
    line("created-by", post.createdBy),
    line("updated-by", post.updatedBy),
    line("category-id", post.categoryId),
    line("view-count", post.viewCount),
    line("created-at", post.createdAt),
    line("updated-at", post.updatedAt),
    line("published-at", post.publishedAt),
  ];
}

function deliveryLines() {
  const delivery = deliveries.current();
  if (delivery === null) return [line("delivery", null)];
  return [
    line("delivery-id", delivery.id),
    line("delivery-attempt", delivery.attempt),
    line("delivery-created-at", delivery.createdAt),
  ];
}

function commentLines(comment) {
  return [
    line("content", comment.content),
    line("nickname", comment.nickname),
    line("email", comment.email),
    line("parent-id", comment.parentId),
  ];
}

function contentLines(event) {
  return [
    line("content-type", event.contentType),
    line("data", event.data),
    line("id", event.id),
  ];
}

function write(hook, lines) {
  hostApi.vfsWrite(`${hook}.txt`, lines.join(""));
}

export const pluginHooks = {
  // Filters: `null` keeps the value.

  onPostCreating: (post) => filterPost("on-post-creating", post),
  onPostUpdating: (post) => filterPost("on-post-updating", post),

  onCommentCreating(comment) {
    if (comment.content === "none") return null;
    return { ...comment, content: `on-comment-creating: ${comment.content}` };
  },

  onContentCreating(event) {
    if (event.contentType === "call") return callHost(event.id, event.data);
    return filterContent("on-content-creating", event);
  },

  onContentUpdating: (event) => filterContent("on-content-updating", event),
  renderMarkdown: (text) => filterText("render-markdown", text),
  filterHtml: (text) => filterText("filter-html", text),

  // Actions: what they were given goes into a file.

  onPostCreated(post) {
    write("on-post-created", [...postLines(post), ...deliveryLines()]);
  },

  onPostUpdated(post) {
    write("on-post-updated", postLines(post));
  },

  onPostDeleted(id) {
    write("on-post-deleted", [line("id", id)]);
  },

  onCommentCreated(comment) {
    write("on-comment-created", commentLines(comment));
  },

  onContentCreated(event) {
    write("on-content-created", contentLines(event));
  },

  onContentUpdated(event) {
    write("on-content-updated", contentLines(event));
  },

  onContentDeleted(contentType, id) {
    write("on-content-deleted", [line("content-type", contentType), line("id", id)]);
  },

  onContentViewed(contentType, id) {
    write("on-content-viewed", [line("content-type", contentType), line("id", id)]);
  },

  onLogin(userId) {
    write("on-login", [line("user-id", userId)]);
  },

  onCronTick(payload) {
    write("on-cron-tick", [line("payload", payload)]);
  },
};
