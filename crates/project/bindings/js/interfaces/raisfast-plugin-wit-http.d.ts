declare module 'raisfast:plugin-wit/http' {
  /**
   * Send a request, follow at most 5 redirects, and read the answer. Each hop has to be granted and counts as a
   * request. A redirect to another origin takes along `accept`, `accept-language`, `user-agent` and what describes
   * the body, nothing else.
   */
  export function send(request: Request): Response;
  /**
   * # Variants
   * 
   * ## `"get"`
   * 
   * ## `"head"`
   * 
   * ## `"post"`
   * 
   * ## `"put"`
   * 
   * ## `"patch"`
   * 
   * ## `"delete"`
   */
  export type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete';
  /**
   * Fields that belong to the connection (`host`, `content-length`, `connection`, `proxy-…` and their like) are
   * refused; the host sets them.
   */
  export interface Request {
    method: Method,
    url: string,
    /**
     * Names in any case, and values.
     */
    headers: Array<[string, string]>,
    /**
     * Empty for none; `get` and `head` have none.
     */
    body: Uint8Array,
    /**
     * Milliseconds for everything, redirects included; 10,000 where it is absent. The call's own deadline holds too.
     */
    timeoutMs?: number,
  }
  export interface Response {
    /**
     * Any, not only 2xx; of redirects, the last one's.
     */
    status: number,
    /**
     * Names in lower case, and values.
     */
    headers: Array<[string, string]>,
    body: Uint8Array,
  }
  /**
   * Why there is no answer, and what to do about it.
   */
  export type Error = ErrorDenied | ErrorInvalid | ErrorAddress | ErrorLimit | ErrorTooLarge | ErrorRedirect | ErrorTimeout | ErrorConnection;
  /**
   * The manifest does not grant the URL, or that of a redirect.
   */
  export interface ErrorDenied {
    tag: 'denied',
    val: string,
  }
  /**
   * The request is none: its URL, a header field, its body.
   */
  export interface ErrorInvalid {
    tag: 'invalid',
    val: string,
  }
  /**
   * The address is not public, and in no network that the operator allows.
   */
  export interface ErrorAddress {
    tag: 'address',
    val: string,
  }
  /**
   * Over a limit of the plugin: requests a minute, or bytes of a request.
   */
  export interface ErrorLimit {
    tag: 'limit',
    val: string,
  }
  /**
   * The answer is larger than the plugin may receive.
   */
  export interface ErrorTooLarge {
    tag: 'too-large',
    val: string,
  }
  /**
   * More than 5 redirects, or one to nowhere.
   */
  export interface ErrorRedirect {
    tag: 'redirect',
    val: string,
  }
  /**
   * The answer was not complete in time.
   */
  export interface ErrorTimeout {
    tag: 'timeout',
    val: string,
  }
  /**
   * No connection, or one that broke, or an answer that is no HTTP.
   */
  export interface ErrorConnection {
    tag: 'connection',
    val: string,
  }
}
