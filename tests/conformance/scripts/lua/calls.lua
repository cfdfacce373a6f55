-- One call of a function of the host, as `on-content-creating` for the content type `call` makes
-- it, and the answer as the cases write it.

local sdk = require("sdk")
local language = require("language")
local rows = require("rows")

local SEPARATOR = "\x1f"
local ALL = { all = true }

local calls = {}

-- Answers of functions: each is unlike any value.
local NOTHING, UNSUPPORTED = {}, language.UNSUPPORTED

-- Calls what has no result.
local function nothing(call)
  return function(...)
    call(...)
    return NOTHING
  end
end

local function fields_from(first, ...)
  return rows.fields({ select(first, ...) })
end

-- The functions of `Host` say in JSON how they failed: the contract's name for it is the code.
-- Those of `sdk` raise the message alone.
local function checked(json)
  local answer = Host.jsonDecode(json)
  if answer.error then error({ code = answer.code, message = answer.error }) end
  return answer
end

local function join(parts)
  for i, part in ipairs(parts) do parts[i] = tostring(part) end
  return table.concat(parts, SEPARATOR)
end

local function current_delivery()
  local delivery = sdk.delivery()
  return delivery and join({ delivery.id, delivery.attempt, delivery.created_at })
end

local function send(method, url, timeout, body, ...)
  local given, headers = { ... }, {}
  for i = 1, #given - 1, 2 do headers[given[i]] = given[i + 1] end
  local request = { method = method, url = url, headers = headers, body = body }
  request.timeout_ms = tonumber(timeout)
  local answer = checked(Host.httpSend(request))
  local names, parts = {}, { answer.status, answer.body }
  for name in pairs(answer.headers) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    parts[#parts + 1] = name
    parts[#parts + 1] = answer.headers[name]
  end
  return join(parts)
end

local function fetch_one(table_name, filter, limit, offset, ...)
  local columns = { ... }
  local options = rows.query(limit, offset, columns)
  local row = sdk.dbFetchOne(table_name, rows.filter(filter), options).row
  return row and rows.written_row(row, columns)
end

local function fetch_all(table_name, filter, limit, offset, ...)
  local columns = { ... }
  local options = rows.query(limit, offset, columns)
  return rows.written_rows(sdk.dbFetchAll(table_name, rows.filter(filter), options).rows, columns)
end

local function increment(table_name, filter, column, by, least, most, ...)
  local columns, options = rows.addition(column, by, least, most, { ... })
  return sdk.dbIncrement(table_name, columns, rows.filter(filter), options).rows_affected
end

local functions = {
  ["host-api/log"] = nothing(Host.log),
  ["host-api/get-config"] = Host.getConfig,
  ["host-api/http-get"] = Host.httpGet,
  ["host-api/http-post"] = Host.httpPost,
  ["host-api/get-data"] = Host.getData,
  ["host-api/set-data"] = Host.setData,
  ["host-api/get-post"] = Host.getPost,
  ["host-api/db-query"] = Host.dbQuery,
  ["host-api/db-execute"] = Host.dbExecute,
  ["host-api/db-begin"] = Host.dbBegin,
  ["host-api/db-commit"] = Host.dbCommit,
  ["host-api/db-rollback"] = Host.dbRollback,
  ["host-api/vfs-read"] = Host.vfsRead,
  ["host-api/vfs-write"] = Host.vfsWrite,
  ["host-api/vfs-delete"] = Host.vfsDelete,
  ["host-api/vfs-exists"] = Host.vfsExists,
  ["host-api/vfs-list"] = Host.vfsList,
  ["host-api/vfs-stat"] = Host.vfsStat,
  ["host-api/emit-event"] = Host.emitEvent,

  ["identifiers/new-id"] = function() return sdk.newId() end,
  ["clock/now"] = function() return sdk.now() end,
  ["clock/unix-milliseconds"] = function() return sdk.unixMilliseconds() end,
  ["deliveries/current"] = current_delivery,
  ["refusals/refuse"] = nothing(function(message, pointer) sdk.refuse(pointer, message) end),
  ["http/send"] = send,

  ["database/insert"] = nothing(function(...)
    checked(Host.dbInsert(..., fields_from(2, ...)))
  end),
  ["database/fetch-one"] = fetch_one,
  ["database/fetch-all"] = fetch_all,
  ["database/update"] = function(name, filter, ...)
    return sdk.dbUpdate(name, rows.fields({ ... }), rows.filter(filter), ALL).rows_affected
  end,
  ["database/delete"] = function(name, filter)
    return sdk.dbDelete(name, rows.filter(filter), ALL).rows_affected
  end,
  ["database/count"] = function(name, filter)
    return sdk.dbCount(name, rows.filter(filter)).count
  end,
  ["database/increment"] = increment,
  ["database/sum"] = function(name, column, filter)
    return rows.written_value(sdk.dbSum(name, column, rows.filter(filter)).sum)
  end,
  ["database/group-by"] = function(name, filter)
    local groups = sdk.dbGroupBy(name, rows.grouping_by_flag(filter)).rows
    return rows.written_rows(groups, { "flag", "rows", "total" })
  end,
  ["database/placeholder"] = function(number) return sdk.dbPh(math.tointeger(tonumber(number))) end,

  ["language/fail"] = language.fail,
  ["language/print"] = nothing(language.print),
  ["language/print-error"] = language.print_error,
  ["language/clock"] = language.clock,
  ["language/random"] = language.random,
  ["language/number"] = language.number,
}

local function split(data)
  local texts = {}
  for text in (data .. SEPARATOR):gmatch("(.-)" .. SEPARATOR) do texts[#texts + 1] = text end
  return texts
end

local function described(content_type, answer)
  return { content_type = content_type, data = answer or "", id = Host.null }
end

function calls.host(name, data)
  local call = functions[name]
  if not call then error("the contract has no function " .. name) end
  local succeeded, answer = pcall(call, table.unpack(split(data)))
  if not succeeded then
    if type(answer) ~= "table" then error(answer, 0) end
    return described("error", answer.code .. ": " .. answer.message)
  end
  if answer == UNSUPPORTED then return described("unsupported") end
  if answer == NOTHING then return described("nothing") end
  if answer == nil then return described("none") end
  return described("value", tostring(answer))
end

return calls
