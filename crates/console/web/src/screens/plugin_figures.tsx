import type { JSX } from "preact";

import { CallsChart, TimesChart } from "../charts";
import { usePluginFigures, type Calls, type PluginFigures } from "../figures";
import { Ready, Section, Table } from "../ui";
import { hookWhen, micros, microsOr } from "../words";
import { Figure } from "./parts";

/** What is counted of a plugin: its calls by hook, what it asks of the host, and its waits. */
export function FiguresOf(props: { id: string }): JSX.Element {
  const loaded = usePluginFigures(props.id);
  return (
    <Ready of={loaded}>
      {(figures) => (
        <>
          {figures.calls === 0 && (
            <Section title="Calls">
              <p class="empty">It was not called since the server started.</p>
            </Section>
          )}
          {figures.hooks
            .filter((hook) => hook.calls > 0)
            .map((hook) => (
              <Section key={hook.hook} title={hook.hook} note={`It is called ${hookWhen(hook.hook) || "for this hook"}.`}>
                <Numbers of={hook} />
                {hook.series ? (
                  <div class="charts">
                    <CallsChart series={hook.series} of={hook.hook} />
                    <TimesChart series={hook.series} of={hook.hook} />
                  </div>
                ) : (
                  <p class="empty">It was not called in the last hour.</p>
                )}
              </Section>
            ))}
          <HostCalls figures={figures} />
          {figures.waits.count > 0 && (
            <Section
              title="Waits for an instance"
              note="Calls that came while all instances were in a call. If there are many, give it more instances."
            >
              <dl class="figures">
                <Figure name="Calls that waited" value={figures.waits.count} />
                <Figure name="In all" value={micros(figures.waits.total_micros)} />
                <Figure name="p50" value={microsOr(figures.waits.p50_micros)} />
                <Figure name="p99" value={microsOr(figures.waits.p99_micros)} />
              </dl>
            </Section>
          )}
        </>
      )}
    </Ready>
  );
}

function Numbers(props: { of: Calls }): JSX.Element {
  const { of } = props;
  return (
    <div class="numbers">
      <dl class="figures">
        <Figure name="Calls since the start" value={of.calls} />
        <Figure name="Errors" value={of.errors} />
        <Figure name="p50" value={microsOr(of.p50_micros)} />
        <Figure name="p99" value={microsOr(of.p99_micros)} />
        <Figure name="In the last minute" value={of.recent?.calls ?? "–"} />
        <Figure name="Time in all" value={micros(of.total_micros)} />
      </dl>
    </div>
  );
}

function HostCalls(props: { figures: PluginFigures }): JSX.Element {
  const rows = props.figures.host_calls
    .filter((one) => one.calls > 0)
    .sort((one, other) => (other.total_micros ?? -1) - (one.total_micros ?? -1) || other.calls - one.calls);
  const most = Math.max(1, ...rows.map((one) => one.total_micros ?? 0));
  return (
    <Section
      title="Host calls"
      note="What it has asked of the server since the start, the costliest first. Functions that return at once are counted only."
    >
      <Table
        label="Host calls"
        rows={rows}
        id={(one) => one.function}
        empty="It has asked for nothing."
        columns={[
          { head: "Function", main: true, cell: (one) => <code>{one.function}</code> },
          { head: "Calls", number: true, cell: (one) => one.calls.toLocaleString("en") },
          {
            head: "Time in all",
            cell: (one) =>
              one.total_micros === null ? (
                <span class="muted">at once</span>
              ) : (
                <span class="cost">
                  <meter min={0} max={most} value={one.total_micros} aria-label={`Share of ${one.function}`} />
                  {micros(one.total_micros)}
                </span>
              ),
          },
          {
            head: "Time a call",
            number: true,
            cell: (one) => (one.total_micros === null ? "–" : micros(one.total_micros / one.calls)),
          },
        ]}
      />
    </Section>
  );
}
