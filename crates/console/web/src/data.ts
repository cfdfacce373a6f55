// What screens load, and load again.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { said } from "./http";

export interface Loaded<T> {
  data: T | undefined;
  error: string | undefined;
  /** Loads once more; what is shown stays meanwhile. */
  reload: () => Promise<void>;
  set: (data: T) => void;
}

/**
 * Loads something, and again every `every` milliseconds while the page is seen. `key` says what is
 * loaded: with another one, what was there goes.
 */
export function useData<T>(key: string, load: (signal: AbortSignal) => Promise<T>, every?: number): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: string }>({ key });
  const loading = useRef(load);
  loading.current = load;
  const abort = useRef<AbortController | undefined>(undefined);

  const reload = useCallback(async () => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    try {
      const data = await loading.current(controller.signal);
      if (!controller.signal.aborted) setState({ key, data });
    } catch (error) {
      if (controller.signal.aborted) return;
      setState((before) => ({ ...(before.key === key ? before : { key }), error: said(error) }));
    }
  }, [key]);

  useEffect(() => {
    void reload();
    const again = (): void => {
      if (document.visibilityState === "visible") void reload();
    };
    const timer = every === undefined ? undefined : setInterval(again, every);
    if (every !== undefined) document.addEventListener("visibilitychange", again);
    return () => {
      abort.current?.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [reload, every]);

  const set = useCallback((data: T) => setState({ key, data }), [key]);
  const isIt = state.key === key;
  return { data: isIt ? state.data : undefined, error: isIt ? state.error : undefined, reload, set };
}

/** Runs `then` each time that `value` has changed, and not for the first one. */
export function useChanged<T>(value: T, then: () => void): void {
  const known = useRef(value);
  useEffect(() => {
    if (known.current === value) return;
    known.current = value;
    then();
  }, [value]);
}

/** Returns a text once nobody has changed it for a moment, so that not each letter is a request. */
export function useSettled(text: string, wait = 250): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), wait);
    return () => clearTimeout(timer);
  }, [text, wait]);
  return settled;
}

/** Returns the time, anew every `every` milliseconds, so that what is relative to it moves. */
export function useNow(every = 5000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
