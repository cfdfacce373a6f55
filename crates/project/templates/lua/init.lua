local sdk = require("sdk")

---@param post PostInput
function Plugin.on_post_creating(post)
  if post.excerpt or post.content == "" then
    return nil
  end
  -- By characters: half of one, which is what counting bytes may leave, is not text.
  local after = utf8.offset(post.content, 161)
  return { excerpt = after and post.content:sub(1, after - 1) or post.content }
end

---@param post PostOutput
function Plugin.on_post_created(post)
  sdk.logInfo("published: " .. post.slug)
end
