import type { JSX } from "preact";

import { outbox, plugins, type DeliveryState } from "../api";
import { useData } from "../data";
import { Bulk, Rows, Tabs, useChoice, useList } from "../list";
import { nameOf } from "../problems";
import { Link, go, pluginPath } from "../router";
import { Act, Badge, Confirmed, Field, Moment, Screen, Table } from "../ui";
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

/** The path of the deliveries of a plugin, or of all, in a state. */
export function outboxPath(plugin: string | null, state: string): string {
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
  const list = useList(`outbox ${key}`, (cursor, signal) => outbox.list(which, cursor, 50, signal), ({ id }) => id, 5000);
  const choice = useChoice(key, list, "delivery", "deliveries");
  const { picked } = choice;
  const installed = useData("plugins", plugins.list);

  return (
    <Screen title="Outbox" lead="What plugins have still to be notified of. Each delivery is made at least once, and tried 8 times.">
      <Tabs
        label="Deliveries by state"
        current={state}
        of={STATES.map((one) => ({ at: one.state, to: outboxPath(plugin, one.state), label: one.label }))}
      />
      <section class="panel">
        <div class="filters">
          <Field label="Plugin">
            {(field) => (
              <select {...field} value={plugin ?? ""} onChange={(event) => go(outboxPath(event.currentTarget.value || null, state))}>
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
                disabled={list.rows.length === 0}
                does={async () => {
                  const { deliveries } = await outbox.retryAll(which);
                  await list.refresh();
                  return `${counted(deliveries, "delivery is", "deliveries are")} tried again.`;
                }}
              >
                Retry all of these
              </Act>
            )}
            {plugin && (
              <Confirmed
                class="quiet-danger"
                disabled={list.rows.length === 0}
                title="Discard all of these?"
                text={`${plugin} is never notified of what is discarded${state === "all" ? ", whatever its state" : ""}. This cannot be undone.`}
                button="Discard all"
                does={async () => {
                  const { deliveries } = await outbox.discardAll(which);
                  await list.refresh();
                  return `${counted(deliveries, "delivery was", "deliveries were")} discarded.`;
                }}
              >
                Discard all of these
              </Confirmed>
            )}
          </div>
        </div>
        <Rows of={list}>
          {(rows) => (
            <>
              {rows.length > 0 && (
                <Bulk of={choice}>
                  <Act disabled={picked.length === 0} does={() => choice.toEach(picked, outbox.retry, "tried again")}>
                    Retry
                  </Act>
                  <Confirmed
                    class="quiet-danger"
                    disabled={picked.length === 0}
                    title={`Discard ${choice.counted(picked.length)}?`}
                    text="A plugin is never notified of what is discarded. This cannot be undone."
                    button="Discard"
                    does={() => choice.toEach(picked, outbox.discard, "discarded")}
                  >
                    Discard
                  </Confirmed>
                </Bulk>
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
                        <input type="checkbox" checked={choice.isChosen(delivery.id)} onChange={() => choice.toggle(delivery.id)} />
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
                          {delivery.claimed_by && <span class="below">on {delivery.claimed_by}</span>}
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
                    buttons: true,
                    cell: (delivery) => (
                      <div class="row-actions">
                        {delivery.state !== "waiting" && (
                          <Act
                            label={`Retry ${delivery.hook} for ${delivery.plugin}`}
                            does={async () => {
                              await outbox.retry(delivery.id);
                              await list.refresh();
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
            </>
          )}
        </Rows>
      </section>
    </Screen>
  );
}
