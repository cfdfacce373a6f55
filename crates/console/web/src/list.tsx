// Lists of which a page is loaded at a time, and what is done to many of their rows at once.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Listing } from "./api";
import { useData, type Loaded } from "./data";
import { said } from "./http";
import { Link } from "./router";
import { Ready, announce } from "./ui";
import { counted } from "./words";

export interface List<T> extends Loaded<Listing<T>> {
  /** The rows of all pages that are loaded. */
  rows: T[];
  /** The cursor of the next page; none where all rows are shown. */
  next: string | null;
  loadMore: () => Promise<void>;
  /** Loads the first page once more, and forgets the others. */
  refresh: () => Promise<void>;
}

/** Loads a list page by page; the first one again every `every` milliseconds. `key` says which list it is. */
export function useList<T extends object>(
  key: string,
  load: (cursor?: string, signal?: AbortSignal) => Promise<Listing<T>>,
  id: (row: T) => string,
  every?: number,
): List<T> {
  const first = useData(key, (signal) => load(undefined, signal), every);
  const [more, setMore] = useState<{ key: string; page: Listing<T> }>();
  const further = more?.key === key ? more.page : undefined;
  const items = first.data?.items ?? [];
  // A page that is loaded again may have taken rows of the next one in.
  const seen = new Set(items.map(id));
  const next = (further ?? first.data)?.next ?? null;
  return {
    ...first,
    rows: [...items, ...(further?.items.filter((row) => !seen.has(id(row))) ?? [])],
    next,
    loadMore: async () => {
      if (next === null) return;
      const page = await load(next);
      setMore({ key, page: { items: [...(further?.items ?? []), ...page.items], next: page.next } });
    },
    refresh: async () => {
      setMore(undefined);
      await first.reload();
    },
  };
}

/** The rows of a list once they are there, and a button for more of them. */
export function Rows<T>(props: { of: List<T>; children: (rows: T[]) => ComponentChildren }): JSX.Element {
  const { of } = props;
  return (
    <Ready of={of}>
      {() => (
        <>
          {props.children(of.rows)}
          {of.next !== null && (
            <p class="more">
              <button type="button" onClick={() => void of.loadMore().catch((error: unknown) => announce("bad", said(error)))}>
                Show more
              </button>
            </p>
          )}
        </>
      )}
    </Ready>
  );
}

export interface Choice {
  /** The ids of the rows that are chosen and shown. */
  picked: string[];
  isChosen: (id: string) => boolean;
  toggle: (id: string) => void;
  /** Does something to each, one after the other, and says how far it came. */
  toEach: (ids: string[], act: (id: string) => Promise<unknown>, done: string) => Promise<string>;
  /** As many as that, in words. */
  counted: (number: number) => string;
  toggleAll: () => void;
  isAll: boolean;
}

/** Rows of a list that are chosen, until another list is shown or something was done to them. */
export function useChoice<T extends { id: string }>(key: string, list: List<T>, one: string, many = `${one}s`): Choice {
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => choose(new Set()), [key]);
  const ids = list.rows.map((row) => row.id);
  const picked = ids.filter((id) => chosen.has(id));
  const isAll = ids.length > 0 && picked.length === ids.length;
  const inWords = (number: number): string => counted(number, one, many);
  const refresh = async (): Promise<void> => {
    choose(new Set());
    await list.refresh();
  };
  return {
    picked,
    isAll,
    counted: inWords,
    isChosen: (id) => chosen.has(id),
    toggle: (id) => {
      const after = new Set(chosen);
      if (!after.delete(id)) after.add(id);
      choose(after);
    },
    toggleAll: () => choose(isAll ? new Set() : new Set(ids)),
    toEach: async (ids, act, done) => {
      let acted = 0;
      try {
        for (const id of ids) {
          await act(id);
          acted += 1;
        }
      } catch (error) {
        await refresh();
        throw new Error(`${inWords(acted)} ${done}; then: ${said(error)}`);
      }
      await refresh();
      return `${inWords(acted)} ${done}.`;
    },
  };
}

/** The steps for the rows that are chosen. */
export function Bulk(props: { of: Choice; children: ComponentChildren }): JSX.Element {
  const { of } = props;
  return (
    <div class="bulk">
      <label class="check">
        <input type="checkbox" checked={of.isAll} onChange={of.toggleAll} />
        Choose all that are shown
      </label>
      <span class="muted">{of.counted(of.picked.length)} chosen</span>
      <div class="actions">{props.children}</div>
    </div>
  );
}

/** Links to the parts of a list. */
export function Tabs(props: { label: string; current: string; of: { at: string; to: string; label: string }[] }): JSX.Element {
  return (
    <nav class="tabs" aria-label={props.label}>
      <ul>
        {props.of.map(({ at, to, label }) => (
          <li key={at}>
            <Link to={to} aria-current={at === props.current ? "page" : undefined}>
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
