import type { JSX } from "preact";

import { plugins, type FailedCall, type LogRecord } from "../api";
import { useData } from "../data";
import { Moment, Ready, Section } from "../ui";
import { bytes, counted, placeIn } from "../words";

/** The last calls of a plugin that failed, and why. */
export function Failures(props: { id: string }): JSX.Element {
  const loaded = useData(
    `failures ${props.id}`,
    async (signal) => {
      const [failed, log] = await Promise.all([plugins.failures(props.id, signal), plugins.logs(props.id, signal)]);
      return [...failed.calls].reverse().map((call) => ({ call, said: saidBy(call, log.items) }));
    },
    5000,
  );
  return (
    <Section
      title="Last failures"
      note="Since the server started, the latest first, each with what the plugin logged in it. Whoever maintains the plugin needs the whole text."
    >
      <Ready of={loaded}>
        {(failures) =>
          failures.length === 0 ? (
            <p class="empty">No call of it has failed.</p>
          ) : (
            <ol class="failures">
              {failures.map(({ call, said }, index) => (
                <li key={`${call.at} ${index}`}>
                  <Failure call={call} said={said} />
                </li>
              ))}
            </ol>
          )
        }
      </Ready>
    </Section>
  );
}

/** The plugin's own last words: what it logged in the call. */
function saidBy(call: FailedCall, log: LogRecord[]): string[] {
  return log.filter((record) => record.call === call.id).map((record) => record.message);
}

function Failure(props: { call: FailedCall; said: string[] }): JSX.Element {
  const { call, said } = props;
  const error = call.outcome.error ?? "It failed without a reason.";
  const place = placeIn([...said, error].join("\n"));
  const asked = call.call.host_calls ?? [];
  return (
    <>
      <div class="failure-head">
        <h3>{call.hook}</h3>
        <Moment at={call.at} />
        {place && (
          <span>
            at <code>{place}</code>
          </span>
        )}
      </div>
      {said.length > 0 && <pre class="said">{said.join("\n")}</pre>}
      <pre>{error}</pre>
      <p class="help">
        It was given {bytes(call.input.bytes)}
        {asked.length > 0 && ` and had made ${counted(asked.length, "host call")}: ${asked.map((one) => one.function).join(", ")}`}.
      </p>
    </>
  );
}
