/**
 * Where the parts of the flags ruler stand: two rows of 16 bits, and leaders from the low flags to their names. Pure.
 *
 *     31–16  [ ][ ][ ] … [ ][ ][ ]
 *              buffer id = 8
 *     15–0   [ ][ ][ ] … [ ][ ][ ]
 *               BUF_MORE ──┘  │  │      The higher bit stands farther left and its name higher up: then the way down from
 *                   MORE ─────┘  │      a bit never meets the way to the left of another, and no two leaders cross.
 *                 BUFFER ────────┘
 */
import { type BitField, flagBits } from '../../../../shared/inspect/bits.ts';
import { CqeFlag } from '../../../../shared/schema/uapi.ts';

/** Units of the drawing: px of the narrowest panel; it is scaled to the width of wider ones. */
const CELL = 16.75;
const CELL_HEIGHT = 20;
const LEFT = 41;
const ROW_GAP = 20;
const LINE = 19;
const GAP = 8;

export interface RulerCell {
  readonly bit: number;
  readonly x: number;
  readonly y: number;
  readonly isSet: boolean;
  /** The name of the flag, "bid", or "bit 7". */
  readonly name: string;
}

export interface RulerLeader {
  readonly field: BitField;
  /** From the cell down and to the left. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Where its name ends. */
  readonly label: readonly [x: number, y: number];
}

export interface Ruler {
  readonly width: number;
  readonly height: number;
  readonly cell: { readonly width: number; readonly height: number };
  readonly rows: readonly { readonly text: string; readonly y: number }[];
  readonly cells: readonly RulerCell[];
  readonly leaders: readonly RulerLeader[];
  /** Between the rows; null = no buffer. */
  readonly bid: { readonly value: number; readonly x: number; readonly y: number } | null;
  /** Bits that are set and have no leader: they are told in words under the ruler. */
  readonly others: readonly BitField[];
}

const TOP = 4;
const LOW_ROW = TOP + CELL_HEIGHT + ROW_GAP;
const xOf = (bit: number): number => LEFT + (15 - (bit & 15)) * CELL;
const yOf = (bit: number): number => (bit > 15 ? TOP : LOW_ROW);
const withLeader: ReadonlySet<string> = new Set(Object.keys(CqeFlag));

export function rulerLayout(flags: number): Ruler {
  const fields = flagBits(flags);
  const fieldOf = (bit: number): BitField | undefined => fields.find((f) => f.from <= bit && bit <= f.to);
  const cells: RulerCell[] = [];
  for (let bit = 31; bit >= 0; bit--)
    cells.push({ bit, x: xOf(bit), y: yOf(bit), isSet: ((flags >>> bit) & 1) === 1, name: fieldOf(bit)?.name ?? `bit ${bit}` });
  // The highest bit first: its name stands highest.
  const named = fields.filter((f) => withLeader.has(f.name)).sort((a, b) => b.from - a.from);
  const labelX = xOf(Math.max(...named.map((f) => f.from))) - GAP;
  const bottom = LOW_ROW + CELL_HEIGHT;
  const leaders = named.map((field, k): RulerLeader => {
    const x = xOf(field.from) + CELL / 2;
    const y = bottom + LINE * (k + 1) - 4;
    return {
      field,
      points: [
        [x, bottom + 2],
        [x, y],
        [labelX + 4, y],
      ],
      label: [labelX, y],
    };
  });
  const bid = fields.find((f) => f.name === 'bid');
  return {
    width: LEFT + 16 * CELL + 2,
    height: bottom + LINE * named.length + 8,
    cell: { width: CELL - 3, height: CELL_HEIGHT },
    rows: [
      { text: '31–16', y: TOP },
      { text: '15–0', y: LOW_ROW },
    ],
    cells,
    leaders,
    bid: bid === undefined ? null : { value: bid.value, x: LEFT, y: TOP + CELL_HEIGHT + 14 },
    others: fields.filter((f) => f.name !== 'bid' && !withLeader.has(f.name) && f.value !== 0),
  };
}
