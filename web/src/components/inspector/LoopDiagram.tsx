/** The kernel's loop of one multishot recv. What an event lights is strong; counts are those of its request, or of a window. */
import { type CSSProperties, useId } from 'react';
import {
  type Lit,
  type LoopEdge,
  type LoopEdgeId,
  type LoopNodeId,
  loopEdgeIds,
  loopEdges,
  loopNodeIds,
  loopNodes,
  type Visits,
} from '../../../../shared/inspect/loop.ts';
import { LOOP_SIZE, loopBoxes, loopPaths, loopTones, loopWidth } from './loop-layout.ts';
import { glowOf, type Traffic } from './loop-scene.ts';

interface LoopDiagramProps {
  hasHeading?: boolean;
  lit: Lit;
  /** Of its request, or of a window; null: not counted. */
  visits: Pick<Visits, 'nodes' | 'edges'> | null;
  /** The traffic is what is shown: nodes glow by it. */
  traffic?: Traffic;
  /** A token goes along these edges, one after the other; anew with another key. */
  token?: readonly LoopEdgeId[];
  tokenKey?: string;
  onArrived?: () => void;
  /** Traffic that was never observed is dashed. */
  isDashed?: boolean;
}

/** Along one edge, ms. */
export const TOKEN_MS = 350;

const grouped = new Intl.NumberFormat('en-US');
/** Four digits have room beside an edge; the exact count is in the table below. */
const shortCount = (n: number): string =>
  n < 1e4 ? grouped.format(n) : n < 1e6 ? `${Math.round(n / 1e3)} k` : `${(n / 1e6).toFixed(1)} M`;

const sourceText = ({ words, sources }: LoopEdge): string =>
  `${words}\n${sources.map((s) => `${s.file}: ${s.functions.join(', ')}`).join('\n')}`;

export function LoopDiagram({
  hasHeading = true,
  lit,
  visits,
  traffic,
  token = [],
  tokenKey = '',
  onArrived,
  isDashed = false,
}: LoopDiagramProps) {
  const arrow = useId();
  const spoken = [...lit.nodes].map(([id, certainty]) => `${loopNodes[id].label} (${certainty})`).join(', ');
  const most = Math.max(1, ...(traffic?.nodes.values() ?? []));
  const classOf = (id: LoopEdgeId | LoopNodeId): string => (isDashed && traffic?.inferred.has(id) === true ? 'neverSeen' : '');
  const classes = (...names: readonly string[]): string => names.filter((name) => name !== '').join(' ');
  return (
    <section className={traffic === undefined ? 'loopDiagram' : 'loopDiagram traffic'} aria-label="The kernel's loop">
      {hasHeading && (
        <h3>
          In the kernel's loop <small>solid is observed, dashed is inferred</small>
        </h3>
      )}
      <svg
        viewBox={`0 0 ${LOOP_SIZE.width} ${LOOP_SIZE.height}`}
        role="img"
        aria-label={spoken !== '' ? `lit: ${spoken}` : traffic === undefined ? 'nothing is lit' : 'visits of the window'}
      >
        <defs>
          <marker
            id={arrow}
            viewBox="0 0 6 6"
            refX="5"
            refY="3"
            markerWidth="6"
            markerHeight="6"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0,0 L6,3 L0,6 z" fill="context-stroke" />
          </marker>
        </defs>
        {loopEdgeIds.map((id) => {
          const count = visits?.edges.get(id) ?? 0;
          return (
            <g
              key={id}
              className={classes('loopEdge', lit.edges.get(id) ?? '', loopTones[loopEdges[id].to], count > 0 ? 'gone' : '', classOf(id))}
              data-edge={id}
            >
              <title>{sourceText(loopEdges[id])}</title>
              <path d={loopPaths[id].d} strokeWidth={loopWidth(count)} markerEnd={`url(#${arrow})`} />
            </g>
          );
        })}
        {loopBoxes.map(({ id, x, y, width, height, lines }) => (
          <g
            key={id}
            className={classes('loopNode', id, lit.nodes.get(id) ?? '', loopTones[id], classOf(id))}
            data-node={id}
            style={{ '--glow': glowOf(traffic?.nodes.get(id) ?? 0, most) } as CSSProperties}
          >
            <title>{loopNodes[id].doc}</title>
            <rect className="glow" x={x} y={y} width={width} height={height} rx={4} />
            <rect x={x} y={y} width={width} height={height} rx={4} />
            {lines.map((line, i) => (
              <text key={line} x={x + width / 2} y={y + height / 2 + 4 + (i - (lines.length - 1) / 2) * 13}>
                {line}
              </text>
            ))}
          </g>
        ))}
        {loopEdgeIds.map((id) => {
          const count = visits?.edges.get(id) ?? 0;
          if (count < 2) return null;
          const { at, anchor } = loopPaths[id];
          return (
            <text key={id} className="loopCount" x={at[0]} y={at[1]} textAnchor={anchor}>
              ×{shortCount(count)}
            </text>
          );
        })}
        {token.map((id, i) => (
          <circle
            key={`${tokenKey} ${id}`}
            className="loopToken"
            r={5}
            style={{ offsetPath: `path("${loopPaths[id].d}")`, animationDuration: `${TOKEN_MS}ms`, animationDelay: `${i * TOKEN_MS}ms` }}
            onAnimationEnd={i === token.length - 1 ? onArrived : undefined}
          />
        ))}
      </svg>
      {visits !== null && (
        <table className="unseen">
          <caption>{traffic === undefined ? 'Visits' : 'Visits of the window'}</caption>
          <tbody>
            {loopNodeIds.map((id) => (
              <tr key={id}>
                <th scope="row">{loopNodes[id].label}</th>
                <td>{visits.nodes.get(id) ?? 0}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
