declare module 'raisfast:plugin-wit/refusals' {
  /**
   * Refuse the request that the hook is called for: when the hook returns, whoever sent the request gets the message
   * with status 422, nothing is stored, and no later plugin is called. It does not count as a failure of the plugin.
   * 
   * Only a filter that is called before something is stored can refuse: `on-post-creating`, `on-post-updating`,
   * `on-comment-creating`, `on-content-creating` and `on-content-updating`. Elsewhere it does nothing, and the
   * plugin's log says so. What the hook returns does not matter then; if it traps instead, it has failed, and
   * refused nothing.
   * 
   * `pointer` is a JSON pointer (RFC 6901) to the field that is wrong, such as `/title`; none for the whole. One that
   * is not, or has more than 512 bytes, is left out. Each call adds a reason, 16 at most. A message is at most 2,048
   * bytes; the rest is cut off.
   */
  export function refuse(pointer: string | undefined, message: string): void;
}
