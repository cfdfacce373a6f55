declare module 'raisfast:plugin-wit/identifiers' {
  /**
   * A new UUID of version 7: one that is made later sorts later.
   */
  export function newId(): string;
}
