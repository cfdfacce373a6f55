/** The speed where the setting is not a number above 0. */
const USUAL_SPEED = 200;

/**
 * Returns the words of some HTML. Nobody reads code at the speed of a text, so it is left out.
 *
 * @param {string} html
 */
export function words(html) {
  const text = html.replace(/<pre[^]*?<\/pre>/g, " ").replace(/<[^>]*>|&[a-z0-9#]+;/gi, " ");
  return text.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*/gu) ?? [];
}

/**
 * Returns the minutes that a text takes, rounded up; 0 for one without words.
 *
 * @param {string} html
 * @param {number} wordsPerMinute
 */
export function minutesToRead(html, wordsPerMinute) {
  const speed = wordsPerMinute > 0 ? wordsPerMinute : USUAL_SPEED;
  return Math.ceil(words(html).length / speed);
}
