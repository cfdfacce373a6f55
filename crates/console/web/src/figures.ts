// What the server counts: calls by plugin, hook and step of ten seconds, for an hour.

import { useRef } from "preact/hooks";

import type { PluginState } from "./api";
import { useData, type Loaded } from "./data";
import { read, segment } from "./http";

/** Steps that the server keeps: an hour of them. */
export const STEPS = 360;
/** As often as the server closes a step, in milliseconds. */
const EVERY = 10_000;

export interface Summary {
  calls: number;
  errors: number;
  total_micros: number;
  p50_micros: number | null;
  p99_micros: number | null;
}

/** One number for each step, the oldest first. */
export type Series = Record<"calls" | "errors" | "total_micros", number[]> & Record<"p50_micros" | "p99_micros", (number | null)[]>;

export interface Calls extends Summary {
  /** Of about the last minute; `cost` is in milliseconds of calls in each second. */
  recent: (Summary & { cost: number }) | null;
  series: Series | null;
}

interface Times {
  closed_at: string;
  steps: { ms: number; first: number; count: number };
  recent_ms: number;
}

export interface Figures extends Times {
  requests: Calls;
  left_out: number;
  plugins: (Calls & { plugin: string; name: string | null; state: PluginState })[];
}

export interface PluginFigures extends Times, Calls {
  plugin: string;
  hooks: (Calls & { hook: string })[];
  host_calls: { function: string; calls: number; total_micros: number | null }[];
  waits: { count: number; total_micros: number; p50_micros: number | null; p99_micros: number | null };
}

/** The figures of the server and of all plugins, anew with each step while the page is seen. */
export function useFigures(): Loaded<Figures> {
  return useSteps<Figures>("figures", "/admin/figures", (before, after) => ({
    ...after,
    requests: joined(before.requests, after.requests, after),
    plugins: joinedBy(before.plugins, after.plugins, after, (one) => one.plugin),
  }));
}

/** The figures of one plugin. */
export function usePluginFigures(id: string): Loaded<PluginFigures> {
  return useSteps<PluginFigures>(`figures ${id}`, `/admin/plugins/${segment(id)}/figures`, (before, after) => ({
    ...joined(before, after, after),
    hooks: joinedBy(before.hooks, after.hooks, after, (one) => one.hook),
  }));
}

/** Asks for all steps once, and then for those that are new. */
function useSteps<T extends Times>(key: string, path: string, join: (before: T, after: T) => T): Loaded<T> {
  const last = useRef<{ key: string; data: T } | undefined>(undefined);
  return useData(
    key,
    async (signal) => {
      const before = last.current?.key === key ? last.current.data : undefined;
      // A server that has just started has closed no step.
      const known = before && before.steps.count > 0 ? before.steps.first + before.steps.count - 1 : undefined;
      let data = await read<T>(path, { query: { after: known }, signal });
      if (before && known !== undefined) {
        // A server that was started again counts from the beginning, and one that was not asked
        // for an hour has forgotten what lies between.
        const passed = Math.round((Date.parse(data.closed_at) - Date.parse(before.closed_at)) / data.steps.ms);
        data = passed === data.steps.count ? withSteps(before, join(before, data)) : await read<T>(path, { signal });
      }
      last.current = { key, data };
      return data;
    },
    EVERY,
  );
}

function withSteps<T extends Times>(before: T, after: T): T {
  const count = Math.min(STEPS, before.steps.count + after.steps.count);
  const end = before.steps.first + before.steps.count + after.steps.count;
  return { ...after, steps: { ...after.steps, first: end - count, count } };
}

function joinedBy<T extends Calls>(before: T[], after: T[], { steps }: Times, id: (one: T) => string): T[] {
  const known = new Map(before.map((one) => [id(one), one]));
  return after.map((one) => joined(known.get(id(one)), one, { steps }));
}

/** Puts the steps that are new after those that are known. */
function joined<T extends Calls>(before: Calls | undefined, after: T, { steps }: Pick<Times, "steps">): T {
  const [old, more] = [before?.series, after.series];
  if (!old && !more) return after;
  // A series is missing while each of its steps is empty.
  const empty: Series = { calls: zeros(steps.count), errors: zeros(steps.count), total_micros: zeros(steps.count), p50_micros: nulls(steps.count), p99_micros: nulls(steps.count) };
  const next = more ?? empty;
  const numbers = (name: "calls" | "errors" | "total_micros"): number[] => [...(old?.[name] ?? []), ...next[name]].slice(-STEPS);
  const times = (name: "p50_micros" | "p99_micros"): (number | null)[] => [...(old?.[name] ?? []), ...next[name]].slice(-STEPS);
  return {
    ...after,
    series: {
      calls: numbers("calls"),
      errors: numbers("errors"),
      total_micros: numbers("total_micros"),
      p50_micros: times("p50_micros"),
      p99_micros: times("p99_micros"),
    },
  };
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const nulls = (count: number): null[] => new Array<null>(count).fill(null);

/** Calls and errors of one minute; `ago` counts back from the one that ended last. */
export interface Minute {
  ago: number;
  calls: number;
  errors: number;
}

const STEPS_A_MINUTE = 6;

/** The last hour by the minute, the oldest first. */
export function minutes(series: Series | null): Minute[] {
  const found: Minute[] = [];
  for (let ago = STEPS / STEPS_A_MINUTE - 1; ago >= 0; ago -= 1) {
    const sum = (values: number[] | undefined): number =>
      (values ?? []).slice(-STEPS_A_MINUTE * (ago + 1), ago === 0 ? undefined : -STEPS_A_MINUTE * ago).reduce((all, one) => all + one, 0);
    found.push({ ago, calls: sum(series?.calls), errors: sum(series?.errors) });
  }
  return found;
}
