import { log } from "raisfast:plugin-wit/host-api";

/** @type {Partial<typeof import("raisfast:plugin-wit/plugin-hooks")>} */
export const pluginHooks = {
  onPostCreating(post) {
    if (post.slug != null) {
      return undefined;
    }
    return { ...post, slug: post.title.toLowerCase().replaceAll(" ", "-") };
  },

  onPostCreated(post) {
    log("info", `published: ${post.slug}`);
  },
};
