/** The debugger of the own workload: the reactor, breakpoints, and what is done by hand. */
import { useStore } from 'zustand';
import { stepUnitNames, stepUnits } from '../../../shared/schema/debug.ts';
import { titleOf } from '../commands/registry.ts';
import type { FeedStatus } from '../feed/feed.ts';
import { type DebuggerState, debuggerStore } from '../store/debugger.ts';
import { type WorkloadState, workloadStore } from '../store/workload.ts';
import { BreakList } from './BreakList.tsx';
import { ByHand } from './ByHand.tsx';
import { useStatus } from './hooks.ts';
import { Segment } from './Segment.tsx';
import { Problem } from './SliderRow.tsx';
import { useServices } from './services.ts';

const selectStopped = (s: FeedStatus) => s.debug?.stopped ?? false;
const selectOpen = (s: FeedStatus) => s.connection.state === 'open' && s.running && s.debug !== null;
const selectRefusal = (s: DebuggerState) => s.refusal;
const selectRate = (s: WorkloadState) => s.params?.reapRate ?? 0;
const selectDone = (s: DebuggerState) => s.done;

const stepWords: Record<(typeof stepUnitNames)[number], string> = { cqe: 'CQE', wake: 'Wake', turn: 'Turn', end: 'End' };

/** Recv CQEs a second that the application reaps at most. */
const slowRates: readonly { value: number; text: string; title: string }[] = [
  { value: 0, text: 'Off', title: 'Reap all that come' },
  { value: 1, text: '1', title: 'One CQE a second' },
  { value: 10, text: '10', title: 'Ten CQEs a second' },
  { value: 100, text: '100', title: 'A hundred CQEs a second' },
];

function SlowMotion({ disabled }: { disabled: boolean }) {
  const { configurer } = useServices();
  const rate = useStore(workloadStore, selectRate);
  return (
    <div className="reactorRow slowMotion">
      <span className="dim">Slow motion, CQE/s</span>
      <Segment
        label="Slow motion"
        value={rate}
        options={slowRates}
        disabled={disabled}
        onChange={(reapRate) => configurer.change({ reapRate })}
      />
    </div>
  );
}

function Reactor() {
  const { commands } = useServices();
  const stopped = useStatus(selectStopped);
  const disabled = !useStatus(selectOpen);
  const toggle = commands.byId('ring.toggle');
  return (
    <section className="reactor" aria-label="Reactor">
      <div className="panelHead">
        <h2>Reactor</h2>
        <span className="dim">{disabled ? 'over' : stopped ? 'stopped, the kernel goes on' : 'runs'}</span>
      </div>
      <div className="reactorRow">
        <button type="button" className={stopped ? 'btn primary' : 'btn'} title={titleOf(toggle)} disabled={disabled} onClick={toggle.run}>
          {stopped ? 'Go on' : 'Stop'}
          <kbd>{toggle.keys[0]}</kbd>
        </button>
        <fieldset className="segment" aria-label="Step">
          {stepUnitNames.map((unit) => {
            const command = commands.byId(`ring.step.${unit}`);
            return (
              <button key={unit} type="button" title={`Go on to ${stepUnits[unit].doc}`} disabled={disabled} onClick={command.run}>
                {stepWords[unit]}
              </button>
            );
          })}
        </fieldset>
      </div>
      <SlowMotion disabled={disabled} />
    </section>
  );
}

export function DebuggerPanel() {
  const disabled = !useStatus(selectOpen);
  const refusal = useStore(debuggerStore, selectRefusal);
  const done = useStore(debuggerStore, selectDone);
  return (
    <div className="debugger">
      <Reactor />
      <p className="handResult" role="status">
        {refusal !== '' ? <Problem>{refusal}</Problem> : <span className="dim">{done}</span>}
      </p>
      <BreakList disabled={disabled} />
      <ByHand disabled={disabled} />
    </div>
  );
}
