/** Where the nodes and ways of the loop diagram stand. The graph itself is shared/inspect/loop-graph.ts. Pure. */
import { type LoopEdgeId, type LoopNodeId, loopNodeIds } from '../../../../shared/inspect/loop.ts';

export const LOOP_SIZE = { width: 440, height: 234 } as const;
const NODE = { width: 84, height: 30 } as const;
const columns = [16, 124, 232, 340] as const;
const rows = [30, 104, 178] as const;

const places: Readonly<Record<LoopNodeId, readonly [column: 0 | 1 | 2 | 3, row: 0 | 1 | 2]>> = {
  submit: [0, 0],
  select: [1, 0],
  receive: [2, 0],
  post: [3, 0],
  refused: [0, 1],
  nobufs: [1, 1],
  overflow: [2, 1],
  turn: [3, 1],
  final: [1, 2],
  wake: [2, 2],
  armed: [3, 2],
};

/** What a node is to the ring, and so its colour: bytes come, it waits to be woken, it ends. */
export const loopTones: Readonly<Record<LoopNodeId, 'plain' | 'ofData' | 'ofArm' | 'ofEnd'>> = {
  submit: 'plain',
  refused: 'ofEnd',
  select: 'ofData',
  nobufs: 'ofEnd',
  receive: 'ofData',
  post: 'ofData',
  overflow: 'ofEnd',
  turn: 'plain',
  armed: 'ofArm',
  wake: 'ofArm',
  final: 'ofEnd',
};

export interface LoopBox {
  readonly id: LoopNodeId;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export const loopBoxes: readonly LoopBox[] = loopNodeIds.map((id) => {
  const [column, row] = places[id];
  return { id, x: columns[column], y: rows[row], ...NODE };
});

/** The drawing of each way, and where its count stands. */
export const loopPaths: Readonly<Record<LoopEdgeId, { readonly d: string; readonly at: readonly [x: number, y: number] }>> = {
  'submit-select': { d: 'M100,45 H124', at: [112, 40] },
  'select-receive': { d: 'M208,45 H232', at: [220, 40] },
  'receive-post': { d: 'M316,45 H340', at: [328, 40] },
  'post-select': { d: 'M382,30 C382,4 166,4 166,30', at: [274, 8] },
  'submit-refused': { d: 'M58,60 V104', at: [70, 86] },
  'select-nobufs': { d: 'M166,60 V104', at: [178, 86] },
  'receive-overflow': { d: 'M274,60 V104', at: [286, 86] },
  'post-turn': { d: 'M382,60 V104', at: [394, 86] },
  'refused-final': { d: 'M58,134 V193 H124', at: [92, 188] },
  'nobufs-final': { d: 'M166,134 V178', at: [178, 160] },
  'overflow-final': { d: 'M250,134 L192,178', at: [236, 162] },
  'receive-final': { d: 'M246,60 C222,84 226,150 204,178', at: [234, 98] },
  'receive-armed': { d: 'M304,60 C330,84 322,154 346,178', at: [334, 98] },
  'turn-wake': { d: 'M362,134 C350,156 326,168 304,178', at: [350, 166] },
  'wake-select': { d: 'M240,178 C212,154 220,84 198,60', at: [208, 98] },
  'armed-wake': { d: 'M340,193 H316', at: [328, 206] },
  'wake-final': { d: 'M232,193 H208', at: [220, 206] },
  'post-armed': { d: 'M424,45 H433 V193 H424', at: [422, 148] },
  'submit-armed': { d: 'M16,52 H7 V226 H382 V208', at: [300, 222] },
};

/** Of a way that was gone `count` times: 1.4 to 5 units, so that a thousand visits do not hide the rest. */
export const loopWidth = (count: number): number => Math.min(5, 1.4 + 0.45 * Math.log2(Math.max(1, count)));
