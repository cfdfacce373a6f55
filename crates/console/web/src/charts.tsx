// Curves of the last hour. They are drawn with attributes alone: the page's policy allows no styles
// inside of elements.

import type { JSX } from "preact";

import { STEPS, minutes, type Minute, type Series } from "./figures";
import { counted, micros } from "./words";

function total(all: Minute[], unit = "call"): string {
  const calls = all.reduce((sum, one) => sum + one.calls, 0);
  const errors = all.reduce((sum, one) => sum + one.errors, 0);
  return errors === 0 ? counted(calls, unit) : `${counted(calls, unit)}, ${counted(errors, "error")}`;
}

/** Draws a bar for each minute, as high as its part of the most. */
function bars(all: Minute[], most: number, height: number, of: (minute: Minute) => number): string {
  return all
    .map((minute, index) => {
      const part = of(minute);
      if (part === 0) return "";
      const high = Math.max(1, (part / most) * height);
      return `M${index * 2} ${height}v${-high.toFixed(2)}h1.6v${high.toFixed(2)}z`;
    })
    .join("");
}

function Bars(props: { of: Minute[]; most: number; height: number }): JSX.Element {
  const most = Math.max(1, props.most);
  return (
    <>
      <path class="bar" d={bars(props.of, most, props.height, (minute) => minute.calls)} />
      <path class="bar-errors" d={bars(props.of, most, props.height, (minute) => minute.errors)} />
    </>
  );
}

/** The calls of the last hour, small; errors are red. */
export function Sparkline(props: { series: Series | null; of: string; unit?: string }): JSX.Element {
  const all = minutes(props.series);
  const most = Math.max(...all.map((minute) => minute.calls));
  return (
    <svg class="spark" viewBox="0 0 120 24" preserveAspectRatio="none" role="img" aria-label={`${props.of} in the last hour: ${total(all, props.unit)}`}>
      <path class="base" d="M0 23.5H120" />
      <Bars of={all} most={most} height={24} />
    </svg>
  );
}

/** The calls of the last hour, by the minute. */
export function CallsChart(props: { series: Series | null; of: string }): JSX.Element {
  const all = minutes(props.series);
  const most = Math.max(...all.map((minute) => minute.calls));
  return (
    <figure class="chart">
      <figcaption>
        Calls by the minute<span class="muted">{`at most ${most.toLocaleString("en")}`}</span>
      </figcaption>
      <svg viewBox="0 0 120 40" preserveAspectRatio="none" role="img" aria-label={`Calls of ${props.of} in the last hour: ${total(all)}`}>
        <path class="base" d="M0 39.5H120" />
        <Bars of={all} most={most} height={40} />
        {all.map((minute, index) => (
          <rect key={minute.ago} class="minute" x={index * 2} y={0} width={2} height={40}>
            <title>{`${minute.ago === 0 ? "The last minute" : `${counted(minute.ago, "minute")} before`}: ${total([minute])}`}</title>
          </rect>
        ))}
      </svg>
      <Hour />
    </figure>
  );
}

function Hour(): JSX.Element {
  return (
    <div class="hour" aria-hidden="true">
      <span>1 h ago</span>
      <span>now</span>
    </div>
  );
}

/** Draws a line through the values that are there; one by itself is a dot. */
function line(values: (number | null)[], y: (value: number) => number): string {
  let path = "";
  let isDrawn = false;
  values.forEach((value, index) => {
    if (value !== null) path += `${isDrawn ? "L" : "M"}${STEPS - values.length + index} ${y(value).toFixed(1)}${isDrawn ? "" : "h.5"}`;
    isDrawn = value !== null;
  });
  return path;
}

/** The median and the 99th percentile of each step; ten times as long is as far everywhere. */
export function TimesChart(props: { series: Series | null; of: string }): JSX.Element {
  const { p50_micros: p50 = [], p99_micros: p99 = [] } = props.series ?? {};
  const all = [...p50, ...p99].filter((value) => value !== null);
  const low = all.length === 0 ? 1 : 10 ** Math.floor(Math.log10(Math.max(1, Math.min(...all))));
  const high = all.length === 0 ? 10 : Math.max(low * 10, 10 ** Math.ceil(Math.log10(Math.max(...all))));
  const y = (value: number): number => 98 - (96 * Math.log10(Math.max(low, value) / low)) / Math.log10(high / low);
  const longest = Math.max(0, ...p99.filter((value) => value !== null));
  const marks = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, power) => low * 10 ** power);
  return (
    <figure class="chart">
      <figcaption>
        Time of a call
        <span class="keys">
          <span class="key p50">p50</span>
          <span class="key p99">p99</span>
          <span class="muted">{`${micros(low)} to ${micros(high)}`}</span>
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${STEPS} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Time of a call of ${props.of} in the last hour: ${longest === 0 ? "no calls" : `p99 at most ${micros(longest)}`}`}
      >
        <path class="base" d={marks.map((mark) => `M0 ${y(mark).toFixed(1)}H${STEPS}`).join("")} />
        <path class="line p99" d={line(p99, y)} />
        <path class="line p50" d={line(p50, y)} />
      </svg>
      <Hour />
    </figure>
  );
}
