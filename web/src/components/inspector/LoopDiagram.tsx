/** The kernel's loop of one multishot recv. What the event lights is strong; counts are those of its whole request. */
import { useId } from 'react';
import { type Lit, type LoopEdge, loopEdgeIds, loopEdges, loopNodeIds, loopNodes, type Visits } from '../../../../shared/inspect/loop.ts';
import { LOOP_SIZE, loopBoxes, loopPaths, loopWidth } from './loop-layout.ts';

interface LoopDiagramProps {
  lit: Lit;
  /** Of its request; null: not counted. */
  visits: Pick<Visits, 'nodes' | 'edges'> | null;
}

const sourceText = ({ words, sources }: LoopEdge): string =>
  `${words}\n${sources.map((s) => `${s.file}: ${s.functions.join(', ')}`).join('\n')}`;

export function LoopDiagram({ lit, visits }: LoopDiagramProps) {
  const arrow = useId();
  const spoken = [...lit.nodes].map(([id, certainty]) => `${loopNodes[id].label} (${certainty})`).join(', ');
  return (
    <section className="loopDiagram" aria-label="The kernel's loop">
      <h3>
        In the kernel's loop <small>solid is observed, dashed is inferred</small>
      </h3>
      <svg
        viewBox={`0 0 ${LOOP_SIZE.width} ${LOOP_SIZE.height}`}
        role="img"
        aria-label={spoken === '' ? 'nothing is lit' : `lit: ${spoken}`}
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
          const [x, y] = loopPaths[id].at;
          return (
            <g key={id} className={`loopEdge ${lit.edges.get(id) ?? ''} ${count > 0 ? 'gone' : ''}`} data-edge={id}>
              <title>{sourceText(loopEdges[id])}</title>
              <path d={loopPaths[id].d} strokeWidth={loopWidth(count)} markerEnd={`url(#${arrow})`} />
              {count > 1 && (
                <text x={x} y={y}>
                  ×{count.toLocaleString('en-US')}
                </text>
              )}
            </g>
          );
        })}
        {loopBoxes.map(({ id, x, y, width, height }) => (
          <g key={id} className={`loopNode ${id} ${lit.nodes.get(id) ?? ''}`} data-node={id}>
            <title>{loopNodes[id].doc}</title>
            <rect x={x} y={y} width={width} height={height} rx={4} />
            <text x={x + width / 2} y={y + 19}>
              {loopNodes[id].label}
            </text>
          </g>
        ))}
      </svg>
      {visits !== null && (
        <table className="unseen">
          <caption>Visits of the request</caption>
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
