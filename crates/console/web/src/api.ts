// The API as the console uses it: its types, and a function for each request.

import { Problem, read, readExactly, segment, send, tell } from "./http";
import { plain, type Json, type Members, type NumberText } from "./json";

/** The roles, the one with the fewest rights first. */
export const ROLES = ["author", "editor", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface User {
  id: string;
  username: string;
  role: Role;
}

export interface Account extends User {
  created_at: string;
  disabled_at: string | null;
}

export type PluginState = "running" | "outdated" | "compiling" | "needs_settings" | "disabled" | "safe_mode" | "failed";

export interface Breaker {
  state: "closed" | "open" | "half-open";
  failures: number;
  since: string | null;
  until: string | null;
  reason: string | null;
  skipped: number;
}

export interface HookTerms {
  hook: string;
  priority: number;
  timeout_ms: number;
  on_error: "continue" | "abort";
}

export interface Hook extends HookTerms {
  calls: number;
  errors: number;
  total_micros: number;
  breaker: Breaker;
}

export interface CronJob {
  label: string;
  job_type: string;
  cron_expr: string;
  timezone: string;
  enabled: boolean;
  next: string | null;
  /** Of a server that keeps it. */
  last?: CronRun | null;
}

/** A run of a cron job. */
export interface CronRun {
  due: string;
  started_at: string;
  ended_at: string | null;
  outcome: string;
  error?: string | null;
  node: string;
}

/** One of the servers of a site. */
export interface Node {
  id: string;
  name: string;
  address: string | null;
  version: string;
  started_at: string;
  state: "alive" | "gone";
  /** The end of its lease; none where no other server can be. */
  alive_until: string | null;
  is_this: boolean;
}

export interface Permissions {
  http: string[];
  config: string[];
  database: string[];
}

export type Limits = Record<string, number>;

export interface Plugin {
  id: string | null;
  contested: { plugin: string; held_by: string } | null;
  folder: string;
  name: string | null;
  version: string | null;
  state: PluginState;
  needs_settings: SettingProblem[];
  compiling: { version: string; bytes: number; since: string; waits: boolean; former_serves: boolean } | null;
  generation: number | null;
  falls_back_to: string | null;
  hooks: Hook[];
  cron: CronJob[];
  pool: { size: number; idle: number; busy: number; waiting: number; created: number; discarded: number } | null;
  max_memory: number | null;
  permissions: Permissions | null;
  own_tables: string | null;
  limits: Limits;
  last_error: string | null;
  warnings: string[];
}

/** A setting that keeps a plugin from being called. */
export interface SettingProblem {
  key: string;
  label: string;
  reason: string;
}

export type SettingType = "string" | "text" | "integer" | "number" | "boolean" | "select" | "url" | "email" | "secret";
export type SettingValue = string | boolean | NumberText;

/** A setting of a plugin; of a secret, never its value. */
export interface Setting {
  key: string;
  label: string;
  help: string | null;
  type: SettingType;
  required: boolean;
  default: SettingValue | null;
  min: NumberText | null;
  max: NumberText | null;
  pattern: string | null;
  options: string[];
  value: SettingValue | null;
  is_set: boolean;
  origin: "configuration" | "set" | "default" | "none";
  problem: string | null;
}

export interface PluginSettings {
  plugin: string;
  settings: Setting[];
  needs_settings: SettingProblem[];
}

/** The terms on which a plugin would run, before it is installed. */
export interface PluginTerms {
  id: string;
  name: string;
  version: string;
  digest: string;
  replaces: string | null;
  hooks: HookTerms[];
  cron: CronJob[];
  max_memory: number;
  permissions: Permissions;
  own_tables: string | null;
  migrations: string[];
  limits: Limits;
  exceeded: string[];
  settings: Pick<Setting, "key" | "label" | "help" | "type" | "required" | "is_set">[];
  needs_settings: SettingProblem[];
}

/** An amount beside the most that there may be. */
export interface Amount {
  used: number;
  limit: number | null;
}

/** The room that a plugin takes. */
export interface PluginStorage {
  keys: Amount;
  key_value_bytes: Amount;
  files: Amount;
  file_bytes: Amount;
  tables: { name: string; rows: number; more_rows: boolean }[];
  more_tables: boolean;
}

export interface FailedCall {
  /** The `call` of what the plugin logged in it. */
  id: string;
  at: string;
  hook: string;
  timeout_ms: number;
  input: { bytes: number };
  call: { host_calls?: { function: string; took_us?: number }[] };
  outcome: { error?: string };
}

export interface LogRecord {
  plugin: string;
  hook: string | null;
  /** The id of the recorded call in which it was written. */
  call: string | null;
  level: Level;
  message: string;
  at: string;
}

export const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

export type DeliveryState = "waiting" | "retrying" | "dead";

export interface Delivery {
  id: string;
  plugin: string;
  hook: string;
  record: { kind: string; id: string };
  state: DeliveryState;
  attempts: number;
  created_at: string;
  next_attempt_at: string | null;
  last_error: string | null;
  claimed_by: string | null;
}

export interface Listing<T> {
  items: T[];
  next: string | null;
}

export type PostStatus = "draft" | "published" | "archived";

export interface Post {
  id: string;
  title: string;
  slug: string;
  content: string;
  excerpt: string | null;
  status: PostStatus;
  created_by: string;
  category_id: string | null;
  tag_ids: string[] | null;
  cover_image: string | null;
  view_count: number;
  created_at: string;
  updated_at: string;
  published_at: string | null;
}

export interface PostFields {
  title: string;
  slug?: string;
  content: string;
  excerpt: string | null;
  tag_ids: string[] | null;
  status: PostStatus;
}

export const COMMENT_STATUSES = ["pending", "approved", "spam"] as const;
export type CommentStatus = (typeof COMMENT_STATUSES)[number];

/** A comment, with the post that it is on. */
export interface Comment {
  id: string;
  post_id: string;
  content: string;
  nickname: string | null;
  parent_id: string | null;
  created_at: string;
  status: CommentStatus;
  post: { slug: string; title: string };
}

/** The share of one hook of a plugin in the time of a request. */
export interface Timing {
  name: string;
  what: string;
  ms: number;
}

export interface Write {
  at: string;
  hook: string;
  by: string | null;
  plugins: { plugin: string; outcome: "changed" | "failed" | "paused"; fields: string[]; more_fields?: number }[];
}

const plugin = (id: string): string => `/admin/plugins/${segment(id)}`;
const TAR = "application/x-tar";

export const session = {
  who: () => read<User>("/auth/me", { quiet: true }),
  begin: (username: string, password: string) =>
    read<{ user: User }>("/auth/session", { method: "POST", json: { username, password }, quiet: true }),
  end: () => tell("/auth/session", { method: "DELETE", quiet: true }),
};

export const plugins = {
  list: (signal?: AbortSignal) => read<{ items: Plugin[] }>("/admin/plugins", { signal }),
  get: (id: string, signal?: AbortSignal) => read<Plugin>(plugin(id), { signal }),
  failures: (id: string, signal?: AbortSignal) => read<{ calls: FailedCall[] }>(`${plugin(id)}/failures`, { signal }),
  logs: (id: string, signal?: AbortSignal) => read<{ items: LogRecord[] }>(`${plugin(id)}/logs`, { signal }),
  enable: (id: string) => read<Plugin>(`${plugin(id)}/enable`, { method: "POST" }),
  disable: (id: string) => read<Plugin>(`${plugin(id)}/disable`, { method: "POST" }),
  reload: (id: string) => read<Plugin>(`${plugin(id)}/reload`, { method: "POST" }),
  reset: (id: string) => read<Plugin>(`${plugin(id)}/reset`, { method: "POST" }),
  adopt: (id: string, folder: string) => read<Plugin>(`${plugin(id)}/adopt`, { method: "POST", query: { folder } }),
  remove: (id: string, withData: boolean) =>
    read<{ message: string }>(plugin(id), { method: "DELETE", query: { delete_data: String(withData) } }),
  check: (archive: Blob) => read<PluginTerms>("/admin/plugins/check", { method: "POST", body: archive, type: TAR }),
  install: (archive: Blob) =>
    read<{ plugin: Plugin; replaced: string | null }>("/admin/plugins", { method: "POST", body: archive, type: TAR }),
  storage: (id: string, signal?: AbortSignal) => read<PluginStorage>(`${plugin(id)}/storage`, { signal }),
  settings: async (id: string, signal?: AbortSignal) => plain(await readExactly(`${plugin(id)}/settings`, { signal })) as PluginSettings,
  /** Changes all of these or nothing; null stands for the default. */
  set: async (id: string, changes: Record<string, SettingValue | null>) => {
    const exact = new Map(Object.entries(changes));
    return plain(await readExactly(`${plugin(id)}/settings`, { method: "PUT", exact })) as PluginSettings;
  },
  runCron: (id: string, job: string) => tell(`/admin/cron/${segment(id)}/${segment(job)}`, { method: "POST" }),
};

/** The servers of the site, in a list of one where there are no others. */
export async function nodes(signal?: AbortSignal): Promise<Node[]> {
  try {
    return (await read<{ items: Node[] }>("/admin/nodes", { signal })).items;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return [];
    throw error;
  }
}

const account = (username: string): string => `/admin/users/${segment(username)}`;

export const users = {
  list: (cursor?: string, signal?: AbortSignal) =>
    read<Listing<Account>>("/admin/users", { query: { cursor, limit: 100 }, signal }),
  /** Without a password the server makes one, and says it this once. */
  create: (username: string, role: Role, password?: string) =>
    read<User & { password?: string }>("/admin/users", { method: "POST", json: { username, role, password } }),
  setPassword: (username: string, password?: string) =>
    read<{ password?: string }>(`${account(username)}/password`, { method: "PUT", json: { password } }),
  setRole: (username: string, role: Role) => read<Account>(account(username), { method: "PATCH", json: { role } }),
  remove: (username: string) => tell(account(username), { method: "DELETE" }),
  disable: (username: string) => read<Account>(`${account(username)}/disable`, { method: "POST" }),
  enable: (username: string) => read<Account>(`${account(username)}/enable`, { method: "POST" }),
};

export interface Which {
  plugin?: string | undefined;
  state?: DeliveryState | undefined;
}

export const outbox = {
  list: (which: Which, cursor?: string, limit = 50, signal?: AbortSignal) =>
    read<Listing<Delivery>>("/admin/outbox", { query: { ...which, cursor, limit }, signal }),
  retry: (id: string) => tell(`/admin/outbox/${segment(id)}/retry`, { method: "POST" }),
  discard: (id: string) => tell(`/admin/outbox/${segment(id)}`, { method: "DELETE" }),
  retryAll: (which: Which) =>
    read<{ deliveries: number }>("/admin/outbox/retry", { method: "POST", query: { ...which } }),
  discardAll: (which: Which) => read<{ deliveries: number }>("/admin/outbox", { method: "DELETE", query: { ...which } }),
};

const comment = (id: string): string => `/comments/${segment(id)}`;

export const comments = {
  list: (status: CommentStatus, cursor?: string, limit = 50, signal?: AbortSignal) =>
    read<Listing<Comment>>("/comments", { query: { status, cursor, limit }, signal }),
  mark: (id: string, status: CommentStatus) => read<unknown>(comment(id), { method: "PATCH", json: { status } }),
  remove: (id: string) => tell(comment(id), { method: "DELETE" }),
  /** Deletes some of the spam, and says how many; none are left when that is 0. */
  removeSpam: () => read<{ comments: number }>("/comments", { method: "DELETE", query: { status: "spam" } }),
};

export const posts = {
  /** Those of a status, with this in their titles. */
  list: (status: PostStatus | "all", title: string, cursor?: string, signal?: AbortSignal) =>
    read<Listing<Post>>("/posts", { query: { status, title, cursor, limit: 50 }, signal }),
  create: (fields: PostFields) => read<Post>("/posts", { method: "POST", json: fields }),
  patch: (id: string, fields: Partial<PostFields>) =>
    read<Post>(`/posts/${segment(id)}`, { method: "PATCH", json: fields }),
  remove: (id: string) => tell(`/posts/${segment(id)}`, { method: "DELETE" }),
  provenance: (id: string, signal?: AbortSignal) =>
    read<{ items: Write[] }>(`/posts/${segment(id)}/provenance`, { signal }),
  /** A post as readers see it, with the time of each plugin's hook. */
  async page(id: string, signal?: AbortSignal): Promise<{ post: Post & { html: string }; times: Timing[] }> {
    const response = await send(`/posts/${segment(id)}`, { signal });
    const post = (await response.json()) as Post & { html: string };
    return { post, times: timings(response.headers.get("server-timing")) };
  },
};

/** A type that has records. */
export interface ContentType {
  content_type: string;
  records: number;
  more_records: boolean;
  newest: string;
}

/** Typed content. */
export interface ContentRecord {
  id: string;
  data: Members;
  created_at: string;
  updated_at: string;
}

const records = (type: string): string => `/content/${segment(type)}`;
const record = (type: string, id: string): string => `${records(type)}/${segment(id)}`;

function recordOf(json: Json): ContentRecord {
  return Object.fromEntries(json as Members) as unknown as ContentRecord;
}

export const contents = {
  types: (cursor?: string, signal?: AbortSignal) =>
    read<Listing<ContentType>>("/content", { query: { cursor, limit: 100 }, signal }),
  /** Those with this in their text. */
  async list(type: string, text: string, cursor?: string, signal?: AbortSignal): Promise<Listing<ContentRecord>> {
    const page = (await readExactly(records(type), { query: { text, cursor, limit: 50 }, signal })) as Members;
    return { items: (page.get("items") as Json[]).map(recordOf), next: page.get("next") as string | null };
  },
  get: async (type: string, id: string, signal?: AbortSignal) => recordOf(await readExactly(record(type, id), { signal })),
  create: async (type: string, data: Members) => recordOf(await readExactly(records(type), { method: "POST", exact: data })),
  replace: async (type: string, id: string, data: Members) => recordOf(await readExactly(record(type, id), { method: "PUT", exact: data })),
  remove: (type: string, id: string) => tell(record(type, id), { method: "DELETE" }),
  provenance: (type: string, id: string, signal?: AbortSignal) =>
    read<{ items: Write[] }>(`${record(type, id)}/provenance`, { signal }),
};

/** Reads `Server-Timing`: names, descriptions in quotes, milliseconds. */
export function timings(header: string | null): Timing[] {
  const found: Timing[] = [];
  const metric = /([^\s;,"]+)((?:;(?:desc="[^"]*"|dur=[0-9.]+))*)(?:,|$)/g;
  for (const [, name, rest] of (header ?? "").matchAll(metric)) {
    const ms = Number(/dur=([0-9.]+)/.exec(rest ?? "")?.[1] ?? 0);
    found.push({ name: name ?? "", what: /desc="([^"]*)"/.exec(rest ?? "")?.[1] ?? "", ms });
  }
  return found;
}
