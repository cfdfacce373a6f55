// What manifests and states say, in words.

import type { Breaker, CommentStatus, DeliveryState, HookTerms, Limits, Permissions, PluginState, PostStatus, Role } from "./api";

export type Tone = "ok" | "warn" | "bad" | "calm";

export const STATES: Record<PluginState, { word: string; tone: Tone; means: string }> = {
  running: { word: "Running", tone: "ok", means: "It serves, as it lies in its folder." },
  outdated: { word: "Outdated", tone: "warn", means: "A former version serves: what lies in its folder cannot be loaded." },
  compiling: { word: "Compiling", tone: "calm", means: "Its code is being compiled." },
  needs_settings: { word: "Needs settings", tone: "warn", means: "It is loaded, and not called before its settings are there." },
  disabled: { word: "Disabled", tone: "calm", means: "An administrator turned it off." },
  safe_mode: { word: "Safe mode", tone: "calm", means: "No plugin is called: the server was started in safe mode." },
  failed: { word: "Failed", tone: "bad", means: "It cannot be loaded." },
};

export const DELIVERY_STATES: Record<DeliveryState, { word: string; tone: Tone }> = {
  dead: { word: "Dead letter", tone: "bad" },
  retrying: { word: "Retrying", tone: "warn" },
  waiting: { word: "Waiting", tone: "calm" },
};

export const POST_STATES: Record<PostStatus, { word: string; tone: Tone }> = {
  draft: { word: "Draft", tone: "warn" },
  published: { word: "Published", tone: "ok" },
  archived: { word: "Archived", tone: "calm" },
};

export const COMMENT_STATES: Record<CommentStatus, { word: string; tone: Tone }> = {
  pending: { word: "Pending", tone: "warn" },
  approved: { word: "Approved", tone: "ok" },
  spam: { word: "Spam", tone: "bad" },
};

export const ROLES_MEAN: Record<Role, string> = {
  author: "writes posts of their own",
  editor: "changes everybody's posts, and approves comments",
  admin: "may do everything",
};

export function breakerWord(breaker: Breaker): { word: string; tone: Tone } {
  switch (breaker.state) {
    case "closed":
      return breaker.failures > 0
        ? { word: `Called; ${counted(breaker.failures, "failure")} in a row`, tone: "warn" }
        : { word: "Called", tone: "ok" };
    case "half-open":
      return { word: "Being tried", tone: "warn" };
    case "open":
      return { word: "Paused", tone: "bad" };
  }
}

const HOOKS: Record<string, string> = {
  "on-post-creating": "before a post is stored",
  "on-post-updating": "before a post is changed",
  "on-comment-creating": "before a comment is stored",
  "on-content-creating": "before typed content is stored",
  "on-content-updating": "before typed content is changed",
  "render-markdown": "when a page is rendered",
  "filter-html": "when a page was rendered",
  "on-post-created": "after a post was stored",
  "on-post-updated": "after a post was changed",
  "on-post-deleted": "after a post was deleted",
  "on-comment-created": "after a comment was stored",
  "on-content-created": "after typed content was stored",
  "on-content-updated": "after typed content was changed",
  "on-content-deleted": "after typed content was deleted",
  "on-content-viewed": "after content was viewed",
  "on-login": "after somebody has logged in",
  "on-cron-tick": "at the times of its schedule",
};

/** Returns the moment at which a hook is called, in words. */
export function hookWhen(hook: string): string {
  return HOOKS[hook] ?? "";
}

/** Returns whether a hook may change or refuse what passes through it. */
export function isFilter(hook: string): boolean {
  return hook === "filter-html" || hook === "render-markdown" || hook.endsWith("ing");
}

/** Returns the consequence of a failed call, in words. */
export function ifItFails(hook: HookTerms): string {
  if (hook.hook === "on-cron-tick") return "it is called at the next time";
  if (hook.hook === "on-content-viewed") return "it is not called again";
  if (hook.hook === "render-markdown") return "the next plugin renders, or the server";
  if (!isFilter(hook.hook)) return "it is called again, 8 times at most";
  return hook.on_error === "abort" ? "the request is refused" : "the request goes on without it";
}

export interface Right {
  /** The grant as the manifest writes it. */
  key: string;
  text: string;
  /** It reaches further than one's own things. */
  grave: boolean;
}

/** Returns each right of a plugin to reach out of its sandbox. */
export function rights(permissions: Permissions | null, ownTables: string | null): Right[] {
  const found: Right[] = [];
  for (const url of permissions?.http ?? []) {
    found.push({ key: `http ${url}`, text: `send requests to ${url}`, grave: true });
  }
  for (const grant of permissions?.database ?? []) {
    const [access, name] = grant.includes(":") ? (grant.split(":", 2) as [string, string]) : ["", grant];
    const verb = access === "read" ? "read" : access === "write" ? "change" : "read and change";
    const grave = access !== "read" || name.endsWith("*");
    found.push({ key: `database ${grant}`, text: `${verb} ${tables(name)}`, grave });
  }
  for (const key of permissions?.config ?? []) {
    found.push({ key: `config ${key}`, text: settings(key), grave: key.endsWith("*") });
  }
  if (ownTables) {
    found.push({ key: "own tables", text: `keep tables of its own, whose names begin with ${ownTables}`, grave: false });
  }
  return found;
}

function tables(name: string): string {
  if (name === "*") return "every table but the server's own";
  if (name.endsWith("*")) return `every table whose name begins with ${name.slice(0, -1)}`;
  return `the table ${name}`;
}

function settings(key: string): string {
  if (key === "*") return "read every setting of the server that plugins may see";
  if (key.endsWith("*")) return `read every setting of the server that begins with ${key.slice(0, -1)}`;
  return `read the server's setting ${key}`;
}

const LIMITS: Record<string, { text: string; unit: "bytes" | "number" }> = {
  kv_keys: { text: "Keys in its key-value store", unit: "number" },
  kv_bytes: { text: "Size of its key-value store", unit: "bytes" },
  vfs_file_bytes: { text: "Size of one of its files", unit: "bytes" },
  vfs_total_bytes: { text: "Size of all its files", unit: "bytes" },
  db_rows: { text: "Rows of one query", unit: "number" },
  db_bytes: { text: "Size of one query's answer", unit: "bytes" },
  db_rows_read_per_minute: { text: "Rows read in a minute", unit: "number" },
  db_rows_written_per_minute: { text: "Rows changed in a minute", unit: "number" },
  http_request_bytes: { text: "Size of one HTTP request", unit: "bytes" },
  http_response_bytes: { text: "Size of one HTTP answer", unit: "bytes" },
  http_requests_per_minute: { text: "HTTP requests in a minute", unit: "number" },
  log_records_per_minute: { text: "Log records in a minute", unit: "number" },
  events_per_minute: { text: "Events in a minute", unit: "number" },
};

export interface LimitLine {
  key: string;
  text: string;
  amount: number;
  shown: string;
}

/** The limits, in words and with units. */
export function limitLines(limits: Limits, maxMemory: number | null): LimitLine[] {
  const lines = Object.entries(limits).map(([key, amount]) => {
    const known = LIMITS[key];
    const shown = known?.unit === "bytes" ? bytes(amount) : amount.toLocaleString("en");
    return { key, text: known?.text ?? key, amount, shown };
  });
  if (maxMemory !== null) {
    lines.unshift({ key: "max_memory_mb", text: "Memory of one instance", amount: maxMemory, shown: bytes(maxMemory) });
  }
  return lines;
}

export function bytes(amount: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${Number(amount.toFixed(1)).toLocaleString("en")} ${units[unit]}`;
}

/** A number of microseconds, short; a dash where there is none. */
export function microsOr(amount: number | null | undefined): string {
  return amount === null || amount === undefined ? "–" : micros(amount);
}

/** A number of microseconds, short. */
export function micros(amount: number): string {
  if (amount < 1000) return `${Math.round(amount)} µs`;
  if (amount < 1_000_000) return `${Number((amount / 1000).toFixed(1))} ms`;
  return `${Number((amount / 1_000_000).toFixed(1))} s`;
}

export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** The first place in an author's source that a report names: `src/lib.rs:12`. */
export function placeIn(report: string): string | undefined {
  return /(?:^|[\s(])((?:[\w.@-]+\/)*[\w.-]+\.[A-Za-z]{1,4}:\d+(?::\d+)?)/.exec(report)?.[1];
}

/** Returns the time from now, in words. */
export function relative(at: string, now = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const size = Math.abs(seconds);
  const [amount, unit] =
    size < 60
      ? [size, "second"]
      : size < 3600
        ? [Math.round(size / 60), "minute"]
        : size < 86_400
          ? [Math.round(size / 3600), "hour"]
          : [Math.round(size / 86_400), "day"];
  if (size < 5) return seconds > 0 ? "in a moment" : "just now";
  const text = counted(amount as number, unit as string);
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

/** Returns a reason, which is written like half a sentence, as a whole one. */
export function sentence(reason: string): string {
  const whole = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
