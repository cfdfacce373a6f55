import { log } from "raisfast:plugin-wit/host-api";
import type { PostInput, PostOutput } from "raisfast:plugin-wit/types";

export const pluginHooks = {
  onPostCreating(post: PostInput): PostInput | undefined {
    if (post.excerpt != null || post.content === "") {
      return undefined;
    }
    // By characters: half of one, which is what `slice` may leave, is not text.
    const beginning = [...post.content.slice(0, 320)].slice(0, 160);
    return { ...post, excerpt: beginning.join("") };
  },

  onPostCreated(post: PostOutput): void {
    log("info", `published: ${post.slug}`);
  },
} satisfies Partial<typeof import("raisfast:plugin-wit/plugin-hooks")>;
