// A real server with real plugins, for the tests of the console.

import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { test as base, type Page } from "@playwright/test";

const target = resolve(import.meta.dirname, "../../../../target");
const PASSWORD = "correct horse battery staple";

/** The plugins, by what they are for: those that tests make fail, and samples. */
export const WELCOME = "com.example.welcome";
export const NEWSLETTER = "com.example.newsletter";
export const DIGEST = "com.example.digest";
export const SEO = "com.example.seo";
/** Filters pages, and has a setting of each type; it needs the secret. */
export const LETTERS = "com.example.letters";
/** Does with the host what a record of the type `call` says, and has a table of its own. */
export const LEDGER = "com.example.ledger";
export const ENTRIES = "own_com_example_ledger__entries";

export class Site {
  private token = "";

  private constructor(
    readonly url: string,
    readonly folder: string,
    private readonly child: ChildProcess,
    private readonly output: string[],
  ) {}

  /** Starts a server, which is ready once all its plugins are in one of these states. */
  static async start(more: string[] = [], states = ["running", "needs_settings"]): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), "raisfast-console-"));
    const plugins = join(folder, "plugins");
    for (const sample of ["seo", "comment-guard", "digest"]) {
      cpSync(join(target, "plugins", sample), join(plugins, sample), { recursive: true });
    }
    writePlugin(plugins, "welcome", "panics", manifest(WELCOME, "Welcome", "1.0.0", ["on-post-creating"]));
    writePlugin(plugins, "newsletter", "moody", manifest(NEWSLETTER, "Newsletter", "1.0.0", ["on-post-created"]));
    writePlugin(plugins, "letters", "moody", manifest(LETTERS, "Letters", "1.0.0", ["filter-html"], SETTINGS));
    const hook = '\n[hooks.on-content-creating]\ncontent_types = ["call"]\n';
    const ledger = writePlugin(plugins, "ledger", "all-functions", manifest(LEDGER, "Ledger", "1.0.0", [], hook));
    mkdirSync(join(ledger, "migrations"), { recursive: true });
    writeFileSync(join(ledger, "migrations/0001_entries.sql"), `CREATE TABLE ${ENTRIES} (id INTEGER PRIMARY KEY, title VARCHAR(80));\n`);
    const cache = join(target, "console-tests-cache");
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    chmodSync(cache, 0o700);
    const config = join(folder, "raisfast.toml");
    writeFileSync(config, `cache_dir = ${JSON.stringify(cache)}\n\n[comments]\napprove_first = true\n`);

    const port = await freePort();
    const child = spawn(process.env["RAISFAST_BINARY"] ?? join(target, "debug/raisfast"), ["serve", ...more], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        RAISFAST_CONFIG: config,
        RAISFAST_ADDR: `127.0.0.1:${port}`,
        RAISFAST_DATA_DIR: join(folder, "data"),
        RAISFAST_ADMIN_PASSWORD: PASSWORD,
        PLUGIN_DIR: plugins,
        RUST_LOG: "info",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    child.stdout.on("data", (data: Buffer) => output.push(data.toString()));
    child.stderr.on("data", (data: Buffer) => output.push(data.toString()));
    const site = new Site(`http://127.0.0.1:${port}`, folder, child, output);
    await site.ready(states);
    return site;
  }

  private async ready(states: string[]): Promise<void> {
    await this.until("the server listens", async () => {
      if (this.child.exitCode !== null) throw new Error(`the server ended:\n${this.output.join("")}`);
      return (await fetch(`${this.url}/readyz`)).ok;
    });
    const login = await fetch(`${this.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password: PASSWORD }),
    });
    this.token = ((await login.json()) as { token: string }).token;
    await this.until("the plugins run", async () => {
      const { items } = await this.api<{ items: { state: string }[] }>("GET", "/admin/plugins");
      return items.length === 7 && items.every((plugin) => states.includes(plugin.state));
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      this.child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A request as a program makes it, with a token. */
  async api<T>(method: string, path: string, json?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** Reads an answer as it is written. */
  async text(path: string): Promise<string> {
    const response = await fetch(`${this.url}/api/v1${path}`, { headers: { authorization: `Bearer ${this.token}` } });
    return response.text();
  }

  /** Asks again and again until it is so. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 60_000;
    let last: unknown;
    while (Date.now() < end) {
      try {
        if (await isSo()) return;
      } catch (error) {
        if (this.child.exitCode !== null) throw error;
        last = error;
      }
      await sleep(50);
    }
    throw new Error(`it did not come to be that ${what}: ${String(last)}`);
  }

  /** Returns what the server has written to its own output so far. */
  written(): string {
    return this.output.join("");
  }

  /** Asks for an address as a visitor does. */
  async visit(path: string): Promise<string> {
    const response = await fetch(`${this.url}/api/v1${path}`);
    return response.text();
  }

  /** Sends comments as visitors do. */
  async comment(slug: string, ...texts: string[]): Promise<void> {
    for (const content of texts) {
      const response = await fetch(`${this.url}/api/v1/posts/${slug}/comments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ content, nickname: "Ann" }),
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    }
  }

  publish(title: string, more: object = {}): Promise<{ id: string; slug: string }> {
    return this.api("POST", "/posts", { title, content: `*${title}*`, status: "published", ...more });
  }

  /** Lets the plugin Ledger keep two keys, a file and two rows, and returns the record of it. */
  async fillLedger(): Promise<{ id: string }> {
    const call = (name: string, ...args: (string | null)[]): object => ({ function: name, args });
    return this.api("POST", "/content/call", {
      calls: [
        call("set-data", "first", "one"),
        call("set-data", "second", "two"),
        call("vfs-write", "notes/a.txt", "hello"),
        call("db-execute", `DELETE FROM ${ENTRIES}`, null),
        call("db-execute", `INSERT INTO ${ENTRIES} VALUES (1, 'a'), (2, 'b')`, null),
      ],
    });
  }

  /** Lets the plugin Welcome panic until it is paused. */
  async pauseWelcome(): Promise<void> {
    await this.api("POST", `/admin/plugins/${WELCOME}/reset`);
    for (let n = 0; n < 5; n += 1) await this.publish("panic");
  }

  /** Makes dead letters of the plugin Newsletter: it fails once, and then its hook is gone. */
  async deadLetters(number: number): Promise<void> {
    await this.api("DELETE", `/admin/outbox?plugin=${NEWSLETTER}`);
    await this.installNewsletter(["on-post-created"]);
    for (let n = 1; n <= number; n += 1) await this.publish(`News ${n}, which fail to arrive`);
    await this.until("they have failed once", async () => (await this.deliveries("retrying")) === number);
    await this.installNewsletter(["on-login"]);
    await this.until("they are dead letters", async () => (await this.deliveries("dead")) === number);
  }

  private async deliveries(state: string): Promise<number> {
    const path = `/admin/outbox?plugin=${NEWSLETTER}&state=${state}`;
    return (await this.api<{ items: unknown[] }>("GET", path)).items.length;
  }

  /** Puts a version of the plugin Newsletter in its place. The code of `stamp` takes everything. */
  async installNewsletter(hooks: string[], guest = "moody"): Promise<void> {
    writePlugin(join(this.folder, "plugins"), "newsletter", guest, manifest(NEWSLETTER, "Newsletter", "1.0.0", hooks));
    await this.api("POST", `/admin/plugins/${NEWSLETTER}/reload`);
    await this.api("POST", `/admin/plugins/${NEWSLETTER}/reset`);
  }

  async logIn(page: Page, username = "admin"): Promise<void> {
    const response = await page.request.post(`${this.url}/api/v1/auth/session`, {
      headers: { "x-raisfast-console": "1", origin: this.url },
      data: { username, password: PASSWORD },
    });
    if (!response.ok()) throw new Error(await response.text());
  }
}

export { PASSWORD };

/** A setting of each type. */
const SETTINGS = `
[[settings]]
key = "api_key"
label = "API key"
help = "From your account's page at example.com."
type = "secret"
required = true
min = 8

[[settings]]
key = "greeting"
label = "Greeting"
type = "string"
default = "Dear reader"
max = 40

[[settings]]
key = "signature"
label = "Signature"
help = "Below each letter."
type = "text"

[[settings]]
key = "letters_a_day"
label = "Letters a day"
type = "integer"
default = 10
min = 1
max = 100

[[settings]]
key = "account"
label = "Account"
type = "integer"

[[settings]]
key = "share"
label = "Share of readers"
type = "number"
min = 0
max = 1

[[settings]]
key = "is_html"
label = "Send HTML"
help = "Plain text without it."
type = "boolean"
default = true

[[settings]]
key = "tone"
label = "Tone"
type = "select"
options = ["dry", "warm"]
default = "warm"

[[settings]]
key = "endpoint"
label = "Endpoint"
type = "url"

[[settings]]
key = "reply_to"
label = "Reply to"
type = "email"
`;

export function manifest(id: string, name: string, version: string, hooks: string[], more = ""): string {
  const tables = hooks.map((hook) => `\n[hooks.${hook}]\n`).join("");
  return `[plugin]\nid = "${id}"\nname = "${name}"\nversion = "${version}"\nruntime = "wasm"\nentry = "plugin.wasm"\n${tables}${more}`;
}

/** Writes the folder of a plugin whose code is that of a guest for tests. */
export function writePlugin(plugins: string, folder: string, guest: string, text: string): string {
  const path = join(plugins, folder);
  mkdirSync(path, { recursive: true });
  cpSync(join(target, "guests-out", guest, "plugin.wasm"), join(path, "plugin.wasm"));
  writeFileSync(join(path, "manifest.toml"), text);
  return path;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

export const test = base.extend<{ inside: Page }, { site: Site }>({
  site: [
    async ({}, use) => {
      const site = await Site.start();
      await use(site);
      await site.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ site }, use) => use(site.url),
  /** A page of somebody who has logged in. Whatever the policy forbids fails the test. */
  inside: async ({ page, site }, use) => {
    const forbidden: string[] = [];
    page.on("console", (message) => {
      if (/Content Security Policy|TrustedHTML/.test(message.text())) forbidden.push(message.text());
    });
    page.on("pageerror", (error) => forbidden.push(String(error)));
    await site.logIn(page);
    await use(page);
    if (forbidden.length > 0) throw new Error(forbidden.join("\n"));
  },
});

export { expect } from "@playwright/test";
