-- Uses up whatever the host lets it have, in the way that the title of a post chooses.

local sdk = require("sdk")

local calls = 0
local how = "healthy"

local CHANGE = "UPDATE posts SET excerpt = 'changed' WHERE slug = 'index'"
local FLOOD = 10000

local function loop()
  while true do end
end

local function recurse() return 1 + recurse() end

local function change()
  Host.dbBegin()
  local changed = Host.dbExecute(CHANGE)
  assert(changed:find("rows_affected"), changed)
end

-- Tables in a table, as deep as this.
local function nested(depth)
  local list = {}
  for _ = 1, depth do list = { list } end
  return list
end

-- Changes everything that a script can reach, and asks whether the host's functions that it has
-- kept are what they were.
local function pollute()
  local null, fetch, insert, decode = Host.null, sdk.dbFetchAll, sdk.dbInsert, Host.jsonDecode
  local fail, find, pcall, tostring = error, string.find, pcall, tostring
  local stolen = function() fail("stolen") end
  getmetatable("").__index = stolen
  getmetatable("").__name = "stolen"
  getmetatable(sdk.list()).__index = stolen
  getmetatable(sdk.list()).__len = stolen
  for _, library in pairs({ string, table, math, utf8, coroutine, sdk, Host, package.loaded }) do
    for name in pairs(library) do library[name] = stolen end
  end
  local globals = _G
  for name in pairs(globals) do globals[name] = stolen end
  local where = { slug = "index", excerpt = { ["$ne"] = null } }
  local rows = fetch("posts", where, { columns = { "slug" } }).rows
  local number = decode('{"list": [9007199254740993]}').list
  local succeeded, message = pcall(insert, "sessions", { token = "t" })
  local is_denied = not succeeded and find(message, "sessions", 1, true) ~= nil
  fail("polluted: " .. number[1] .. " " .. rows[1].slug .. " " .. tostring(is_denied))
end

local acts = {
  -- What never ends.
  loop = loop,
  caught = function()
    while true do pcall(error, "again") end
  end,
  host = function()
    while true do Host.getData("key") end
  end,
  log = function()
    while true do print("again") end
  end,
  pattern = function() return ("a"):rep(40):find(("a?"):rep(40) .. ("a"):rep(40) .. "b") end,
  ["pattern-long"] = function() return ("a"):rep(30000):find((".-"):rep(8) .. "b") end,
  coroutines = function()
    local function bomb()
      while true do coroutine.wrap(bomb)() end
    end
    while true do pcall(bomb) end
  end,
  coroutine = function()
    local again = coroutine.wrap(function()
      while true do coroutine.yield() end
    end)
    while true do again() end
  end,
  close = function() local _ <close> = setmetatable({}, { __close = loop }) end,
  collected = function()
    setmetatable({}, { __gc = loop })
    collectgarbage()
  end,
  ["index-key"] = function() return setmetatable({}, { __index = loop }).key end,
  text = function() print(setmetatable({}, { __tostring = loop })) end,
  sort = function() table.sort({ 3, 2, 1 }, loop) end,
  gsub = function() return ("x"):gsub("x", loop) end,
  load = function() load("while true do end")() end,
  lock = function()
    change()
    loop()
  end,

  -- What fails.
  recursion = recurse,
  ["recursion-caught"] = function()
    local function deeper() pcall(deeper) error("deep") end
    deeper()
  end,
  ["recursion-index"] = function()
    local t = setmetatable({}, {})
    getmetatable(t).__index = function(_, key) return t[key] end
    return t.key
  end,
  ["recursion-coroutine"] = function()
    local function resume()
      local succeeded, message = coroutine.resume(coroutine.create(resume))
      if not succeeded then error(message, 0) end
    end
    resume()
  end,
  ["recursion-load"] = function()
    assert(load("return " .. ("("):rep(1e5) .. "1" .. (")"):rep(1e5)))
  end,
  memory = function()
    local hoard = {}
    while true do hoard[#hoard + 1] = ("x"):rep(1 << 16) .. #hoard end
  end,
  ["memory-table"] = function()
    local hoard = {}
    for i = 1, 1 << 40 do hoard[i] = i end
  end,
  ["memory-coroutines"] = function()
    local hoard = {}
    while true do hoard = { hoard, coroutine.create(print) } end
  end,
  giant = function() return ("x"):rep(1 << 40) end,
  ["giant-sum"] = function()
    local text = "x"
    while true do text = text .. text end
  end,
  ["giant-format"] = function() return ("%" .. ("9"):rep(99) .. "d"):format(1) end,
  ["giant-concat"] = function()
    return table.concat(setmetatable({}, { __len = function() return 1 << 40 end }))
  end,
  ["giant-unpack"] = function() return table.unpack({}, 1, 1 << 30) end,
  ["deep-json"] = function() return Host.jsonDecode(("["):rep(1e6)) end,
  ["deep-data"] = function() return Host.jsonEncode(nested(1e5)) end,
  ["deep-answer"] = function() return { tag_ids = nested(1e4) } end,
  ["cyclic-answer"] = function()
    local post = {}
    post.title = post
    return post
  end,
  ["function-answer"] = function() return { title = print } end,
  ["wrong-answer"] = function() return 7 end,
  ["bytes-answer"] = function() return { title = "\xff" } end,
  ["huge-answer"] = function() return { content = ("x"):rep(20000000) } end,
  ["huge-value"] = function() Host.setData("key", ("x"):rep(20000000)) end,
  compiled = function() assert(load("\27Lua" .. ("\0"):rep(100))) end,
  dumped = function() assert(load(string.dump(loop))) end,
  ["load-throws"] = function() load("error('evaluated')")() end,
  require = function() require("os") end,
  ["require-outside"] = function() require("../../../etc/passwd") end,
  raised = function() error(setmetatable({}, { __tostring = function() error("again") end })) end,
  poison = function()
    how = "poisoned"
    error("the state is spoilt")
  end,
  pollute = pollute,

  -- What the host bounds, and the script survives.
  ["log-flood"] = function()
    for i = 1, FLOOD do print(i) end
  end,
  ["event-flood"] = function()
    for i = 1, FLOOD do Host.emitEvent("flood", tostring(i)) end
  end,
  ["huge-log"] = function() print(("x"):rep(4000000)) end,
  ["large-value"] = function() Host.setData("key", ("x"):rep(12000000)) end,
  ["open-transaction"] = change,
}

local function act(post)
  local before = how
  calls = calls + 1
  local chosen = acts[post.title]
  local answer = chosen and chosen()
  if post.title:find("-answer", 1, true) then return answer end
  return { excerpt = before .. " " .. calls }
end

Plugin.on_post_creating = act
Plugin.on_post_updating = act
