/** Where the nodes and ways of the loop diagram stand. The graph itself is shared/inspect/loop-graph.ts. Pure. */
import { type LoopEdgeId, type LoopNodeId, loopNodeIds, loopNodes } from '../../../../shared/inspect/loop.ts';

/** As wide as the side panel is at its narrowest, so that its text is as large as the page's. */
export const LOOP_SIZE = { width: 336, height: 280 } as const;
const NODE = { width: 62, height: 36 } as const;
const columns = [10, 92, 174, 256] as const;
const rows = [44, 128, 212] as const;

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
  /** Its label, where it is too long for one line in two. */
  readonly lines: readonly string[];
}
/** Of one line. */
const MOST_LETTERS = 8;
export const loopBoxes: readonly LoopBox[] = loopNodeIds.map((id) => {
  const [column, row] = places[id];
  const { label } = loopNodes[id];
  return { id, x: columns[column], y: rows[row], ...NODE, lines: label.length > MOST_LETTERS ? label.split(' ') : [label] };
});

/** The drawing of each way, and where its count stands: at its middle, or beside the way at its start or end. */
export interface LoopPath {
  readonly d: string;
  readonly at: readonly [x: number, y: number];
  readonly anchor: 'start' | 'middle' | 'end';
}
const path = (d: string, x: number, y: number, anchor: LoopPath['anchor'] = 'middle'): LoopPath => ({ d, at: [x, y], anchor });

export const loopPaths: Readonly<Record<LoopEdgeId, LoopPath>> = {
  'submit-select': path('M72,62 H92', 82, 40),
  'select-receive': path('M154,62 H174', 164, 40),
  'receive-post': path('M236,62 H256', 246, 40),
  'post-select': path('M287,44 C287,8 123,8 123,44', 205, 12),
  'submit-refused': path('M41,80 V128', 45, 108, 'start'),
  'select-nobufs': path('M123,80 V128', 118, 108, 'end'),
  'receive-overflow': path('M205,80 V128', 209, 122, 'start'),
  'post-turn': path('M287,80 V128', 291, 108, 'start'),
  'refused-final': path('M41,164 V230 H92', 45, 200, 'start'),
  'nobufs-final': path('M123,164 V212', 118, 192, 'end'),
  'overflow-final': path('M188,164 L146,212', 186, 182, 'start'),
  'receive-final': path('M184,80 C160,108 166,180 150,212', 181, 98, 'start'),
  'receive-armed': path('M226,80 C250,108 246,184 266,212', 247, 108, 'start'),
  'turn-wake': path('M268,164 C260,186 244,196 226,212', 236, 190, 'end'),
  'wake-select': path('M182,212 C158,184 166,108 146,80', 182, 205, 'start'),
  'armed-wake': path('M256,230 H236', 246, 260),
  'wake-final': path('M174,230 H154', 164, 260),
  'post-armed': path('M318,62 H328 V230 H318', 323, 196, 'end'),
  'submit-armed': path('M10,70 H4 V274 H287 V248', 205, 271),
};

/** Of a way that was gone `count` times: 1.4 to 5 units, so that a thousand visits do not hide the rest. */
export const loopWidth = (count: number): number => Math.min(5, 1.4 + 0.45 * Math.log2(Math.max(1, count)));
