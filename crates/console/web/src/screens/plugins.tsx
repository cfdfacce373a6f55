import type { JSX } from "preact";

import { plugins, type Plugin } from "../api";
import { useData } from "../data";
import { nameOf, troubles } from "../problems";
import { Link, go, pluginPath } from "../router";
import { Sparkline } from "../charts";
import { useFigures, type Summary } from "../figures";
import { Badge, Ready, Screen, Table } from "../ui";
import { STATES, counted, microsOr } from "../words";

/** Calls, errors and time of all hooks of a plugin. */
export function totals(plugin: Plugin): { calls: number; errors: number; micros: number } {
  return plugin.hooks.reduce(
    (sum, hook) => ({
      calls: sum.calls + hook.calls,
      errors: sum.errors + hook.errors,
      micros: sum.micros + hook.total_micros,
    }),
    { calls: 0, errors: 0, micros: 0 },
  );
}

/** The name of a plugin, as a link where it has a screen. */
export function PluginName(props: { plugin: Plugin }): JSX.Element {
  const { plugin } = props;
  const id = plugin.id ?? plugin.contested?.plugin;
  return (
    <>
      {plugin.id === null ? nameOf(plugin) : <Link to={pluginPath(plugin.id)}>{nameOf(plugin)}</Link>}
      <span class="below">{id ?? `folder ${plugin.folder}`}</span>
    </>
  );
}

/** The state of a plugin, and how many of its hooks are paused. */
export function StateBadges(props: { plugin: Plugin }): JSX.Element {
  const { word, tone } = STATES[props.plugin.state];
  const paused = props.plugin.hooks.filter((hook) => hook.breaker.state === "open").length;
  return (
    <span class="badges">
      <Badge tone={tone}>{word}</Badge>
      {paused > 0 && <Badge tone="bad">{counted(paused, "hook")} paused</Badge>}
    </span>
  );
}

/** Every plugin that is installed. */
export function Plugins(): JSX.Element {
  const list = useData("plugins", plugins.list, 5000);
  const figures = useFigures();
  const of = new Map(figures.data?.plugins.map((one) => [one.plugin, one]));
  const counts = (plugin: Plugin): Pick<Summary, "calls" | "errors"> => of.get(plugin.id ?? "") ?? totals(plugin);
  return (
    <Screen
      title="Plugins"
      lead="Numbers and times count from the start of the server; the bars are the calls of the last hour, by the minute."
      actions={
        <button type="button" class="primary" onClick={() => go("/install")}>
          Install a plugin
        </button>
      }
    >
      <Ready of={list}>
        {({ items }) => (
          <section class="panel">
            <Table
              label="Plugins"
              rows={items}
              id={(plugin) => plugin.folder}
              empty="No plugin is installed. Install one, or copy its folder into the directory of plugins."
              columns={[
                { head: "Plugin", main: true, cell: (plugin) => <PluginName plugin={plugin} /> },
                { head: "State", cell: (plugin) => <StateBadges plugin={plugin} /> },
                { head: "Version", cell: (plugin) => plugin.version ?? "–" },
                {
                  head: "Last hour",
                  cell: (plugin) => <Sparkline series={of.get(plugin.id ?? "")?.series ?? null} of={`Calls of ${nameOf(plugin)}`} />,
                },
                { head: "Calls", number: true, cell: (plugin) => counts(plugin).calls.toLocaleString("en") },
                { head: "Errors", number: true, cell: (plugin) => <Errors of={counts(plugin).errors} /> },
                { head: "p50", number: true, cell: (plugin) => microsOr(of.get(plugin.id ?? "")?.p50_micros) },
                { head: "p99", number: true, cell: (plugin) => microsOr(of.get(plugin.id ?? "")?.p99_micros) },
                {
                  head: "What is wrong",
                  cell: (plugin) => {
                    const [first] = troubles(plugin);
                    if (!first) return <span class="muted">Nothing</span>;
                    return (
                      <>
                        <span class="wrong">{first.title}</span>{" "}
                        {first.next?.to.endsWith("/settings") && <Link to={first.next.to}>{first.next.label}</Link>}
                      </>
                    );
                  },
                },
              ]}
            />
          </section>
        )}
      </Ready>
    </Screen>
  );
}

/** A number of errors, marked where there are any. */
export function Errors(props: { of: number }): JSX.Element {
  return <span class={props.of > 0 ? "wrong" : ""}>{props.of.toLocaleString("en")}</span>;
}
