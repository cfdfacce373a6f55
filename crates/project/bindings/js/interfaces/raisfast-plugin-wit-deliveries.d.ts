declare module 'raisfast:plugin-wit/deliveries' {
  /**
   * The delivery that this call is; none outside of an action, and in `on-cron-tick`.
   */
  export function current(): Delivery | undefined;
  export interface Delivery {
    /**
     * A UUID: the same at each try, and of no other action or plugin.
     */
    id: string,
    /**
     * Which try this is, from 1. It begins anew when an administrator retries the delivery.
     */
    attempt: number,
    /**
     * When the change was made, `2026-11-22T07:42:28.123Z`.
     */
    createdAt: string,
  }
}
