-- SHA-256 with Lua's own integers, which have 64 bits: the upper half is masked where it matters.
local round_constants = {}
local initial = {}

-- The first 32 bits of the fractional part of a root, from integers alone.
local function fraction(number, root)
  local power = root == 2 and 0.5 or 1 / 3
  return math.floor((number ^ power % 1) * 0x100000000)
end

local candidate = 2
while #round_constants < 64 do
  local prime = true
  for divisor = 2, math.floor(candidate ^ 0.5) do
    if candidate % divisor == 0 then
      prime = false
      break
    end
  end
  if prime then
    if #initial < 8 then
      initial[#initial + 1] = fraction(candidate, 2)
    end
    round_constants[#round_constants + 1] = fraction(candidate, 3)
  end
  candidate = candidate + 1
end

local block = {}
for word = 1, 64 do
  block[word] = 0
end

return function(text)
  local length = #text
  local padding = "\x80" .. ("\0"):rep((55 - length) % 64)
  text = text .. padding .. string.pack(">I8", length * 8)

  local h1, h2, h3, h4, h5, h6, h7, h8 = table.unpack(initial)
  local words, constants = block, round_constants
  for position = 1, #text, 64 do
    words[1], words[2], words[3], words[4], words[5], words[6], words[7], words[8],
    words[9], words[10], words[11], words[12], words[13], words[14], words[15], words[16] =
      string.unpack(">I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4", text, position)
    for index = 17, 64 do
      -- A word beside itself turns a rotation into a shift.
      local x, y = words[index - 15], words[index - 2]
      local xx, yy = x | x << 32, y | y << 32
      words[index] = (words[index - 16] + (xx >> 7 ~ xx >> 18 ~ x >> 3)
        + words[index - 7] + (yy >> 17 ~ yy >> 19 ~ y >> 10)) & 0xffffffff
    end

    local a, b, c, d, e, f, g, h = h1, h2, h3, h4, h5, h6, h7, h8
    for index = 1, 64 do
      local ee, aa = e | e << 32, a | a << 32
      local first = h + ((ee >> 6 ~ ee >> 11 ~ ee >> 25) & 0xffffffff)
        + (g ~ e & (f ~ g)) + constants[index] + words[index]
      local second = ((aa >> 2 ~ aa >> 13 ~ aa >> 22) & 0xffffffff) + (a & b | c & (a | b))
      h, g, f, e, d, c, b, a = g, f, e, (d + first) & 0xffffffff, c, b, a, (first + second) & 0xffffffff
    end
    h1, h2, h3, h4 = (h1 + a) & 0xffffffff, (h2 + b) & 0xffffffff, (h3 + c) & 0xffffffff, (h4 + d) & 0xffffffff
    h5, h6, h7, h8 = (h5 + e) & 0xffffffff, (h6 + f) & 0xffffffff, (h7 + g) & 0xffffffff, (h8 + h) & 0xffffffff
  end
  return ("%08x"):rep(8):format(h1, h2, h3, h4, h5, h6, h7, h8)
end
