/** Where cards and wires of the graph are, in px. The same measures are in console.css (`.graph`). Pure. */

export interface Measures {
  readonly node: number; // width of a card
  readonly pitch: number; // from column to column
  readonly row: number; // from row to row
  readonly height: number; // of a card
  readonly top: number; // centre of the first row
  readonly corner: number;
  readonly bend: number; // from a card to the wire's bend
}

export const RUN: Measures = { node: 196, pitch: 292, row: 52, height: 44, top: 54, corner: 12, bend: 26 };

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly done: string; // path of the wires the run has passed
  readonly ahead: string; // path of the wires it has not
}

const centre = (m: Measures, row: number): number => m.top + row * m.row;

/** Wires that gather a column's steps on the first row's line. */
function gather(m: Measures, column: number, rows: number): string {
  const right = column * m.pitch + m.node;
  const bend = right + m.bend;
  let path = "";
  for (let row = 1; row < rows; row += 1) {
    const y = centre(m, row);
    path +=
      `M${right} ${y}H${bend - m.corner}Q${bend} ${y} ${bend} ${y - m.corner}` +
      `V${m.top + m.corner}Q${bend} ${m.top} ${bend + m.corner} ${m.top}`;
  }
  return path;
}

/** Wires that fan out from the first row's line to the next column's steps. */
function fan(m: Measures, column: number, rows: number): string {
  const left = (column + 1) * m.pitch;
  const bend = left - m.bend;
  let path = "";
  for (let row = 1; row < rows; row += 1) {
    const y = centre(m, row);
    path +=
      `M${bend - m.corner} ${m.top}Q${bend} ${m.top} ${bend} ${m.top + m.corner}` +
      `V${y - m.corner}Q${bend} ${y} ${bend + m.corner} ${y}H${left}`;
  }
  return path;
}

/**
 * Lay out columns of cards. `begun` says whether the run has reached the column: the wires into it are then
 * drawn through, else dashed.
 */
export function layout(columns: readonly { rows: number; begun: boolean }[], m: Measures = RUN): Layout {
  let done = "";
  let ahead = "";
  columns.slice(0, -1).forEach(({ rows }, column) => {
    const next = columns[column + 1]!;
    const right = column * m.pitch + m.node;
    const path = `M${right} ${m.top}H${right + m.pitch - m.node}${gather(m, column, rows)}${fan(m, column, next.rows)}`;
    if (next.begun) done += path;
    else ahead += path;
  });
  const rows = Math.max(1, ...columns.map((column) => column.rows));
  return {
    width: Math.max(0, (columns.length - 1) * m.pitch + m.node),
    height: centre(m, rows - 1) + m.height / 2 + 2,
    done,
    ahead,
  };
}
