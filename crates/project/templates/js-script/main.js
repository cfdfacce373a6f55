import { logInfo } from "sdk";

/** @type {import("sdk").Handlers["on_post_creating"]} */
export function on_post_creating(input) {
  const post = JSON.parse(input);
  if (post.excerpt != null || post.content === "") {
    return undefined;
  }
  // By characters: half of one, which is what `slice` may leave, is not text.
  const beginning = [...post.content.slice(0, 320)].slice(0, 160);
  return { excerpt: beginning.join("") };
}

/** @type {import("sdk").Handlers["on_post_created"]} */
export function on_post_created(input) {
  logInfo(`published: ${JSON.parse(input).slug}`);
}
