-- What Lua has of its own here: neither `io` nor `os`.

local language = {}

-- The answer of a function of `language` that there is not.
language.UNSUPPORTED = {}

local function unsupported() return language.UNSUPPORTED end

function language.fail() error("asked to fail") end

language.print = print
language.print_error = unsupported
language.clock = unsupported
language.random = unsupported

function language.number() return math.random() end

return language
