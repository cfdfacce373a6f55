---@meta sdk

-- The module `sdk`: tables in and out, and errors that are raised. Nothing here runs.

---@class sdk
local sdk = {}

---Stands for null where `nil` would leave a field out.
---@type lightuserdata
sdk.null = nil

---Marks a table as a list, so that it is `[]` in JSON also when it is empty.
---@generic T
---@param items? T[]
---@return T[]
function sdk.list(items) end

---@param message any
function sdk.logInfo(message) end

---@param message any
function sdk.logWarn(message) end

---@param message any
function sdk.logError(message) end

---@param key string
---@return string?
function sdk.configGet(key) end

---@param key string
---@return string?
function sdk.storeGet(key) end

---@param key string
---@param value any Text; a table is stored as JSON.
---@return boolean
function sdk.storeSet(key, value) end

---@param url string
---@return string? body
function sdk.httpGet(url) end

---@param url string
---@return any
function sdk.httpGetJson(url) end

---@param url string
---@param body? string|table
---@return string? body
function sdk.httpPost(url, body) end

---@param url string
---@param data any
---@return any
function sdk.httpPostJson(url, data) end

---Sends a request. No answer is an error; one with a status like 404 is an answer.
---@param request HttpRequest
---@return HttpResponse
function sdk.httpSend(request) end

---@param slug string
---@return PostOutput?
function sdk.getPost(slug) end

---@param sql string
---@param params? any[]
---@return table<string, any>[]
function sdk.dbQuery(sql, params) end

---@param sql string
---@param params? any[]
---@return { rows_affected: integer }
function sdk.dbExec(sql, params) end

---Begins a transaction. It ends with the call at the latest: what is not committed is undone.
function sdk.dbBegin() end

function sdk.dbCommit() end

function sdk.dbRollback() end

---What stands for a parameter, counted from 1, in SQL.
---@param number integer
---@return string
function sdk.dbPh(number) end

---@param table string
---@param data table<string, any>
---@param options? DbOptions
---@return { rows_affected: integer, id: any }
function sdk.dbInsert(table, data, options) end

---@param table string
---@param where? Where
---@param options? DbOptions
---@return { row: table<string, any>?, data: table<string, any>? }
function sdk.dbFetchOne(table, where, options) end

---@param table string
---@param where? Where
---@param options? DbOptions
---@return { rows: table<string, any>[] }
function sdk.dbFetchAll(table, where, options) end

---@param table string
---@param data table<string, any>
---@param where Where
---@param options? DbOptions
---@return { rows_affected: integer }
function sdk.dbUpdate(table, data, where, options) end

---@param table string
---@param where Where
---@param options? DbOptions
---@return { rows_affected: integer }
function sdk.dbDelete(table, where, options) end

---@param table string
---@param columns table<string, number>
---@param where Where
---@param options? DbOptions
---@return { rows_affected: integer }
function sdk.dbIncrement(table, columns, where, options) end

---@param table string
---@param where? Where
---@param options? DbOptions
---@return { count: integer }
function sdk.dbCount(table, where, options) end

---@param table string
---@param column string
---@param where? Where
---@param options? DbOptions
---@return { sum: any }
function sdk.dbSum(table, column, where, options) end

---@param table string
---@param options DbOptions
---@return { rows: table<string, any>[] }
function sdk.dbGroupBy(table, options) end

---@param path string
---@return string?
function sdk.vfsRead(path) end

---@param path string
---@param content any Text; a table is written as JSON.
---@return boolean
function sdk.vfsWrite(path, content) end

---@param path string
---@return boolean
function sdk.vfsDelete(path) end

---@param path string
---@return boolean
function sdk.vfsExists(path) end

---@param path string
---@return string[]
function sdk.vfsList(path) end

---@param path string
---@return { size: integer, is_dir: boolean, modified: integer? }?
function sdk.vfsStat(path) end

---@param type string
---@param data any
function sdk.eventEmit(type, data) end

---@return string uuid
function sdk.newId() end

---@return string time RFC 3339, in UTC.
function sdk.now() end

---@return integer
function sdk.unixMilliseconds() end

---The delivery that this call is; nothing outside of an action.
---@return Delivery?
function sdk.delivery() end

---Refuses the request in the plugin's own words, at a field such as `/title`.
---@param pointer string?
---@param message string
---@overload fun(message: string)
function sdk.refuse(pointer, message) end

---Returns its argument.
---@generic T
---@param data T
---@return T
function sdk.ok(data) end

---What refuses the request when a handler returns or raises it. A status is 400 to 499.
---@param status integer
---@param message string
---@return Refusal
function sdk.fail(status, message) end

---Returns what stands at a path such as `a.b.0` in JSON text or in a table; the first item of a
---list is 0.
---@param input string|table
---@param path string
---@return any
function sdk.extractJson(input, path) end

---@param value any
---@return string json
function sdk.jsonEncode(value) end

---@param json string
---@return any
function sdk.jsonDecode(json) end

return sdk
