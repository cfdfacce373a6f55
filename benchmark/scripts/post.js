(post) => {
  if (post.slug === null) {
    post.slug = post.title.toLowerCase().replaceAll(" ", "-");
  }
  return post;
}
