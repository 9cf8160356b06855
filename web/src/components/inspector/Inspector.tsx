/** One event: what it says in words, byte by byte and bit by bit, what led to it and what came of it. Shows, and knows no store. */
import type { EventRecord } from '../../../../shared/codec/event-table.ts';
import { rawCqe, rawSqe } from '../../../../shared/inspect/bytes.ts';
import type { Causes } from '../../../../shared/inspect/causes.ts';
import { isCqe } from '../../../../shared/inspect/cqe.ts';
import type { Lit, Visits } from '../../../../shared/inspect/loop.ts';
import { type SentenceContext, sentenceParts } from '../../../../shared/inspect/words.ts';
import { formatClock } from '../../canvas/time-text.ts';
import { BitRuler } from './BitRuler.tsx';
import { CauseList } from './CauseList.tsx';
import { eventTitle } from './event-title.ts';
import { HexCqe } from './HexCqe.tsx';
import { LoopDiagram } from './LoopDiagram.tsx';

interface InspectorProps {
  seq: number;
  event: EventRecord;
  context: SentenceContext;
  /** null: not sought yet. */
  causes: Causes | null;
  /** null: the event is of no recv. */
  loop: { lit: Lit; visits: Pick<Visits, 'nodes' | 'edges'> | null } | null;
  /** To another event: a cause, an effect, or the CQE before or behind it in its wake. */
  onFollow: (seq: number) => void;
}

const number = new Intl.NumberFormat('en-US');

export function Inspector({ seq, event, context, causes, loop, onFollow }: InspectorProps) {
  const siblings = causes?.links.filter((l) => l.relation === 'sibling') ?? [];
  const before = siblings.findLast((l) => l.seq < seq);
  const behind = siblings.find((l) => l.seq > seq);
  const place = causes?.place ?? null;
  const isInline = causes?.notes.some((note) => note.relation === 'wake' && note.isAbsent) === true;
  const sqe = rawSqe(event);
  return (
    <article className="inspector" aria-label="Inspector">
      <header>
        <h2>
          {eventTitle(event)}
          {/* What is read from the agent's disk has no number that another reader would know. */}
          {seq >= 0 && ` ${number.format(seq)}`}
        </h2>
        {place !== null && place.of > 1 && (
          <div className="wakeSteps">
            <span>
              {number.format(place.number)} of {number.format(place.of)} {isInline ? 'inline with the submit' : 'in this wake'}
            </span>
            <Step label="The CQE before it" to={before?.seq} onFollow={onFollow}>
              ‹
            </Step>
            <Step label="The CQE behind it" to={behind?.seq} onFollow={onFollow}>
              ›
            </Step>
          </div>
        )}
        <p className="eventWhere mono">
          {[context.name, `ring ${event.ring}`, formatClock(event.t)].filter((part) => part !== undefined).join(', ')}
        </p>
      </header>
      <p className="eventSentence">
        {sentenceParts(event, context).map(({ text, strong }, i) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence stay in their order
          strong ? <b key={i}>{text}</b> : <span key={i}>{text}</span>,
        )}
      </p>
      {isCqe(event) && (
        <>
          <HexCqe title="Raw CQE" struct={rawCqe(event.userData, event.res, event.flags)} />
          <BitRuler flags={event.flags} />
        </>
      )}
      {sqe !== null && <HexCqe title="Raw SQE" struct={sqe} />}
      {causes !== null && <CauseList causes={causes} self={{ seq, t: event.t, words: eventTitle(event) }} onFollow={onFollow} />}
      {loop !== null && <LoopDiagram lit={loop.lit} visits={loop.visits} />}
    </article>
  );
}

interface StepProps {
  label: string;
  to: number | undefined;
  onFollow: (seq: number) => void;
  children: string;
}

function Step({ label, to, onFollow, children }: StepProps) {
  return (
    <button
      type="button"
      className="btn icon"
      aria-label={label}
      disabled={to === undefined}
      onClick={() => to !== undefined && onFollow(to)}
    >
      {children}
    </button>
  );
}
