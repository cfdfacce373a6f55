// Which screen is shown: the path below /admin/.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

const BASE = "/admin";

export interface Place {
  /** The segments of the path, decoded. */
  segments: string[];
  query: URLSearchParams;
}

function here(): Place {
  const path = location.pathname.slice(BASE.length);
  const segments = path.split("/").filter((part) => part !== "").map(decode);
  return { segments, query: new URLSearchParams(location.search) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const listeners = new Set<() => void>();
let leave: () => boolean = () => true;

/** Asks before this screen is left, as long as `isDirty`. */
export function useGuard(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return undefined;
    leave = () => window.confirm("Leave without saving what you wrote?");
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => {
      leave = () => true;
      removeEventListener("beforeunload", warn);
    };
  }, [isDirty]);
}

/** Shows another screen. */
export function go(path: string, options: { replace?: boolean; free?: boolean } = {}): void {
  if (!options.free && !leave()) return;
  history[options.replace ? "replaceState" : "pushState"](null, "", BASE + path);
  for (const listener of listeners) listener();
  if (!options.replace) scrollTo(0, 0);
}

/** The place that is shown now. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const update = (): void => setPlace(here());
    listeners.add(update);
    addEventListener("popstate", update);
    return () => {
      listeners.delete(update);
      removeEventListener("popstate", update);
    };
  }, []);
  return place;
}

/** A link to a screen. */
export function Link(props: {
  to: string;
  children: ComponentChildren;
  class?: string;
  /** The link's name, where its text alone says too little. */
  label?: string;
  "aria-current"?: "page" | undefined;
}): JSX.Element {
  const { to, children, label, ...rest } = props;
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...rest} aria-label={label} href={BASE + to} onClick={follow}>
      {children}
    </a>
  );
}

/** The path of a plugin's screen. */
export function pluginPath(id: string, tab = ""): string {
  return `/plugins/${encodeURIComponent(id)}${tab && `/${tab}`}`;
}

/** The path of a type of content, or of one record. */
export function contentPath(type: string, id?: string): string {
  return `/content/${encodeURIComponent(type)}${id === undefined ? "" : `/${encodeURIComponent(id)}`}`;
}
