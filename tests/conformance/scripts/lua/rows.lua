-- The database without SQL: its values, fields and conditions as the cases write them.

local SEPARATOR, ROW_SEPARATOR = "\x1f", "\x1e"

local rows = {}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(bytes)
  local text = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local bits = a << 16 | (b or 0) << 8 | (c or 0)
    for place = 0, 3 do
      local digit = (bits >> (18 - 6 * place) & 63) + 1
      local is_there = place < 2 or (place == 2 and b) or (place == 3 and c)
      text[#text + 1] = is_there and ALPHABET:sub(digit, digit) or "="
    end
  end
  return table.concat(text)
end

local function bytes_of(digits)
  return (digits:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function hexadecimal(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local readers = {
  null = function() return Host.null end,
  boolean = function(text) return text == "true" end,
  integer = function(text) return math.tointeger(tonumber(text)) end,
  float = function(text) return (string.unpack(">d", bytes_of(text))) end,
  decimal = function(text) return { ["$decimal"] = text } end,
  text = function(text) return text end,
  -- A string that happens to be UTF-8 would be a text.
  bytes = function(text) return { ["$bytes"] = base64(bytes_of(text)) } end,
}

local function value_of(written)
  local tag, content = written:match("^(%l+):(.*)$")
  return readers[tag](content)
end

-- A string is bytes where it is not UTF-8: Lua has no other way to tell them from a text.
function rows.written_value(value)
  if value == nil then return "null:" end
  if type(value) == "boolean" then return "boolean:" .. tostring(value) end
  if math.type(value) == "integer" then return "integer:" .. value end
  if math.type(value) == "float" then return "float:" .. hexadecimal(string.pack(">d", value)) end
  if utf8.len(value) then return "text:" .. value end
  return "bytes:" .. hexadecimal(value)
end

function rows.fields(texts)
  local fields = {}
  for i = 1, #texts - 1, 2 do fields[texts[i]] = value_of(texts[i + 1]) end
  return fields
end

function rows.written_row(row, columns)
  local parts = {}
  for _, name in ipairs(columns) do
    parts[#parts + 1] = name .. SEPARATOR .. rows.written_value(row[name])
  end
  return table.concat(parts, SEPARATOR)
end

function rows.written_rows(found, columns)
  local written = {}
  for i, row in ipairs(found) do written[i] = rows.written_row(row, columns) end
  return table.concat(written, ROW_SEPARATOR)
end

-- A condition of every kind.
local chosen = {
  ["$or"] = {
    {
      name = { ["$ne"] = "left-out", ["$in"] = { "first", "second" }, ["$like"] = "%s%" },
      whole = { ["$between"] = { math.mininteger, math.maxinteger } },
      nothing = { ["$null"] = true },
      ["$not"] = { name = { ["$null"] = true } },
    },
    { name = "third" },
  },
}

function rows.filter(name)
  return ({ all = {}, chosen = chosen })[name]
end

function rows.query(limit, offset, columns)
  return {
    columns = columns,
    order = { "name" },
    limit = math.tointeger(tonumber(limit)),
    offset = math.tointeger(tonumber(offset)),
  }
end

function rows.addition(column, by, least, most, set)
  local function bound(written) return written ~= "" and value_of(written) or nil end
  local options = { all = true, min = bound(least), max = bound(most), set = rows.fields(set) }
  return { [column] = value_of(by) }, options
end

function rows.grouping_by_flag(filter)
  return {
    where = rows.filter(filter),
    group_by = { "flag" },
    count = "rows",
    sums = { total = "whole" },
    order = { "-rows" },
  }
end

return rows
