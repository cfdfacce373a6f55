// What is wrong, each with its next step.

import type { Plugin } from "./api";
import { pluginPath } from "./router";
import { counted, hookWhen, ifItFails, isFilter, sentence, type Tone } from "./words";

export interface Trouble {
  key: string;
  tone: Tone;
  title: string;
  text: string;
  /** The consequence, in words of our own. */
  more?: string;
  /** The step that helps. */
  next?: { label: string; to: string };
}

/** A plugin's name for people. */
export function nameOf(plugin: Plugin): string {
  return plugin.name ?? plugin.id ?? plugin.contested?.plugin ?? plugin.folder;
}

/** Returns the troubles of a plugin, the gravest first. */
export function troubles(plugin: Plugin): Trouble[] {
  const found: Trouble[] = [];
  const name = nameOf(plugin);
  const page = plugin.id ?? undefined;
  const at = (tab: string, label: string): { next?: { label: string; to: string } } =>
    page === undefined ? {} : { next: { label, to: pluginPath(page, tab) } };
  if (plugin.contested) {
    found.push({
      key: `${plugin.folder} contested`,
      tone: "bad",
      title: `${name} is not loaded`,
      text: `Its id belongs to the folder ${plugin.contested.held_by}. To let the folder ${plugin.folder} take its place, run: raisfast plugin adopt ${plugin.contested.plugin} ${plugin.folder}`,
    });
  } else if (plugin.state === "failed") {
    found.push({
      key: `${plugin.folder} failed`,
      tone: "bad",
      title: `${name} cannot be loaded`,
      text: plugin.last_error ?? "The log of the server says why.",
      ...at("", "Fix it, then reload"),
    });
  } else if (plugin.state === "outdated") {
    found.push({
      key: `${plugin.folder} outdated`,
      tone: "warn",
      title: `A former version of ${name} serves`,
      text: plugin.last_error ?? "What lies in its folder cannot be loaded.",
      ...at("", "Fix it, then reload"),
    });
  }
  if (plugin.needs_settings.length > 0 && plugin.state !== "disabled") {
    const refuses = plugin.hooks.some((hook) => isFilter(hook.hook) && hook.on_error === "abort");
    found.push({
      key: `${plugin.folder} settings`,
      tone: refuses ? "bad" : "warn",
      title: `${name} needs settings`,
      text: plugin.needs_settings.map(({ label, reason }) => `${label}: ${reason.replace(/[.!?…]$/, "")}.`).join(" "),
      ...(plugin.state === "needs_settings" && {
        more: `Until it has them it is not called: its deliveries wait, and ${refuses ? "what it guards is refused" : "requests go on without it"}.`,
      }),
      ...at("settings", "Set them"),
    });
  }
  for (const hook of plugin.hooks) {
    if (hook.breaker.state === "closed") continue;
    const tried = hook.breaker.state === "half-open";
    found.push({
      key: `${plugin.folder} ${hook.hook}`,
      tone: tried ? "warn" : "bad",
      title: tried
        ? `${name} is being tried again in ${hook.hook}`
        : `${name} is paused in ${hook.hook} after ${counted(hook.breaker.failures, "failure")}`,
      text: sentence(hook.breaker.reason ?? "no reason is known"),
      more: `It is called ${hookWhen(hook.hook)}. Meanwhile ${meanwhile(hook.hook, hook.on_error)}${until(hook.breaker.until)}.`,
      ...at("failures", "Read why it fails"),
    });
  }
  for (const warning of plugin.warnings) {
    found.push({ key: `${plugin.folder} ${warning}`, tone: "warn", title: name, text: warning, ...at("", "Look at it") });
  }
  return found;
}

function until(time: string | null): string {
  if (time === null) return "";
  const at = new Date(time);
  return at.getTime() < Date.now() ? "; the next call tries it" : `, until one call tries it at ${at.toLocaleTimeString("en-GB")}`;
}

function meanwhile(hook: string, onError: "continue" | "abort"): string {
  if (hook.startsWith("on-") && !hook.endsWith("ing") && hook !== "on-cron-tick") return "its deliveries wait";
  if (hook === "on-cron-tick") return "its ticks are left out";
  return ifItFails({ hook, on_error: onError, priority: 0, timeout_ms: 0 });
}
