import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { outbox, plugins, type Delivery, type DeliveryState, type Listing } from "../api";
import { useData } from "../data";
import { said } from "../http";
import { nameOf } from "../problems";
import { Link, go, pluginPath } from "../router";
import { Act, Badge, Confirmed, Field, Moment, Ready, Screen, Table, announce } from "../ui";
import { DELIVERY_STATES, counted } from "../words";

const STATES = [
  { state: "dead", label: "Dead letters" },
  { state: "retrying", label: "Retrying" },
  { state: "waiting", label: "Waiting" },
  { state: "all", label: "All" },
] as const;

const EMPTY: Record<string, string> = {
  dead: "There are no dead letters: nothing was given up.",
  retrying: "Nothing is being tried again.",
  waiting: "Nothing waits.",
  all: "Plugins have taken everything.",
};

function path(plugin: string | null, state: string): string {
  const query = new URLSearchParams();
  if (plugin) query.set("plugin", plugin);
  if (state !== "dead") query.set("state", state);
  return `/outbox${query.size > 0 ? `?${query}` : ""}`;
}

/** Deliveries that plugins have not taken. */
export function Outbox(props: { plugin: string | null; state: string | null }): JSX.Element {
  const state = STATES.find((one) => one.state === props.state)?.state ?? "dead";
  const { plugin } = props;
  const which = { plugin: plugin ?? undefined, state: state === "all" ? undefined : (state as DeliveryState) };
  const key = `${plugin ?? ""} ${state}`;
  const list = useData(`outbox ${key}`, (signal) => outbox.list(which, undefined, 50, signal), 5000);
  const installed = useData("plugins", plugins.list);
  const [more, setMore] = useState<Listing<Delivery>>();
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    setMore(undefined);
    choose(new Set());
  }, [key]);

  const refresh = async (): Promise<void> => {
    setMore(undefined);
    choose(new Set());
    await list.reload();
  };
  const all = (first: Listing<Delivery>): Delivery[] => {
    const seen = new Set(first.items.map((delivery) => delivery.id));
    return [...first.items, ...(more?.items.filter((delivery) => !seen.has(delivery.id)) ?? [])];
  };
  const loadMore = async (cursor: string): Promise<void> => {
    const next = await outbox.list(which, cursor);
    setMore({ items: [...(more?.items ?? []), ...next.items], next: next.next });
  };
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose(next);
  };
  /** Does something to each that is chosen, and says how far it came. */
  const toEach = async (ids: string[], act: (id: string) => Promise<void>, done: string): Promise<string> => {
    let acted = 0;
    try {
      for (const id of ids) {
        await act(id);
        acted += 1;
      }
    } catch (error) {
      await refresh();
      throw new Error(`${counted(acted, "delivery", "deliveries")} ${done}; then: ${said(error)}`);
    }
    await refresh();
    return `${counted(acted, "delivery", "deliveries")} ${done}.`;
  };

  return (
    <Screen title="Outbox" lead="What plugins have still to be notified of. Each delivery is made at least once, and tried 8 times.">
      <nav class="tabs" aria-label="Deliveries by state">
        <ul>
          {STATES.map((one) => (
            <li key={one.state}>
              <Link to={path(plugin, one.state)} aria-current={one.state === state ? "page" : undefined}>
                {one.label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <section class="panel">
        <div class="filters">
          <Field label="Plugin">
            {(field) => (
              <select {...field} value={plugin ?? ""} onChange={(event) => go(path(event.currentTarget.value || null, state))}>
                <option value="">all plugins</option>
                {plugin && !installed.data?.items.some((one) => one.id === plugin) && <option value={plugin}>{plugin}</option>}
                {installed.data?.items.map(
                  (one) =>
                    one.id && (
                      <option key={one.id} value={one.id}>
                        {nameOf(one)}
                      </option>
                    ),
                )}
              </select>
            )}
          </Field>
          <div class="filter-end">
            {state !== "waiting" && (
              <Act
                disabled={!list.data || list.data.items.length === 0}
                does={async () => {
                  const { deliveries } = await outbox.retryAll(which);
                  await refresh();
                  return `${counted(deliveries, "delivery is", "deliveries are")} tried again.`;
                }}
              >
                Retry all of these
              </Act>
            )}
            {plugin && (
              <Confirmed
                class="quiet-danger"
                disabled={!list.data || list.data.items.length === 0}
                title="Discard all of these?"
                text={`${plugin} is never notified of what is discarded${state === "all" ? ", whatever its state" : ""}. This cannot be undone.`}
                button="Discard all"
                does={async () => {
                  const { deliveries } = await outbox.discardAll(which);
                  await refresh();
                  return `${counted(deliveries, "delivery was", "deliveries were")} discarded.`;
                }}
              >
                Discard all of these
              </Confirmed>
            )}
          </div>
        </div>
        <Ready of={list}>
          {(first) => {
            const rows = all(first);
            const next = more ? more.next : first.next;
            const picked = rows.filter((delivery) => chosen.has(delivery.id)).map((delivery) => delivery.id);
            return (
              <>
                {rows.length > 0 && (
                  <div class="bulk">
                    <label class="check">
                      <input
                        type="checkbox"
                        checked={picked.length === rows.length}
                        onChange={() => choose(picked.length === rows.length ? new Set() : new Set(rows.map(({ id }) => id)))}
                      />
                      Choose all that are shown
                    </label>
                    <span class="muted">{counted(picked.length, "delivery", "deliveries")} chosen</span>
                    <Act disabled={picked.length === 0} does={() => toEach(picked, outbox.retry, "tried again")}>
                      Retry
                    </Act>
                    <Confirmed
                      class="quiet-danger"
                      disabled={picked.length === 0}
                      title={`Discard ${counted(picked.length, "delivery", "deliveries")}?`}
                      text="A plugin is never notified of what is discarded. This cannot be undone."
                      button="Discard"
                      does={() => toEach(picked, outbox.discard, "discarded")}
                    >
                      Discard
                    </Confirmed>
                  </div>
                )}
                <Table
                  label="Deliveries"
                  rows={rows}
                  id={(delivery) => delivery.id}
                  empty={EMPTY[state] ?? ""}
                  columns={[
                    {
                      head: "Delivery",
                      main: true,
                      cell: (delivery) => (
                        <label class="check">
                          <input type="checkbox" checked={chosen.has(delivery.id)} onChange={() => toggle(delivery.id)} />
                          <span>
                            {delivery.hook}
                            <span class="below">
                              {delivery.record.kind} {delivery.record.id}
                            </span>
                          </span>
                        </label>
                      ),
                    },
                    { head: "Plugin", cell: (delivery) => <Link to={pluginPath(delivery.plugin)}>{delivery.plugin}</Link> },
                    {
                      head: "State",
                      cell: (delivery) => {
                        const { word, tone } = DELIVERY_STATES[delivery.state];
                        return (
                          <>
                            <Badge tone={tone}>{word}</Badge>
                            <span class="below">{counted(delivery.attempts, "try", "tries")}</span>
                          </>
                        );
                      },
                    },
                    { head: "Since", cell: (delivery) => <Moment at={delivery.created_at} /> },
                    {
                      head: "Reason",
                      cell: (delivery) => <span class="reason">{delivery.last_error ?? "–"}</span>,
                    },
                    {
                      head: "Next",
                      cell: (delivery) => (
                        <div class="row-actions">
                          {delivery.state !== "waiting" && (
                            <Act
                              label={`Retry ${delivery.hook} for ${delivery.plugin}`}
                              does={async () => {
                                await outbox.retry(delivery.id);
                                await refresh();
                                return "The delivery is tried again.";
                              }}
                            >
                              Retry
                            </Act>
                          )}
                          {delivery.state === "retrying" && delivery.next_attempt_at && <Moment at={delivery.next_attempt_at} />}
                          {delivery.state === "waiting" && <span class="muted">by itself</span>}
                        </div>
                      ),
                    },
                  ]}
                />
                {next && (
                  <p class="more">
                    <button type="button" onClick={() => void loadMore(next).catch((error: unknown) => announce("bad", said(error)))}>
                      Show more
                    </button>
                  </p>
                )}
              </>
            );
          }}
        </Ready>
      </section>
    </Screen>
  );
}
