return function(post)
  if post.slug == nil then
    post.slug = post.title:lower():gsub(" ", "-")
  end
  return post
end
