import { log } from "raisfast:plugin-wit/host-api";

/** @type {Partial<typeof import("raisfast:plugin-wit/plugin-hooks")>} */
export const pluginHooks = {
  onPostCreating(post) {
    if (post.excerpt != null || post.content === "") {
      return undefined;
    }
    // By characters: half of one, which is what `slice` may leave, is not text.
    const beginning = [...post.content.slice(0, 320)].slice(0, 160);
    return { ...post, excerpt: beginning.join("") };
  },

  onPostCreated(post) {
    log("info", `published: ${post.slug}`);
  },
};
