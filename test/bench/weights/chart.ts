/** One scenario as a picture: how far, how full, how restless, over time, one line a policy. SVG, for light and dark. */
import type { Series } from './metrics.ts';

export interface Line {
  readonly label: string;
  readonly series: Series;
}

interface Panel {
  readonly title: string;
  readonly values: (series: Series) => readonly number[];
  /** What lies above stands at the top edge. */
  readonly most: number;
  /** Two lines that far apart in height are told apart; 0 is at the bottom. */
  readonly scale: (value: number) => number;
  readonly marks: readonly number[];
}

const linear = (value: number): number => value;
/** RTT goes from parts of a millisecond to hundreds. */
const logarithmic = (value: number): number => Math.log10(Math.max(value, 0.5) / 0.5);

const panels: readonly Panel[] = [
  {
    title: 'mean RTT, ms (logarithmic)',
    values: ({ rttMs }) => rttMs,
    most: 200,
    scale: logarithmic,
    marks: [0.5, 1, 3, 10, 30, 100],
  },
  {
    title: 'utilisation of the fullest site, %',
    values: ({ fullest }) => fullest.map((share) => 100 * share),
    most: 160,
    scale: linear,
    marks: [0, 50, 90, 100, 150],
  },
  {
    title: 'traffic steered anew since the beginning, % (of 100)',
    values: ({ churnPct }) => churnPct,
    most: 100,
    scale: linear,
    marks: [0, 25, 50, 75, 100],
  },
];

/** Okabe and Ito's, told apart by the colour-blind too; the last, the one that matters, is the thickest. */
const colours = ['#999999', '#cc79a7', '#e69f00', '#56b4e9', '#009e73', '#0072b2', '#d55e00'];
const size = { width: 860, left: 60, right: 20, top: 64, panel: 150, gap: 46 };
const plotWidth = size.width - size.left - size.right;
const mostPoints = 400;

export function chartOf(title: string, lines: readonly Line[]): string {
  const height = size.top + panels.length * (size.panel + size.gap);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img">
<title>${escaped(title)}</title>
<style>
  svg { color: #222; background: #fff; font: 12px sans-serif }
  @media (prefers-color-scheme: dark) { svg { color: #ddd; background: #161616 } }
  text { fill: currentColor }
  .grid { stroke: currentColor; stroke-opacity: .2 }
  polyline { fill: none; stroke-width: 1.3 }
  polyline.last { stroke-width: 2.4 }
</style>
<text x="${size.left}" y="20" font-size="15">${escaped(title)}</text>
${legendOf(lines)}
${panels.map((panel, index) => panelOf(panel, size.top + index * (size.panel + size.gap), lines)).join('\n')}
</svg>
`;
}

function legendOf(lines: readonly Line[]): string {
  const inRow = 4;
  return lines
    .map(({ label }, index) => {
      const x = size.left + (index % inRow) * (plotWidth / inRow);
      const y = 36 + Math.floor(index / inRow) * 14;
      const colour = colourOf(index, lines.length);
      return `<rect x="${x}" y="${y - 8}" width="14" height="4" fill="${colour}"/><text x="${x + 18}" y="${y}" font-size="11">${escaped(label)}</text>`;
    })
    .join('\n');
}

function panelOf(panel: Panel, top: number, lines: readonly Line[]): string {
  const height = panel.scale(panel.most);
  const y = (value: number): string =>
    (top + 20 + size.panel * (1 - Math.min(1, Math.max(0, panel.scale(value) / height)))).toFixed(1);
  const marks = panel.marks.map(
    (mark) =>
      `<line class="grid" x1="${size.left}" x2="${size.left + plotWidth}" y1="${y(mark)}" y2="${y(mark)}"/><text x="${size.left - 6}" y="${Number(y(mark)) + 4}" text-anchor="end" font-size="10">${mark}</text>`,
  );
  const drawn = lines.map(({ series }, index) => {
    const values = panel.values(series);
    const step = Math.max(1, Math.ceil(values.length / mostPoints));
    const points = values.flatMap((value, second) => {
      const x = size.left + (plotWidth * second) / Math.max(1, values.length - 1);
      return second % step === 0 ? [`${x.toFixed(1)},${y(value)}`] : [];
    });
    const last = index === lines.length - 1 ? ' class="last"' : '';
    return `<polyline${last} stroke="${colourOf(index, lines.length)}" points="${points.join(' ')}"/>`;
  });
  return [`<text x="${size.left}" y="${top + 12}">${escaped(panel.title)}</text>`, ...marks, ...drawn].join(
    '\n',
  );
}

/** The last policy of any choice has the last colour. */
function colourOf(index: number, count: number): string {
  return colours[(index + colours.length - (count % colours.length)) % colours.length] ?? 'currentColor';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
