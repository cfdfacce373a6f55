export function on_post_creating(input) {
  const post = JSON.parse(input);
  if (post.slug === null) {
    post.slug = post.title.toLowerCase().replaceAll(" ", "-");
  }
  return post;
}

export function on_post_created(post) {}
