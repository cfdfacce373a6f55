import { configGet } from "sdk";
import { minutesToRead } from "./lib/words.js";

/**
 * Puts the reading time above a post.
 *
 * @type {import("sdk").Handlers["filter_html"]}
 */
export function filter_html(html) {
  const minutes = minutesToRead(html, Number(configGet("words_per_minute")));
  if (minutes === 0) {
    return undefined;
  }
  return `<p class="plugin-reading-time">${minutes} min read</p>\n${html}`;
}
