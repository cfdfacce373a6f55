declare module 'raisfast:plugin-wit/views' {
  /**
   * A published post or typed content was read; `content-type` is `post` for a post. Called after the reader has
   * been served, at most once a view: while many views wait for the plugin, further ones are not reported to it.
   */
  export function onContentViewed(contentType: string, id: string): void;
}
