// Requests to the API, as the console's login makes them.

import { parse, write, type Json } from "./json";

/** The first path segments of every route. */
const API = "/api/v1";

/** Tells the server that a page of its own asks: pages of other sites cannot send this. */
const HEADERS = { "x-raisfast-console": "1" };

/** A problem document, or what stands for one where the server did not answer. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: readonly { pointer: string; detail: string }[];

  constructor(status: number, detail: string, errors: readonly { pointer: string; detail: string }[] = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** A text for whatever was thrown. */
export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

let onLoggedOut: () => void = () => undefined;

/** Sets what happens when a request finds that nobody is logged in any longer. */
export function whenLoggedOut(then: () => void): void {
  onLoggedOut = then;
}

export interface Options {
  method?: string;
  query?: Record<string, string | number | undefined>;
  json?: unknown;
  /** As `json`, with numbers as they are written. */
  exact?: Json;
  body?: Blob;
  type?: string;
  signal?: AbortSignal | undefined;
  /** The last event that was received of a stream. */
  lastEvent?: string | undefined;
  /** Nobody has to be logged in. */
  quiet?: boolean;
}

/** Sends a request, and throws a {@link Problem} for any answer that is not a success. */
export async function send(path: string, options: Options = {}): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const headers: Record<string, string> = { ...HEADERS };
  if (options.lastEvent !== undefined) headers["last-event-id"] = options.lastEvent;
  let body: BodyInit | null = null;
  if (options.json !== undefined || options.exact !== undefined) {
    headers["content-type"] = "application/json";
    body = options.exact === undefined ? JSON.stringify(options.json) : write(options.exact);
  } else if (options.body) {
    headers["content-type"] = options.type ?? "application/octet-stream";
    body = options.body;
  }
  let response: Response;
  try {
    response = await fetch(`${API}${path}${query.size > 0 ? `?${query}` : ""}`, {
      method: options.method ?? "GET",
      headers,
      body,
      signal: options.signal ?? null,
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, "The server does not answer. Is it running, and can this browser reach it?");
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.status === 401 && !options.quiet) onLoggedOut();
  throw problem;
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const { detail, title, errors } = JSON.parse(text) as {
      detail?: string;
      title?: string;
      errors?: { pointer: string; detail: string }[];
    };
    return new Problem(response.status, detail ?? title ?? `The server answered ${response.status}.`, errors ?? []);
  } catch {
    return new Problem(response.status, text.trim() || `The server answered ${response.status}.`);
  }
}

/** Reads an answer's JSON. */
export async function read<T>(path: string, options: Options = {}): Promise<T> {
  const response = await send(path, options);
  return (await response.json()) as T;
}

/** Reads an answer's JSON with its numbers as they are written. */
export async function readExactly(path: string, options: Options = {}): Promise<Json> {
  const response = await send(path, options);
  return parse(await response.text());
}

/** Sends a request whose answer says nothing. */
export async function tell(path: string, options: Options = {}): Promise<void> {
  await send(path, options);
}

/** The writing of a path's segment. */
export const segment = encodeURIComponent;

/** The state of a stream. */
export type Liveness = "connecting" | "live" | "broken";

/** Longest time between two tries to connect again, in milliseconds. */
const LONGEST_WAIT = 15_000;

/**
 * Follows server-sent events until the signal aborts, and connects again when the stream ends,
 * after the last event.
 * `EventSource` would send the cookie alone, which opens nothing.
 */
export async function listen(
  path: string,
  options: { query?: Options["query"]; signal: AbortSignal },
  heard: (name: string, data: string) => void,
  changed: (state: Liveness) => void,
): Promise<void> {
  let wait = 500;
  let lastEvent: string | undefined;
  while (!options.signal.aborted) {
    changed("connecting");
    try {
      const response = await send(path, { query: options.query ?? {}, signal: options.signal, lastEvent });
      changed("live");
      wait = 500;
      await readEvents(response, heard, (id) => (lastEvent = id));
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof Problem && [401, 403, 404].includes(error.status)) {
        changed("broken");
        return;
      }
    }
    if (options.signal.aborted) return;
    changed("broken");
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

async function readEvents(
  response: Response,
  heard: (name: string, data: string) => void,
  passed: (id: string) => void,
): Promise<void> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      let name = "message";
      let id: string | undefined;
      const data: string[] = [];
      for (const line of block.split("\n")) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("id:")) id = line.slice(3).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      }
      if (data.length > 0) heard(name, data.join("\n"));
      if (id !== undefined) passed(id);
    }
  }
}
