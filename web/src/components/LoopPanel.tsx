/** The kernel's loop while the picture runs: what the events before the cursor light, or the selected event where it stands still. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Lit, LoopEdgeId } from '../../../shared/inspect/loop.ts';
import type { ClockState } from '../canvas/playback-clock.ts';
import { formatSpan } from '../canvas/time-text.ts';
import type { LoopView } from '../canvas/view-driver.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Inspection } from '../feed/inspection.ts';
import type { LaneInfo, LoopLights, Picture } from '../feed/picture.ts';
import { prefersReducedMotion } from '../lenses/reduced-motion.ts';
import { type SelectionState, selectionStore } from '../store/selection.ts';
import { useClock, usePicture, useSelected, useStatus } from './hooks.ts';
import { LoopDiagram } from './inspector/LoopDiagram.tsx';
import {
  certaintyWords,
  isSlow,
  litOfNewest,
  litWords,
  type NewestLit,
  noLights,
  pathOfNewest,
  scopeNote,
  trafficOf,
  trafficWords,
  windowWords,
} from './inspector/loop-scene.ts';
import { useServices } from './services.ts';

const selectPlaying = (s: ClockState) => ({ playing: s.playing, speed: s.speed });
const selectCapabilities = (s: FeedStatus) => s.session?.capabilities ?? null;
const selectLights = (p: Picture | null) => ({ lights: p?.loop ?? null, t0: p?.t0 ?? 0, t1: p?.t1 ?? 0, names: p?.names ?? null });
const selectLanes = (p: Picture | null) => p?.lanes.info ?? null;
const selectInspection = (s: SelectionState) => s.inspection;
const same = <T,>(value: T): T => value;

export function LoopPanel() {
  const { driver } = useServices();
  const { playing, speed } = useClock(selectPlaying);
  const { lights, t0, t1, names } = usePicture(selectLights);
  const inspection = useStore(selectionStore, selectInspection);
  const note = scopeNote(useStatus(selectCapabilities));
  useEffect(() => {
    driver.setLoopView({ open: true });
    return () => driver.setLoopView({ open: false });
  }, [driver]);
  const isOfSelection =
    !playing && inspection?.loop != null && (lights === null || lights.slot === null || lights.slot === inspection.slot);
  const nameOf = (slot: number): string => names?.get(slot) ?? '';
  return (
    <section className="loopPanel" aria-label="Loop">
      <LanePicker selected={inspection} />
      {isOfSelection ? (
        <OfSelection inspection={inspection} isDashed={note !== ''} />
      ) : lights === null ? null : playing && !isSlow(speed) ? (
        <OfWindow lights={lights} t0={t0} t1={t1} name={lights.slot === null ? '' : nameOf(lights.slot)} isDashed={note !== ''} />
      ) : (
        <OfNewest key={lights.slot ?? -1} lights={lights} t0={t0} t1={t1} nameOf={nameOf} playing={playing} isDashed={note !== ''} />
      )}
      {note !== '' && <p className="loopNote">{note}</p>}
    </section>
  );
}

function LanePicker({ selected }: { selected: Inspection | null }) {
  const { driver } = useServices();
  const { lane } = useSelected(driver.loopView, same<LoopView>);
  const lanes = usePicture(selectLanes) ?? [];
  const known: Pick<LaneInfo, 'slot' | 'name'>[] =
    typeof lane === 'number' && !lanes.some(({ slot }) => slot === lane) ? [{ slot: lane, name: `lane ${lane}` }, ...lanes] : lanes;
  const slot = selected?.slot ?? -1;
  const ofSelected =
    selected === null ? 'all, none is selected' : slot < 0 ? 'all, it has no lane' : (selected.context.name ?? `lane ${slot}`);
  return (
    <label className="loopLane">
      Lane
      <select
        value={lane}
        onChange={({ target: { value } }) => driver.setLoopView({ lane: value === 'selected' || value === 'all' ? value : Number(value) })}
      >
        <option value="selected">of the selected event ({ofSelected})</option>
        <option value="all">all lanes</option>
        {known.map(({ slot, name }) => (
          <option key={slot} value={slot}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What is lit, of which lane and when; below it, how certain that is. */
function Words({ head, rest, certainty }: { head: string; rest: readonly string[]; certainty: string }) {
  return (
    <p className="loopWords">
      <span>
        <b>{head}</b> {rest.filter((part) => part !== '').join(', ')}
      </span>
      <span>{certainty}</span>
    </p>
  );
}

const tokenOf = (path: readonly LoopEdgeId[]): readonly LoopEdgeId[] => (prefersReducedMotion() ? [] : path);

function OfSelection({ inspection: { seq, event, context, loop }, isDashed }: { inspection: Inspection; isDashed: boolean }) {
  const lit: Lit = loop?.lit ?? noLights;
  const posted = loop?.posted ?? null;
  return (
    <>
      <Words
        head={`Selected: ${litWords(event)}`}
        rest={[context.name ?? '', posted === null ? '' : `posted ${formatSpan(event.t - posted)} before`]}
        certainty={certaintyWords(lit)}
      />
      <LoopDiagram
        hasHeading={false}
        lit={lit}
        visits={loop?.visits ?? null}
        token={tokenOf([...lit.edges.keys()])}
        tokenKey={String(seq)}
        isDashed={isDashed}
      />
      <p className="loopCounts">× counts its request up to here</p>
    </>
  );
}

interface OfLightsProps {
  lights: LoopLights;
  t0: number;
  t1: number;
  isDashed: boolean;
}

/** At a speed at which no event can be told from the next. */
function OfWindow({ lights, t0, t1, name, isDashed }: OfLightsProps & { name: string }) {
  const traffic = trafficOf(lights);
  return (
    <>
      <Words
        head={name === '' ? 'All lanes' : name}
        rest={[windowWords(lights, t0, t1)]}
        certainty={trafficWords(traffic, lights.isTraced)}
      />
      <LoopDiagram hasHeading={false} lit={noLights} visits={traffic} traffic={traffic} isDashed={isDashed} />
      <p className="loopCounts">The more often, the wider</p>
    </>
  );
}

const keyOf = (newest: NewestLit | null): string => (newest === null ? '' : `${newest.t} ${newest.seq}`);

/** One event alone. While the picture plays, each that is shown is shown until its token has arrived; those that came meanwhile are counted. */
function OfNewest({ lights, t0, t1, nameOf, playing, isDashed }: OfLightsProps & { nameOf: (slot: number) => string; playing: boolean }) {
  const [held, setHeld] = useState<NewestLit | null>(null);
  const [arrived, setArrived] = useState('');
  const { newest } = lights;
  const isGone = held !== null && (!playing || held.t > t1);
  if (isGone) setHeld(null);
  const shown = held !== null && !isGone ? held : newest;
  const path = shown === null ? [] : pathOfNewest(shown);
  const token = tokenOf(path);
  if (playing && held === null && shown !== null && token.length > 0 && keyOf(shown) !== arrived) setHeld(shown);
  const lit = shown === null ? noLights : litOfNewest(shown);
  const name = shown === null ? '' : nameOf(shown.slot);
  return (
    <>
      {shown === null ? (
        <Words head="Nothing lit" rest={[windowWords(lights, t0, t1)]} certainty="" />
      ) : (
        <Words
          head={litWords(shown)}
          rest={[name, shown.t >= t1 ? 'at the cursor' : `at −${formatSpan(t1 - shown.t)}`]}
          certainty={certaintyWords(lit)}
        />
      )}
      <LoopDiagram
        hasHeading={false}
        lit={lit}
        visits={trafficOf(lights)}
        token={token}
        tokenKey={keyOf(shown)}
        onArrived={() => {
          setArrived(keyOf(shown));
          setHeld(null);
        }}
        isDashed={isDashed}
      />
      <p className="loopCounts">
        × counts {lights.slot === null ? 'all lanes' : nameOf(lights.slot)}, {windowWords(lights, t0, t1)}
      </p>
    </>
  );
}
