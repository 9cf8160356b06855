/** What can be done to the running workload by hand; the actions come from their table. */
import { useState } from 'react';
import { useStore } from 'zustand';
import {
  type HandAction,
  type HandActionSpec,
  handActionNames,
  handActionSpec,
  refusalNames,
  refusals,
} from '../../../shared/schema/debug.ts';
import type { Picture } from '../feed/picture.ts';
import { type DebuggerState, debuggerStore } from '../store/debugger.ts';
import { usePicture } from './hooks.ts';
import { useServices } from './services.ts';

const selectConn = (s: DebuggerState) => s.conn;
const selectBid = (s: DebuggerState) => s.bid;
const selectBuffers = (p: Picture | null) => p?.group?.buffers ?? 0;

interface ActionProps {
  name: HandAction;
  target: number;
  disabled: boolean;
}

/** "Give back b7", "Send c2: 100". */
function doneWords(spec: HandActionSpec, target: number, value: number): string {
  const of = spec.target === null ? '' : ` ${spec.target === 'bid' ? 'b' : 'c'}${target}`;
  const what =
    spec.value === undefined ? '' : spec.value.name === 'what' ? `: ${refusalNames.find((n) => refusals[n].code === value)}` : `: ${value}`;
  return `${spec.title}${of}${what}`;
}

function Action({ name, target, disabled }: ActionProps) {
  const { hand } = useServices();
  const spec = handActionSpec(name);
  const [value, setValue] = useState(spec.value?.default ?? 0);
  const run = (): void =>
    hand.send({ type: 'act', name, target: spec.target === null ? 0 : target, value }, doneWords(spec, target, value));
  const button = (
    <button type="button" className="btn" title={spec.doc} disabled={disabled} onClick={run}>
      {spec.title}
    </button>
  );
  if (spec.value === undefined) return button;
  return (
    <span className="handPair">
      {button}
      {name === 'refuse' ? (
        <select aria-label={`${spec.title}: which`} value={value} disabled={disabled} onChange={(e) => setValue(Number(e.target.value))}>
          {refusalNames.map((refusal) => (
            <option key={refusal} value={refusals[refusal].code}>
              {refusals[refusal].doc}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="number"
          aria-label={`${spec.title}: ${spec.value.name}`}
          title={spec.value.name}
          min={spec.value.min}
          max={spec.value.max}
          value={value}
          disabled={disabled}
          onChange={(e) => setValue(Number.isSafeInteger(e.target.valueAsNumber) ? e.target.valueAsNumber : (spec.value?.min ?? 0))}
        />
      )}
    </span>
  );
}

const actionsOf = (target: HandActionSpec['target']): HandAction[] =>
  handActionNames.filter((name) => handActionSpec(name).target === target);

export function ByHand({ disabled }: { disabled: boolean }) {
  const conn = useStore(debuggerStore, selectConn);
  const bid = useStore(debuggerStore, selectBid);
  const buffers = usePicture(selectBuffers);
  const set = (part: Partial<DebuggerState>): void => debuggerStore.setState(part);
  const number = (value: number): number => (Number.isSafeInteger(value) ? Math.max(0, value) : 0);
  return (
    <section className="byHand" aria-label="By hand">
      <div className="panelHead">
        <h2>By hand</h2>
        <span className="dim">a click on a cell or lane chooses it</span>
      </div>
      <fieldset>
        <legend>
          Buffer b
          <input
            type="number"
            aria-label="Buffer"
            min={0}
            max={Math.max(0, buffers - 1)}
            value={bid}
            onChange={(e) => set({ bid: number(e.target.valueAsNumber) })}
          />
        </legend>
        {actionsOf('bid').map((name) => (
          <Action key={name} name={name} target={bid} disabled={disabled} />
        ))}
      </fieldset>
      <fieldset>
        <legend>
          Connection c
          <input
            type="number"
            aria-label="Connection"
            min={0}
            max={4095}
            value={conn}
            onChange={(e) => set({ conn: number(e.target.valueAsNumber) })}
          />
        </legend>
        {actionsOf('conn').map((name) => (
          <Action key={name} name={name} target={conn} disabled={disabled} />
        ))}
      </fieldset>
      <fieldset>
        <legend>All</legend>
        {actionsOf(null).map((name) => (
          <Action key={name} name={name} target={0} disabled={disabled} />
        ))}
      </fieldset>
    </section>
  );
}
