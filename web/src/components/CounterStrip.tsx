import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { useLosses } from './Badges.tsx';
import { type Counter, counterLabels, countersOf, sparkPath } from './counters.ts';
import { usePicture, useStatus } from './hooks.ts';
import { isForeignSession } from './session-words.ts';

const selectPicture = (p: Picture | null) => p;
const selectSession = (s: FeedStatus) => s.session;

const WIDTH = 58;
const HEIGHT = 18;
const strokes: Record<Counter['tone'], string> = {
  plain: 'var(--ink2)',
  zero: 'var(--ink2)',
  arm: 'var(--arm)',
  bad: 'var(--end)',
  unknown: 'var(--ink2)',
};

function Sparkline({ history, tone }: Pick<Counter, 'history' | 'tone'>) {
  const path = history && sparkPath(history, WIDTH, HEIGHT);
  if (!path) return null;
  return (
    <svg className="spark hideLow" width={WIDTH + 6} height={HEIGHT + 6} viewBox={`-3 -3 ${WIDTH + 6} ${HEIGHT + 6}`} aria-hidden="true">
      <path d={path.d} fill="none" stroke={strokes[tone]} strokeWidth="1.4" strokeLinejoin="round" />
      <circle cx={path.end[0]} cy={path.end[1]} r="2" fill="var(--ink0)" />
    </svg>
  );
}

function Cell({ label, value, mark, unit, tone, history, help }: Counter) {
  return (
    <div className={`counter ${tone}`} title={help}>
      <span className="counterName">{label}</span>
      <div className="counterBody">
        <span className="counterValue">
          {mark !== '' && <span className="counterMark">{mark}</span>}
          <output aria-label={label} aria-live="off">
            {value}
          </output>
          {unit !== '' && <span className="counterUnit">{unit}</span>}
        </span>
        <Sparkline history={history} tone={tone} />
      </div>
    </div>
  );
}

const unknown = (label: string): Counter => ({ label, value: '–', mark: '', unit: '', tone: 'zero', history: null, help: '' });

export function CounterStrip() {
  const picture = usePicture(selectPicture);
  const session = useStatus(selectSession);
  const losses = useLosses();
  const context = {
    observed: session?.capabilities.kernel ?? false,
    losses,
    foreign: isForeignSession(session),
    cqesSeen: session?.capabilities.kernelScope === 'all',
  };
  const counters = picture ? countersOf(picture, context) : counterLabels.map(unknown);
  return (
    <section className="counters" aria-label="Counters">
      {counters.map((counter) => (
        <Cell key={counter.label} {...counter} />
      ))}
    </section>
  );
}
