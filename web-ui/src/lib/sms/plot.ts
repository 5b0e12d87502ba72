import type uPlot from 'uplot';
import type { Schemas } from '$api/client';
import { clock, count } from '$words/index.svelte';
import { SERIES } from './series';

/** A drawing of hours, as wide as its place. */
export type Plot = { show(hours: Schemas['StatisticsItem'][]): void; end(): void };

/** Draws in `place`; `pointed` is told the number of the hour under the pointer. */
export async function draw(place: HTMLElement, pointed: (hour: number | null) => void): Promise<Plot> {
  const [{ default: Drawing }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
  const colour = (name: string) => getComputedStyle(place).getPropertyValue(name).trim();
  const size = () => ({ width: Math.max(place.clientWidth, 100), height: Math.max(place.clientHeight, 80) });
  const axis = { stroke: () => colour('--quiet'), grid: { stroke: () => colour('--line'), width: 1 }, ticks: { show: false } };
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  const options: uPlot.Options = {
    ...size(),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    axes: [
      { ...axis, font, size: 28, values: (_, times) => times.map((time) => clock(time * 1000)) },
      { ...axis, font, size: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000], values: (_, values) => values.map(count) },
    ],
    scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.08, 4)] } },
    series: [{}, ...SERIES.map((one) => ({ stroke: () => colour(one.colour), dash: [...one.dash], width: 2, points: { show: false } }))],
    hooks: { setCursor: [(plot) => pointed(plot.cursor.left !== undefined && plot.cursor.left >= 0 ? (plot.cursor.idx ?? null) : null)] },
  };
  const drawing = new Drawing(options, [[], ...SERIES.map(() => [])], place);
  const sized = new ResizeObserver(() => drawing.setSize(size()));
  sized.observe(place);
  return {
    show: (hours) => drawing.setData([hours.map((hour) => Date.parse(hour.start) / 1000), ...SERIES.map(({ figure }) => hours.map((hour) => hour[figure]))]),
    end() {
      sized.disconnect();
      drawing.destroy();
    },
  };
}
