import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { outbox, plugins, type Delivery, type Hook, type Listing, type Plugin } from "../api";
import { Sparkline } from "../charts";
import { useData, type Loaded } from "../data";
import { usePluginFigures } from "../figures";
import { nameOf, troubles } from "../problems";
import { Log } from "../records";
import { Link, go, pluginPath } from "../router";
import { Act, Badge, Confirmed, Notice, Ready, Screen, Section, Table } from "../ui";
import { STATES, breakerWord, bytes, hookWhen, ifItFails, micros, microsOr } from "../words";
import { Jobs } from "./cron";
import { outboxPath } from "./outbox";
import { Storage } from "./plugin_storage";
import { Failures } from "./failures";
import { FiguresOf } from "./plugin_figures";
import { Settings } from "./settings";
import { Figure, Said } from "./parts";
import { Errors } from "./plugins";
import { LimitsList, RightsList } from "./rights";

const TABS = [
  { path: "", label: "State" },
  { path: "figures", label: "Figures" },
  { path: "settings", label: "Settings" },
  { path: "storage", label: "Storage" },
  { path: "rights", label: "Rights and limits" },
  { path: "failures", label: "Failures" },
  { path: "log", label: "Log" },
];

/** One plugin. */
export function PluginScreen(props: { id: string; tab: string | undefined }): JSX.Element {
  const { id, tab = "" } = props;
  const loaded = useData(`plugin ${id}`, (signal) => plugins.get(id, signal), 5000);
  const plugin = loaded.data;
  return (
    <Screen
      title={plugin ? nameOf(plugin) : id}
      lead={plugin && <Lead plugin={plugin} />}
      actions={plugin && <Actions plugin={plugin} id={id} loaded={loaded} />}
    >
      <nav class="tabs" aria-label="About this plugin">
        <ul>
          {TABS.map(({ path, label }) => (
            <li key={path}>
              <Link to={pluginPath(id, path)} aria-current={tab === path ? "page" : undefined}>
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {tab === "log" ? (
        <Section title="Log" note="The latest 200 records, and those that come.">
          <Log plugin={id} />
        </Section>
      ) : tab === "failures" ? (
        <Failures id={id} />
      ) : tab === "figures" ? (
        <FiguresOf id={id} />
      ) : tab === "storage" ? (
        <Storage id={id} />
      ) : tab === "settings" ? (
        <Settings id={id} saved={loaded.reload} />
      ) : (
        <Ready of={loaded}>{(plugin) => (tab === "rights" ? <Rights plugin={plugin} /> : <State plugin={plugin} id={id} loaded={loaded} />)}</Ready>
      )}
    </Screen>
  );
}

function Lead(props: { plugin: Plugin }): JSX.Element {
  const { plugin } = props;
  const state = STATES[plugin.state];
  return (
    <>
      <Badge tone={state.tone}>{state.word}</Badge>
      <span>{plugin.version ? `Version ${plugin.version}` : "No version was read"}</span>
      <code>{plugin.id ?? plugin.folder}</code>
    </>
  );
}

function Actions(props: { plugin: Plugin; id: string; loaded: Loaded<Plugin> }): JSX.Element {
  const { plugin, id, loaded } = props;
  const name = nameOf(plugin);
  const isPaused = plugin.hooks.some((hook) => hook.breaker.state !== "closed");
  const done = async (change: Promise<Plugin>, what: string): Promise<string> => {
    try {
      const after = await change;
      loaded.set(after);
      return after.compiling ? `${name} is being compiled; it serves when that is done.` : what;
    } catch (error) {
      void loaded.reload();
      throw error;
    }
  };
  return (
    <>
      {isPaused && (
        <Act class="primary" does={() => done(plugins.reset(id), `${name} is called again in every hook.`)}>
          Reset the breaker
        </Act>
      )}
      {plugin.state === "disabled" ? (
        <Act class="primary" does={() => done(plugins.enable(id), `${name} is on.`)}>
          Enable
        </Act>
      ) : (
        <>
          <Act does={() => done(plugins.reload(id), `${name} was loaded from its folder again.`)}>Reload</Act>
          <Confirmed
            title={`Disable ${name}?`}
            text="It is not called any longer, now and after restarts. Its deliveries wait until it is enabled again. Requests that began with it end with it."
            button="Disable"
            does={() => done(plugins.disable(id), `${name} is off.`)}
          >
            Disable
          </Confirmed>
        </>
      )}
      <Remove id={id} name={name} />
    </>
  );
}

function Remove(props: { id: string; name: string }): JSX.Element {
  const { id, name } = props;
  const [withData, setWithData] = useState(false);
  return (
    <Confirmed
      class="quiet-danger"
      title={`Remove ${name}?`}
      text={
        <>
          <p>
            Its folder and its log are deleted. What it has stored, its files and its tables stay, for when it is installed again, unless they
            are deleted, too.
          </p>
          <label class="check">
            <input type="checkbox" checked={withData} onChange={(event) => setWithData(event.currentTarget.checked)} />
            Delete what it has stored, for good
          </label>
        </>
      }
      button="Remove"
      does={async () => {
        await plugins.remove(id, withData);
        go("/plugins");
        return withData ? `${name} was removed, with all that it had stored.` : `${name} was removed. What it has stored stays.`;
      }}
    >
      Remove
    </Confirmed>
  );
}

function State(props: { plugin: Plugin; id: string; loaded: Loaded<Plugin> }): JSX.Element {
  const { plugin, id, loaded } = props;
  const wrong = troubles(plugin);
  return (
    <>
      {wrong.map((trouble) => (
        <Notice
          key={trouble.key}
          tone={trouble.tone}
          title={trouble.title}
          actions={trouble.next && trouble.next.to !== pluginPath(id) && <Link to={trouble.next.to}>{trouble.next.label}</Link>}
        >
          <Said of={trouble} />
        </Notice>
      ))}
      {plugin.compiling && (
        <Notice tone="calm" title={`Version ${plugin.compiling.version} is being compiled`}>
          {bytes(plugin.compiling.bytes)};{" "}
          {plugin.compiling.waits ? "others have to be compiled first" : "this takes some seconds, once"}.{" "}
          {plugin.compiling.former_serves ? "The version before it serves meanwhile." : "It serves when that is done."}
        </Notice>
      )}
      {plugin.falls_back_to && (
        <Notice tone="calm">
          Version {plugin.falls_back_to} serves again if the first calls of this one fail. It has yet to prove itself.
        </Notice>
      )}
      <Hooks hooks={plugin.hooks} id={id} />
      {plugin.cron.length > 0 && (
        <Section title="Cron">
          <Jobs jobs={plugin.cron.map((job) => ({ ...job, plugin: id, name: nameOf(plugin) }))} done={loaded.reload} single />
        </Section>
      )}
      <Deliveries id={id} />
      {plugin.pool && (
        <Section title="Instances" note="An instance takes one call at a time. One that ends abnormally is thrown away, and a fresh one takes its place.">
          <dl class="figures">
            <Figure name="There are to be" value={plugin.pool.size} />
            <Figure name="In a call" value={plugin.pool.busy} />
            <Figure name="Idle" value={plugin.pool.idle} />
            <Figure name="Callers that wait" value={plugin.pool.waiting} />
            <Figure name="Thrown away" value={plugin.pool.discarded} />
            <Figure name="Memory of each, at most" value={plugin.max_memory === null ? "–" : bytes(plugin.max_memory)} />
          </dl>
        </Section>
      )}
      {plugin.last_error && plugin.state === "running" && (
        <Section title="Last failure" actions={<Link to={pluginPath(id, "failures")}>All failures</Link>}>
          <pre>{plugin.last_error}</pre>
        </Section>
      )}
    </>
  );
}

function Hooks(props: { hooks: Hook[]; id: string }): JSX.Element {
  const figures = usePluginFigures(props.id);
  const of = new Map(figures.data?.hooks.map((one) => [one.hook, one]));
  return (
    <Section title="Hooks">
      <Table
        label="Hooks"
        rows={props.hooks}
        id={(hook) => hook.hook}
        empty="No version of it was put to work, or it names no hook."
        columns={[
          {
            head: "Hook",
            main: true,
            cell: (hook) => (
              <>
                {hook.hook}
                <span class="below">{hookWhen(hook.hook)}</span>
              </>
            ),
          },
          {
            head: "Breaker",
            cell: (hook) => {
              const { word, tone } = breakerWord(hook.breaker);
              return <Badge tone={tone}>{word}</Badge>;
            },
          },
          { head: "Last hour", cell: (hook) => <Sparkline series={of.get(hook.hook)?.series ?? null} of={`Calls of ${hook.hook}`} /> },
          { head: "Calls", number: true, cell: (hook) => hook.calls.toLocaleString("en") },
          { head: "Errors", number: true, cell: (hook) => <Errors of={hook.errors} /> },
          { head: "Left out", number: true, cell: (hook) => hook.breaker.skipped.toLocaleString("en") },
          { head: "p50", number: true, cell: (hook) => microsOr(of.get(hook.hook)?.p50_micros) },
          { head: "p99", number: true, cell: (hook) => microsOr(of.get(hook.hook)?.p99_micros) },
          { head: "Deadline", number: true, cell: (hook) => micros(hook.timeout_ms * 1000) },
          { head: "Priority", number: true, cell: (hook) => hook.priority },
          { head: "If it fails", cell: (hook) => ifItFails(hook) },
        ]}
      />
    </Section>
  );
}

function Deliveries(props: { id: string }): JSX.Element {
  const states = ["dead", "retrying", "waiting"] as const;
  const loaded = useData<Listing<Delivery>[]>(
    `deliveries ${props.id}`,
    (signal) => Promise.all(states.map((state) => outbox.list({ plugin: props.id, state }, undefined, 100, signal))),
    5000,
  );
  return (
    <Section
      title="Deliveries"
      actions={<Link to={outboxPath(props.id, "all")}>All deliveries</Link>}
      note="What it has still to be notified of. A delivery that fails 8 times is a dead letter: it stays until you retry or discard it."
    >
      <Ready of={loaded}>
        {(lists) => (
          <dl class="figures">
            {states.map((state, index) => {
              const list = lists[index];
              const count = list?.items.length ?? 0;
              const names = { dead: "Dead letters", retrying: "Retrying", waiting: "Waiting" };
              const shown = list?.next ? `${count} or more` : count;
              return (
                <Figure
                  key={state}
                  name={names[state]}
                  value={
                    count === 0 ? (
                      shown
                    ) : (
                      <Link to={outboxPath(props.id, state)} class={state === "dead" ? "wrong" : ""} label={`${names[state]}: ${shown}, show them`}>
                        {shown}
                      </Link>
                    )
                  }
                />
              );
            })}
          </dl>
        )}
      </Ready>
    </Section>
  );
}

function Rights(props: { plugin: Plugin }): JSX.Element {
  const { plugin } = props;
  return (
    <>
      <Section title="What it may do" note="It sees what its hooks hand to it, and keeps keys, files and log records of its own. Beyond that it may reach only what is listed here.">
        <RightsList permissions={plugin.permissions} ownTables={plugin.own_tables} />
      </Section>
      <Section title="Limits" note="What is in force: the manifest's limits or the defaults, under the ceilings that you set.">
        <LimitsList limits={plugin.limits} maxMemory={plugin.max_memory} />
      </Section>
    </>
  );
}
