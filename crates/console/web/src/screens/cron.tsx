import type { JSX } from "preact";

import { plugins, type CronJob, type CronRun } from "../api";
import { useData } from "../data";
import { nameOf } from "../problems";
import { Link, pluginPath } from "../router";
import { Act, Badge, Moment, Ready, Screen, Table, type Column } from "../ui";
import { micros, type Tone } from "../words";

type Job = CronJob & { plugin: string; name: string };

/** Scheduled work of all plugins. */
export function Cron(): JSX.Element {
  const list = useData("plugins", plugins.list, 5000);
  return (
    <Screen title="Cron" lead="Work that plugins do at the times of their schedules, while they run.">
      <Ready of={list}>
        {({ items }) => (
          <section class="panel">
            <Jobs
              jobs={items.flatMap((plugin) =>
                plugin.id === null ? [] : plugin.cron.map((job) => ({ ...job, plugin: plugin.id ?? "", name: nameOf(plugin) })),
              )}
              done={list.reload}
            />
          </section>
        )}
      </Ready>
    </Screen>
  );
}

/** Jobs, the next one first. */
export function Jobs(props: { jobs: Job[]; done: () => Promise<void>; single?: boolean }): JSX.Element {
  const jobs = [...props.jobs].sort((one, other) => (one.next ?? "9").localeCompare(other.next ?? "9"));
  const columns: Column<Job>[] = [
    {
      head: "Job",
      main: true,
      cell: (job) => (
        <>
          {job.label}
          <span class="below">{job.job_type}</span>
        </>
      ),
    },
    { head: "Plugin", cell: (job) => <Link to={pluginPath(job.plugin)}>{job.name}</Link> },
    {
      head: "Schedule",
      cell: (job) => (
        <>
          <code>{job.cron_expr}</code>
          <span class="below">{job.timezone}</span>
        </>
      ),
    },
    {
      head: "Next",
      cell: (job) =>
        job.next ? (
          <>
            <Moment at={job.next} />
            <span class="below">{new Date(job.next).toLocaleString()}</span>
          </>
        ) : (
          <Badge tone="calm">Only by hand</Badge>
        ),
    },
    ...(jobs.some((job) => job.last !== undefined) ? [{ head: "Last", cell: (job: Job) => <Last run={job.last ?? null} /> }] : []),
    {
      head: "Run",
      buttons: true,
      cell: (job) => (
        <Act
          label={`Run now: ${job.label}`}
          does={async () => {
            const began = performance.now();
            await plugins.runCron(job.plugin, job.job_type);
            await props.done();
            return `${job.label} has run, in ${Math.round(performance.now() - began)} ms.`;
          }}
        >
          Run now
        </Act>
      ),
    },
  ];
  return (
    <Table
      label="Cron jobs"
      rows={jobs}
      id={(job) => `${job.plugin} ${job.job_type}`}
      empty="No plugin that runs has a schedule."
      columns={props.single ? columns.filter((column) => column.head !== "Plugin") : columns}
    />
  );
}

const OUTCOMES: Record<string, { word: string; tone: Tone }> = {
  running: { word: "Running", tone: "calm" },
  ok: { word: "Done", tone: "ok" },
  failed: { word: "Failed", tone: "bad" },
  not_called: { word: "Not called", tone: "warn" },
  lost: { word: "Lost", tone: "bad" },
};

/** The last run of a job. */
function Last(props: { run: CronRun | null }): JSX.Element {
  const { run } = props;
  if (!run) return <span class="muted">Not yet</span>;
  const { word, tone } = OUTCOMES[run.outcome] ?? { word: run.outcome, tone: "calm" as const };
  const took = run.ended_at === null ? null : Date.parse(run.ended_at) - Date.parse(run.started_at);
  return (
    <>
      <Badge tone={tone}>{word}</Badge> <Moment at={run.started_at} />
      {took !== null && (
        <span class="below">
          took {micros(took * 1000)} on {run.node}
        </span>
      )}
      {run.error && <span class="below reason">{run.error}</span>}
    </>
  );
}
