import type uPlot from 'uplot';
import type { Schemas } from '$api/client';
import { clock, count } from '$words/index.svelte';
import { SERIES } from './series';

/** In seconds, as the library counts. */
const HOUR = 3600;

/** A drawing of hours, as wide as its place. */
export type Plot = { show(hours: Schemas['StatisticsItem'][]): void; end(): void };

/** Draws in `place`; `pointed` is told the number of the hour under the pointer. */
export async function draw(place: HTMLElement, pointed: (hour: number | null) => void): Promise<Plot> {
  const [{ default: Drawing }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
  const colour = (name: string) => getComputedStyle(place).getPropertyValue(name).trim();
  const size = () => ({ width: Math.max(place.clientWidth, 100), height: Math.max(place.clientHeight, 80) });
  const axis = { stroke: () => colour('--quiet'), grid: { stroke: () => colour('--line'), width: 1 }, ticks: { show: false } };
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  /** The hour that the pointer is in; the last time is the end of the last hour. */
  const hourAt = ({ cursor, data: [times], posToVal }: uPlot) => {
    if (cursor.left === undefined || cursor.left < 0) return null;
    const at = posToVal(cursor.left, 'x');
    return Math.min(Math.max(times.findLastIndex((time) => time <= at), 0), times.length - 2);
  };
  // What was counted holds for the whole hour: a level, and no slope from the hour before.
  const paths = Drawing.paths.stepped?.({ align: 1 });
  const options: uPlot.Options = {
    ...size(),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    axes: [
      { ...axis, font, size: 28, values: (_, times) => times.map((time) => clock(time * 1000)) },
      { ...axis, font, size: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000], values: (_, values) => values.map(count) },
    ],
    scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.08, 4)] } },
    series: [{}, ...SERIES.map((one) => ({ stroke: () => colour(one.colour), dash: [...one.dash], width: 2, points: { show: false }, paths }))],
    hooks: { setCursor: [(plot) => pointed(hourAt(plot))] },
  };
  const drawing = new Drawing(options, [[], ...SERIES.map(() => [])], place);
  const sized = new ResizeObserver(() => drawing.setSize(size()));
  sized.observe(place);
  return {
    show(hours) {
      const last = hours.at(-1);
      if (!last) return;
      const times = [...hours.map((hour) => Date.parse(hour.start) / 1000), Date.parse(last.start) / 1000 + HOUR];
      drawing.setData([times, ...SERIES.map(({ figure }) => [...hours.map((hour) => hour[figure]), last[figure]])]);
    },
    end() {
      sized.disconnect();
      drawing.destroy();
    },
  };
}
