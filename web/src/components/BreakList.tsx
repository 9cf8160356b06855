/** Breakpoints: their conditions, whether they count, how often they were hit; and a field for a new one. */
import { Checkbox } from '@base-ui/react/checkbox';
import { Check, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { Breakpoint } from '../../../shared/protocol/debug.ts';
import type { FeedStatus } from '../feed/feed.ts';
import { problemOf } from '../store/debugger.ts';
import { usualBreakpoints } from './debug-words.ts';
import { formatCount } from './format.ts';
import { useStatus } from './hooks.ts';
import { Problem } from './SliderRow.tsx';
import { useServices } from './services.ts';

const selectBreakpoints = (s: FeedStatus) => s.debug?.breakpoints ?? none;
const none: readonly Breakpoint[] = [];

function Row({ of, disabled }: { of: Breakpoint; disabled: boolean }) {
  const { hand } = useServices();
  const { id, text, enabled, ignore, hits } = of;
  return (
    <li>
      <Checkbox.Root
        className="checkbox"
        aria-label={`Breakpoint ${id}: ${text}`}
        checked={enabled}
        disabled={disabled}
        onCheckedChange={(checked) => hand.change(id, { enabled: checked })}
      >
        <Checkbox.Indicator>
          <Check aria-hidden="true" />
        </Checkbox.Indicator>
      </Checkbox.Root>
      <code className="mono breakText" title={text}>
        {text}
      </code>
      <button
        type="button"
        className="btn quiet icon"
        aria-label={`Delete breakpoint ${id}`}
        disabled={disabled}
        onClick={() => hand.remove(id)}
      >
        <X aria-hidden="true" />
      </button>
      <div className="breakMore">
        <label className="breakIgnore" title="Hits that do not stop">
          <span className="dim">skip</span>
          <input
            type="number"
            min={0}
            max={1_000_000_000}
            aria-label={`Hits of breakpoint ${id} that do not stop`}
            value={ignore}
            disabled={disabled}
            onChange={(e) =>
              Number.isSafeInteger(e.target.valueAsNumber) && hand.change(id, { ignore: Math.max(0, e.target.valueAsNumber) })
            }
          />
        </label>
        <span className="breakHits">
          <span className="dim">hits</span> <output aria-label={`Hits of breakpoint ${id}`}>{formatCount(hits)}</output>
        </span>
      </div>
    </li>
  );
}

export function BreakList({ disabled }: { disabled: boolean }) {
  const { hand } = useServices();
  const breakpoints = useStatus(selectBreakpoints);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const add = (e: FormEvent): void => {
    e.preventDefault();
    const wrong = problemOf(text);
    setProblem(wrong);
    if (wrong !== '') return;
    hand.add(text.trim());
    setText('');
  };
  const on = breakpoints.filter((b) => b.enabled).length;
  return (
    <section className="breaks" aria-label="Break when">
      <div className="panelHead">
        <h2>Break when</h2>
        <span className="dim">{on === 0 ? 'none on' : `${on} on`}</span>
      </div>
      <ul>
        {breakpoints.map((b) => (
          <Row key={b.id} of={b} disabled={disabled} />
        ))}
      </ul>
      <form className="breakField" onSubmit={add}>
        <input
          type="text"
          className="mono"
          aria-label="Condition of a new breakpoint"
          placeholder="bid=7 !MORE"
          value={text}
          disabled={disabled}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={problem !== ''}
          onChange={(e) => {
            setText(e.target.value);
            setProblem('');
          }}
        />
        <button type="submit" className="btn" disabled={disabled || text.trim() === ''}>
          Add
        </button>
      </form>
      {problem !== '' && <Problem>{problem}</Problem>}
      <div className="breakUsual">
        {usualBreakpoints
          .filter((usual) => !breakpoints.some((b) => b.text === usual.text))
          .map((usual) => (
            <button
              key={usual.text}
              type="button"
              className="btn quiet mono"
              title={usual.title}
              disabled={disabled}
              onClick={() => hand.add(usual.text)}
            >
              {usual.text}
            </button>
          ))}
      </div>
    </section>
  );
}
