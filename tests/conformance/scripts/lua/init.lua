-- The conformance plugin, `tests/conformance/SPECIFICATION.md`, as a script: its hooks.

local sdk = require("sdk")
local calls = require("calls")

-- A filter of a post: nothing keeps it.
local function filter_post(hook, post)
  if post.title == "none" then return nil end
  post.title = hook .. ": " .. post.title
  local tags = post.tag_ids
  if tags then
    local reversed = sdk.list()
    for i = #tags, 1, -1 do reversed[#reversed + 1] = tags[i] end
    post.tag_ids = reversed
  end
  return post
end

-- Data that is an object has been decoded, and other data is the text that it is.
local function text(data)
  return type(data) == "string" and data or Host.jsonEncode(data)
end

local function filter_content(hook, event)
  if event.data == "none" then return nil end
  event.data = '{"' .. hook .. '":' .. text(event.data) .. "}"
  return event
end

local function filter_text(hook, value)
  if value == "none" then return nil end
  return hook .. ": " .. value
end

-- A line for each field, under the contract's name for it.
local function lines(record, names)
  local written = {}
  for i, name in ipairs(names) do
    local value = record[(name:gsub("%-", "_"))]
    written[i] = value == nil and name .. "\n" or name .. "=" .. tostring(value) .. "\n"
  end
  return table.concat(written)
end

local POST = {
  "id", "title", "slug", "content", "excerpt", "status", "created-by", "updated-by", "category-id",
  "view-count", "created-at", "updated-at", "published-at",
}
local COMMENT = { "content", "nickname", "email", "parent-id" }
local CONTENT = { "content-type", "data", "id" }
local PLACE = { "content-type", "id" }

local function delivery_lines()
  local current = sdk.delivery()
  if not current then return lines({}, { "delivery" }) end
  return lines({
    delivery_id = current.id,
    delivery_attempt = current.attempt,
    delivery_created_at = current.created_at,
  }, { "delivery-id", "delivery-attempt", "delivery-created-at" })
end

local function write(hook, written)
  sdk.vfsWrite(hook .. ".txt", written)
end

local function content_lines(event)
  local data = text(event.data)
  return lines({ content_type = event.content_type, data = data, id = event.id }, CONTENT)
end

-- Filters.

function Plugin.on_post_creating(post) return filter_post("on-post-creating", post) end

function Plugin.on_post_updating(post) return filter_post("on-post-updating", post) end

function Plugin.on_comment_creating(comment)
  if comment.content == "none" then return nil end
  comment.content = "on-comment-creating: " .. comment.content
  return comment
end

function Plugin.on_content_creating(event)
  if event.content_type == "call" then return calls.host(event.id, text(event.data)) end
  return filter_content("on-content-creating", event)
end

function Plugin.on_content_updating(event) return filter_content("on-content-updating", event) end

function Plugin.render_markdown(value) return filter_text("render-markdown", value) end

function Plugin.filter_html(value) return filter_text("filter-html", value) end

-- Actions: what they were given goes into a file.

function Plugin.on_post_created(post)
  write("on-post-created", lines(post, POST) .. delivery_lines())
end

function Plugin.on_post_updated(post) write("on-post-updated", lines(post, POST)) end

function Plugin.on_post_deleted(post) write("on-post-deleted", lines(post, { "id" })) end

function Plugin.on_comment_created(comment) write("on-comment-created", lines(comment, COMMENT)) end

function Plugin.on_content_created(event) write("on-content-created", content_lines(event)) end

function Plugin.on_content_updated(event) write("on-content-updated", content_lines(event)) end

function Plugin.on_content_deleted(content) write("on-content-deleted", lines(content, PLACE)) end

function Plugin.on_content_viewed(content) write("on-content-viewed", lines(content, PLACE)) end

function Plugin.on_login(login) write("on-login", lines(login, { "user-id" })) end

function Plugin.on_cron_tick(payload)
  if type(payload) == "table" then payload = text(payload.body) end
  write("on-cron-tick", lines({ payload = payload }, { "payload" }))
end
