// Logs and events as they come.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { LEVELS, type Level, type LogRecord } from "./api";
import { listen, type Liveness } from "./http";
import { Link, pluginPath } from "./router";
import { Badge, Field } from "./ui";
import type { Tone } from "./words";

/** The most entries that are shown. */
const MOST = 500;

interface Stream<T> {
  entries: (T & { number: number })[];
  state: Liveness;
  missed: number;
  clear: () => void;
}

/**
 * The entries of a stream, the latest last. While it is paused nothing is taken in, and what comes
 * is shown afterwards.
 */
export function useStream<T>(
  path: string,
  query: Record<string, string | undefined>,
  isPaused: boolean,
  parse: (name: string, data: string) => T | undefined,
): Stream<T> {
  const [entries, setEntries] = useState<(T & { number: number })[]>([]);
  const [state, setState] = useState<Liveness>("connecting");
  const [missed, setMissed] = useState(0);
  const waiting = useRef<(T & { number: number })[]>([]);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  const key = path + JSON.stringify(query);

  useEffect(() => {
    const controller = new AbortController();
    let frame = 0;
    let number = 0;
    setEntries([]);
    setMissed(0);
    waiting.current = [];
    const show = (): void => {
      frame = 0;
      if (paused.current || waiting.current.length === 0) return;
      const more = waiting.current;
      waiting.current = [];
      setEntries((before) => [...before, ...more].slice(-MOST));
    };
    const changed = (next: Liveness): void => {
      setState(next);
      // The stream begins with the latest entries once more.
      if (next === "connecting" && number > 0) {
        waiting.current = [];
        setEntries([]);
      }
    };
    const heard = (name: string, data: string): void => {
      if (name === "lagged") {
        setMissed((before) => before + ((JSON.parse(data) as { missed: number }).missed || 0));
        return;
      }
      const entry = parse(name, data);
      if (!entry) return;
      number += 1;
      waiting.current = [...waiting.current.slice(1 - MOST), { ...entry, number }];
      // Many at once are shown at once.
      if (frame === 0) frame = window.setTimeout(show, 50);
    };
    void listen(path, { query, signal: controller.signal }, heard, changed);
    return () => {
      controller.abort();
      clearTimeout(frame);
    };
  }, [key]);

  useEffect(() => {
    if (isPaused || waiting.current.length === 0) return;
    const more = waiting.current;
    waiting.current = [];
    setEntries((before) => [...before, ...more].slice(-MOST));
  }, [isPaused]);

  return { entries, state, missed, clear: () => setEntries([]) };
}

const LIVENESS: Record<Liveness, { word: string; tone: Tone }> = {
  connecting: { word: "Connecting", tone: "calm" },
  live: { word: "Live", tone: "ok" },
  broken: { word: "Interrupted", tone: "bad" },
};

/** The head of a stream: its state, a switch to hold it, and the number of entries that are missing. */
export function StreamHead(props: {
  state: Liveness;
  isPaused: boolean;
  pause: (isPaused: boolean) => void;
  missed: number;
  children?: ComponentChildren;
}): JSX.Element {
  const { word, tone } = props.isPaused ? { word: "Held", tone: "warn" as const } : LIVENESS[props.state];
  return (
    <div class="filters">
      {props.children}
      <div class="filter-end">
        <span role="status">
          <Badge tone={tone}>{word}</Badge>
          {props.missed > 0 && ` ${props.missed} were missed`}
        </span>
        <button type="button" aria-pressed={props.isPaused} onClick={() => props.pause(!props.isPaused)}>
          Hold
        </button>
      </div>
    </div>
  );
}

const TONES: Record<Level, Tone> = { trace: "calm", debug: "calm", info: "calm", warn: "warn", error: "bad" };

/** The log of one plugin, or of all. */
export function Log(props: { plugin?: string }): JSX.Element {
  const [level, setLevel] = useState<Level>("trace");
  const [text, setText] = useState("");
  const [isPaused, pause] = useState(false);
  const path = props.plugin === undefined ? "/admin/logs/stream" : `/admin/plugins/${encodeURIComponent(props.plugin)}/logs/stream`;
  const query = { level: level === "trace" ? undefined : level };
  const stream = useStream(path, query, isPaused, (name, data) =>
    name === "record" ? (JSON.parse(data) as LogRecord) : undefined,
  );
  const wanted = text.trim().toLowerCase();
  const shown = stream.entries.filter((record) =>
    `${record.plugin} ${record.hook ?? ""} ${record.message}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <StreamHead state={stream.state} isPaused={isPaused} pause={pause} missed={stream.missed}>
        <Field label="From level">
          {(field) => (
            <select {...field} value={level} onChange={(event) => setLevel(event.currentTarget.value as Level)}>
              {LEVELS.map((one) => (
                <option key={one} value={one}>
                  {one === "trace" ? "all" : one}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Containing">
          {(field) => (
            <input {...field} type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
          )}
        </Field>
      </StreamHead>
      <Entries label="Log records" empty={stream.entries.length > 0 ? "No record contains that." : "Nothing was logged so far."}>
        {shown.map((record) => (
          <li key={record.number} class="record">
            <Clock at={record.at} />
            <Badge tone={TONES[record.level]}>{record.level}</Badge>
            <span class="source">
              {props.plugin === undefined && <Link to={pluginPath(record.plugin, "log")}>{record.plugin}</Link>}
              {record.hook && <span class="muted">{record.hook}</span>}
            </span>
            <span class="message">{record.message}</span>
          </li>
        ))}
      </Entries>
    </>
  );
}

/** A list that stays at its end while it is read there. */
export function Entries(props: { label: string; empty: string; children: JSX.Element[] }): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  });
  const scrolled = (): void => {
    const element = list.current;
    if (element) isAtEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - 24;
  };
  return props.children.length === 0 ? (
    <p class="empty">{props.empty}</p>
  ) : (
    <div class="records" role="region" aria-label={props.label}>
      <ol ref={list} tabIndex={0} aria-label={props.label} onScroll={scrolled}>
        {props.children}
      </ol>
    </div>
  );
}

/** The time of day, to the second. */
export function Clock(props: { at: string }): JSX.Element {
  const date = new Date(props.at);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString("en-GB");
  return (
    <time dateTime={props.at} title={date.toLocaleString()}>
      {isToday ? time : `${date.toLocaleDateString("en-CA")} ${time}`}
    </time>
  );
}
