---@meta

-- What a Lua plugin finds without `require`, for editors with the Lua language server. Put this
-- folder into `Lua.workspace.library`. Nothing here runs.

---A post as an author submits it.
---@class PostInput
---@field title string
---@field content string
---@field slug string?
---@field excerpt string?
---@field category_id string?
---@field tag_ids string[]?
---@field status string?
---@field cover_image string?

---A post as the server has stored it. Times are RFC 3339.
---@class PostOutput
---@field id string
---@field title string
---@field slug string
---@field content string
---@field excerpt string?
---@field status string
---@field created_by string
---@field updated_by string?
---@field category_id string?
---@field view_count integer
---@field created_at string
---@field updated_at string
---@field published_at string?

---A comment as a visitor submits it.
---@class CommentInput
---@field content string
---@field nickname string?
---@field email string?
---@field parent_id string?

---Typed content. `body` has the same fields; what a handler returns in it is ignored.
---@class ContentEvent
---@field content_type string
---@field data any
---@field id string?
---@field body? { content_type: string, data: any, id: string? }

---The name of typed content.
---@class ContentName
---@field content_type string
---@field id string
---@field body { content_type: string, id: string }

---The place of an instance among those of its version.
---@class InstancePlace
---@field number integer Counted from 0.
---@field instances integer
---@field cause "version-begins"|"replacement"

---The delivery that a call of an action is: the same `id` at each try.
---@class Delivery
---@field id string
---@field attempt integer Counted from 1.
---@field created_at string

---@class HttpRequest
---@field url string
---@field method? "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE"
---@field headers? table<string, string>
---@field body? string|table A table is sent as JSON.
---@field timeout_ms? integer

---@class HttpResponse
---@field status integer
---@field headers table<string, string>
---@field body string

---What refuses the request when a handler returns or raises it; `sdk.fail` makes it.
---@class Refusal
---@field __plugin_error true
---@field __status integer
---@field __message string

---`{column = value}`, `{column = {["$gt"] = 1}}` with `$eq $ne $gt $gte $lt $lte $in $like
---$between $null`, `["$and"]`, `["$or"]`, `["$not"]`; `{}` is all rows.
---@alias Where table<string, any>

---@class DbOptions
---@field columns? string[]
---@field order? string[] `-created_at` for the greatest first.
---@field limit? integer
---@field offset? integer
---@field all? boolean Needed to change all rows.
---@field group_by? string[]
---@field sums? string[]|table<string, string>
---@field having? Where
---@field min? number
---@field max? number
---@field set? table<string, any>

---A plugin's handlers. The entry fills this table, or returns one of its own.
---
---A filter returns the record, or only the fields that it changes; `Host.null` takes a field
---away, and `nil` keeps everything.
---@class Plugin
---@field on_post_creating? fun(post: PostInput): PostInput|Refusal|nil
---@field on_post_updating? fun(post: PostInput): PostInput|Refusal|nil
---@field on_comment_creating? fun(comment: CommentInput): CommentInput|Refusal|nil
---@field on_content_creating? fun(event: ContentEvent): ContentEvent|Refusal|nil
---@field on_content_updating? fun(event: ContentEvent): ContentEvent|Refusal|nil
---@field render_markdown? fun(markdown: string): string?
---@field filter_html? fun(html: string): string?
---@field on_post_created? fun(post: PostOutput)
---@field on_post_updated? fun(post: PostOutput)
---@field on_post_deleted? fun(post: { id: string })
---@field on_comment_created? fun(comment: CommentInput)
---@field on_content_created? fun(event: ContentEvent)
---@field on_content_updated? fun(event: ContentEvent)
---@field on_content_deleted? fun(content: ContentName)
---@field on_content_viewed? fun(content: ContentName)
---@field on_login? fun(login: { user_id: string })
---@field on_cron_tick? fun(payload: any)
---@field on_load? fun(place: InstancePlace): Refusal?
---@field on_unload? fun()
---@field snapshot? fun(): string?
---@field restore? fun(state: string)
Plugin = {}

---The contract's functions. JSON is text, and a failure is what the contract returns for it; the
---module `sdk` has the same with tables and errors.
---@class Host
Host = {}

---The same as `Host`.
RaisFastHost = Host

---Stands for null where `nil` would leave a field out: in rows, in lists, in what a filter returns.
---@type lightuserdata
Host.null = nil

---Marks a table as a list, so that it is `[]` in JSON also when it is empty.
---@generic T
---@param items? T[]
---@return T[]
function Host.list(items) end

---Writes a log record. Levels are trace, debug, info, warn and error.
---@param level string
---@param message any
---@overload fun(message: any)
function Host.log(level, message) end

---@param key string
---@return string?
function Host.getConfig(key) end

---@param url string
---@return string? body
function Host.httpGet(url) end

---@param url string
---@param body? string|table
---@return string? body
function Host.httpPost(url, body) end

---Sends a request. A response with a status like 404 is an answer too.
---@param request string|HttpRequest
---@return string json `{"status", "headers", "body"}`
function Host.httpSend(request) end

---@param key string
---@return string?
function Host.getData(key) end

---@param key string
---@param value any Text; a table is stored as JSON.
---@return boolean
function Host.setData(key, value) end

---@param slug string
---@return string? json
function Host.getPost(slug) end

---@param sql string
---@param params? string|any[]
---@return string json
function Host.dbQuery(sql, params) end

---@param sql string
---@param params? string|any[]
---@return string json
function Host.dbExecute(sql, params) end

---@return string json
function Host.dbBegin() end

---@return string json
function Host.dbCommit() end

---@return string json
function Host.dbRollback() end

---What stands for a parameter, counted from 1, in SQL.
---@param number integer
---@return string
function Host.dbPh(number) end

---@param table string
---@param data string|table<string, any>
---@param options? string|DbOptions
---@return string json `{"rows_affected", "id"?}`
function Host.dbInsert(table, data, options) end

---@param table string
---@param where? string|Where
---@param options? string|DbOptions
---@return string json `{"row"}`
function Host.dbFetchOne(table, where, options) end

---@param table string
---@param where? string|Where
---@param options? string|DbOptions
---@return string json `{"rows"}`
function Host.dbFetchAll(table, where, options) end

---@param table string
---@param data string|table<string, any>
---@param where string|Where
---@param options? string|DbOptions
---@return string json `{"rows_affected"}`
function Host.dbUpdate(table, data, where, options) end

---@param table string
---@param where string|Where
---@param options? string|DbOptions
---@return string json `{"rows_affected"}`
function Host.dbDelete(table, where, options) end

---@param table string
---@param columns string|table<string, number>
---@param where string|Where
---@param options? string|DbOptions
---@return string json `{"rows_affected"}`
function Host.dbIncrement(table, columns, where, options) end

---@param table string
---@param where? string|Where
---@param options? string|DbOptions
---@return string json `{"count"}`
function Host.dbCount(table, where, options) end

---@param table string
---@param column string
---@param where? string|Where
---@param options? string|DbOptions
---@return string json `{"sum"}`
function Host.dbSum(table, column, where, options) end

---@param table string
---@param options string|DbOptions
---@return string json `{"rows"}`
function Host.dbGroupBy(table, options) end

---@param path string
---@return string?
function Host.vfsRead(path) end

---@param path string
---@param content any Text; a table is written as JSON.
---@return boolean
function Host.vfsWrite(path, content) end

---@param path string
---@return boolean
function Host.vfsDelete(path) end

---@param path string
---@return boolean
function Host.vfsExists(path) end

---@param path string
---@return string? json
function Host.vfsList(path) end

---@param path string
---@return string? json
function Host.vfsStat(path) end

---@param type string
---@param data any Text; a table is sent as JSON.
---@return string json
function Host.emitEvent(type, data) end

---@return string uuid
function Host.newId() end

---@return string time RFC 3339, in UTC.
function Host.now() end

---@return integer
function Host.unixMilliseconds() end

---The delivery that this call is; nothing outside of an action.
---@return string? json
function Host.delivery() end

---Refuses the request in the plugin's own words, at a field such as `/title`.
---@param pointer string?
---@param message string
---@overload fun(message: string)
function Host.refuse(pointer, message) end

---@param value any
---@return string json
function Host.jsonEncode(value) end

---@param json string
---@return any
function Host.jsonDecode(json) end
