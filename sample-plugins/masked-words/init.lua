local sdk = require("sdk")

-- Returns a set of the words in a setting such as "darn, heck".
local function listed(text)
  local words = {}
  for word in text:gmatch("[^,%s]+") do
    words[word:lower()] = true
  end
  return words
end

-- Returns a word with a star in the place of each character after the first.
local function masked(word)
  local second = utf8.offset(word, 2)
  return word:sub(1, second - 1) .. ("*"):rep(utf8.len(word, second))
end

---@param comment CommentInput
function Plugin.on_comment_creating(comment)
  local unwanted = listed(sdk.configGet("words") or "")
  local count = 0
  -- Bytes from 128 on belong to letters beyond ASCII.
  local content = comment.content:gsub("[%w\128-\255]+", function(word)
    if unwanted[word:lower()] then
      count = count + 1
      return masked(word)
    end
  end)
  if count == 0 then
    return nil
  end
  sdk.logInfo("masked words of a comment: " .. count)
  return { content = content }
end
