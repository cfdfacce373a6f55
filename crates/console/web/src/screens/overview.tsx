import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { comments, nodes, outbox, plugins, type Node, type Plugin } from "../api";
import { Sparkline } from "../charts";
import { useData, type Loaded } from "../data";
import { useFigures, type Figures } from "../figures";
import { troubles, type Trouble } from "../problems";
import { Link, go } from "../router";
import { Badge, Moment, Notice, Ready, Screen, Section, Table } from "../ui";
import { STATES, counted, micros, microsOr } from "../words";
import { Figure, Said } from "./parts";
import { Errors, PluginName, StateBadges } from "./plugins";

/** The state of the site, with the next step for each trouble. */
export function Overview(): JSX.Element {
  const loaded = useData(
    "overview",
    async (signal) => {
      const [list, dead, pending] = await Promise.all([
        plugins.list(signal),
        outbox.list({ state: "dead" }, undefined, 100, signal),
        comments.list("pending", undefined, 1, signal),
      ]);
      return { plugins: list.items, dead: dead.items.length, more: dead.next !== null, pending: pending.items.length > 0 };
    },
    5000,
  );
  const figures = useFigures();
  return (
    <Screen title="Overview">
      <Ready of={loaded}>
        {(site) => {
          const wrong = site.plugins.flatMap(troubles);
          if (site.dead > 0) wrong.push(ofDead(site.dead, site.more));
          if (site.pending) wrong.push(OF_PENDING);
          const running = site.plugins.filter((plugin) => ["running", "outdated"].includes(plugin.state)).length;
          return (
            <>
              <Section title="What is wrong">
                {wrong.length === 0 ? (
                  <Notice tone="ok">Nothing: every plugin that is on runs, none is paused, nothing was given up, and no comment waits.</Notice>
                ) : (
                  <div class="stack">
                    {wrong.map((trouble) => (
                      <Notice
                        key={trouble.key}
                        tone={trouble.tone}
                        title={trouble.title}
                        actions={trouble.next && <Link to={trouble.next.to}>{trouble.next.label}</Link>}
                      >
                        <Said of={trouble} />
                      </Notice>
                    ))}
                  </div>
                )}
              </Section>
              <Now
                figures={figures}
                running={`${running} of ${site.plugins.length}`}
                dead={site.more ? `${site.dead} or more` : `${site.dead}`}
              />
              <Costs plugins={site.plugins} figures={figures.data} />
              <Nodes />
            </>
          );
        }}
      </Ready>
    </Screen>
  );
}

function ofDead(dead: number, more: boolean): Trouble {
  return {
    key: "outbox",
    tone: "bad",
    title: more ? `${dead} or more deliveries were given up` : `${counted(dead, "delivery was", "deliveries were")} given up`,
    text: "The outbox says why. Fix the plugin first, then retry them.",
    next: { label: "To the dead letters", to: "/outbox" },
  };
}

const OF_PENDING: Trouble = {
  key: "comments",
  tone: "calm",
  title: "Comments wait to be approved",
  text: "Readers do not see them until somebody has looked at them.",
  next: { label: "To the comments", to: "/comments" },
};

/** The requests of the last minute. */
function Now(props: { figures: Loaded<Figures>; running: string; dead: string }): JSX.Element {
  return (
    <Section title="Now" note="Requests of the last minute. Errors are answers with status 500 and above.">
      <Ready of={props.figures}>
        {({ requests, recent_ms }) => {
          const recent = requests.recent;
          const rate = (recent?.calls ?? 0) / Math.max(1, recent_ms / 1000);
          return (
            <div class="now">
              <dl class="figures">
                <Figure name="Requests a second" value={Number(rate.toFixed(rate < 10 ? 1 : 0))} />
                <Figure name="Errors" value={recent?.errors ?? 0} />
                <Figure name="Latency, p50" value={microsOr(recent?.p50_micros)} />
                <Figure name="Latency, p99" value={microsOr(recent?.p99_micros)} />
                <Figure name="Plugins that serve" value={props.running} />
                <Figure name="Dead letters" value={props.dead} />
              </dl>
              <div>
                <Sparkline series={requests.series} of="Requests" unit="request" />
                <p class="help">Requests of the last hour, by the minute</p>
              </div>
            </div>
          );
        }}
      </Ready>
    </Section>
  );
}

/** The servers of the site, where there are several. */
function Nodes(): JSX.Element | null {
  const [every, ask] = useState<number>();
  const all = useData("nodes", nodes, every).data ?? [];
  // One server alone need not be asked for others again and again.
  useEffect(() => ask(all.length > 1 ? 10_000 : undefined), [all.length]);
  if (all.length < 2) return null;
  return (
    <Section title="Nodes" note="The servers of this site. What is shown of now and of costs is this server's own.">
      <Table<Node>
        label="Nodes"
        rows={all}
        id={(node) => node.id}
        empty=""
        columns={[
          {
            head: "Node",
            main: true,
            cell: (node) => (
              <>
                {node.name} {node.is_this && <Badge tone="ok">This one</Badge>}
                <span class="below">{node.address ?? node.id}</span>
              </>
            ),
          },
          { head: "Version", cell: (node) => node.version },
          { head: "Started", cell: (node) => <Moment at={node.started_at} /> },
          {
            head: "State",
            cell: (node) =>
              node.state === "alive" ? (
                <Badge tone="ok">Alive</Badge>
              ) : (
                <>
                  <Badge tone="bad">Gone</Badge>
                  {node.alive_until && (
                    <span class="below">
                      since <Moment at={node.alive_until} />
                    </span>
                  )}
                </>
              ),
          },
        ]}
      />
    </Section>
  );
}

/** Plugins by the time that they take now, and have taken. */
function Costs(props: { plugins: Plugin[]; figures: Figures | undefined }): JSX.Element {
  const installed = new Map(props.plugins.map((plugin) => [plugin.id, plugin]));
  const rows = props.figures?.plugins ?? [];
  const cost = (row: (typeof rows)[number]): number => row.recent?.cost ?? 0;
  const most = Math.max(0.001, ...rows.map(cost));
  return (
    <Section
      title="Plugins by cost"
      note="Time of their calls in each second of the last minute; calls, errors and p99 count from the start of the server."
      actions={
        <button type="button" onClick={() => go("/install")}>
          Install a plugin
        </button>
      }
    >
      <Table
        label="Plugins by cost"
        rows={rows}
        id={(row) => row.plugin}
        empty={props.figures ? "No plugin is installed." : "Loading…"}
        columns={[
          {
            head: "Plugin",
            main: true,
            cell: (row) => {
              const plugin = installed.get(row.plugin);
              return plugin ? <PluginName plugin={plugin} /> : (row.name ?? row.plugin);
            },
          },
          {
            head: "State",
            cell: (row) => {
              const plugin = installed.get(row.plugin);
              if (plugin) return <StateBadges plugin={plugin} />;
              return <Badge tone={STATES[row.state].tone}>{STATES[row.state].word}</Badge>;
            },
          },
          {
            head: "Cost",
            cell: (row) => (
              <span class="cost">
                <meter min={0} max={most} value={cost(row)} aria-label={`Share of ${row.plugin}`} />
                {row.recent && cost(row) > 0 ? `${micros(cost(row) * 1000)} a second` : <span class="muted">none now</span>}
              </span>
            ),
          },
          { head: "Last hour", cell: (row) => <Sparkline series={row.series} of={`Calls of ${row.name ?? row.plugin}`} /> },
          { head: "p99", number: true, cell: (row) => microsOr(row.p99_micros) },
          { head: "Calls", number: true, cell: (row) => row.calls.toLocaleString("en") },
          { head: "Errors", number: true, cell: (row) => <Errors of={row.errors} /> },
        ]}
      />
    </Section>
  );
}
