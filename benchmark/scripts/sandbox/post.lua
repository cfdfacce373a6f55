function Plugin.on_post_creating(post)
  if post.slug == nil then
    post.slug = post.title:lower():gsub(" ", "-")
  end
  return post
end

function Plugin.on_post_created(post) end
