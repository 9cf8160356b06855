import { ChevronLeft, ChevronRight, Pause, Play, StepBack, StepForward } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { type ClockState, isFast, type Speed, speedNames, speeds } from '../canvas/playback-clock.ts';
import { formatClock, formatSpan } from '../canvas/time-text.ts';
import { speedCommandId } from '../commands/live-commands.ts';
import { type Command, titleOf } from '../commands/registry.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { type ViewState, viewStore } from '../store/view.ts';
import { formatCount } from './format.ts';
import { useClock, usePicture, useStatus } from './hooks.ts';
import { Segment } from './Segment.tsx';
import { useServices } from './services.ts';

const selectPlaying = (c: ClockState) => c.playing;
const selectSpeed = (c: ClockState) => c.speed;
const selectFollowing = (c: ClockState) => c.following;
const selectSkipped = (c: ClockState) => c.skipped;
const selectEvents = (p: Picture | null) => p?.totals.events ?? 0;
/** How far the picture is behind the newest moment, in tenths of a second, so that it renders no oftener than it reads. */
const selectBehind = (p: Picture | null) => (p ? Math.max(0, Math.round((p.now - p.t1) / 1e8)) : 0);
const selectNote = (s: ViewState) => s.note;
const selectRecorded = (s: FeedStatus) => s.file !== null;

/** Requests that ended: multishot ones for any cause, single-shot ones unless by their data, which is what they are for. */
function selectEnds(p: Picture | null): number {
  if (!p) return 0;
  const { multishot, single } = p.totals;
  const all = Object.values(multishot.terminations).reduce((sum, n) => sum + n, 0);
  return Object.entries(single.terminations).reduce((sum, [cause, n]) => (cause === 'data' ? sum : sum + n), all);
}

/** The clock moves with every frame, so it is written past React. */
function Clock() {
  const { clock } = useServices();
  const head = useRef<HTMLSpanElement>(null);
  const tail = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const write = (): void => {
      const [milliseconds = '', microseconds = ''] = formatClock(clock.state.get().cursor ?? 0).split(' ');
      if (head.current) head.current.textContent = milliseconds;
      if (tail.current) tail.current.textContent = ` ${microseconds}`;
    };
    write();
    return clock.state.subscribe(write);
  }, [clock]);
  return (
    <output className="clock mono" aria-label="Trace time" aria-live="off" title="Minutes, seconds, milliseconds; microseconds">
      <span ref={head} />
      <span ref={tail} className="dim" />
    </output>
  );
}

function IconButton({ command, children }: { command: Command; children: React.ReactNode }) {
  return (
    <button type="button" className="btn icon" aria-label={command.title} title={titleOf(command)} onClick={command.run}>
      {children}
    </button>
  );
}

function Speeds() {
  const { commands } = useServices();
  const speed = useClock(selectSpeed);
  const following = useClock(selectFollowing);
  // Where there is no past to play, nothing is played faster than it happens.
  const shown = speeds.filter((s) => !isFast(s) || !following);
  const run = (s: Speed): void => commands.byId(speedCommandId(s)).run();
  return (
    <div className="speeds">
      <span className="dim hideNarrow">Speed</span>
      <Segment
        label="Speed"
        value={speed}
        options={shown.map((s) => ({ value: s, text: speedNames[s], title: titleOf(commands.byId(speedCommandId(s))) }))}
        onChange={run}
      />
      <div className="rule" />
    </div>
  );
}

/** What is unusual now: nothing found, playback that jumped, or how far behind the picture is. */
function Notes() {
  const { commands } = useServices();
  const note = useStore(viewStore, selectNote);
  const following = useClock(selectFollowing);
  const skipped = useClock(selectSkipped);
  const behind = usePicture(selectBehind);
  const recorded = useStatus(selectRecorded);
  const now = commands.byId('time.now');
  const text = note !== '' ? note : skipped > 0 ? `Jumped ${formatSpan(skipped)} ahead: older events are no longer kept` : '';
  return (
    <>
      {text !== '' && (
        <span className="transportNote dim" role="status">
          {text}
        </span>
      )}
      {!following && !recorded && (
        <button type="button" className="btn quiet" title={titleOf(now)} onClick={now.run}>
          Back to now
          <span className="dim behind hideNarrow">{formatSpan(behind * 1e8)} behind</span>
        </button>
      )}
    </>
  );
}

export function Transport() {
  const { commands } = useServices();
  const playing = useClock(selectPlaying);
  const ends = usePicture(selectEnds);
  const events = usePicture(selectEvents);
  const toggle = commands.byId('picture.toggle');
  const step = commands.byId('picture.step');
  const recorded = useStatus(selectRecorded);
  return (
    <section className="transport" aria-label="Transport">
      <button type="button" className="btn" title={titleOf(toggle)} onClick={toggle.run}>
        {playing ? (
          <Pause aria-hidden="true" fill="currentColor" strokeWidth={1} />
        ) : (
          <Play aria-hidden="true" fill="currentColor" strokeWidth={1} />
        )}
        <span className="toggleWord">{playing ? 'Pause' : recorded ? 'Play' : 'Resume'}</span>
        <kbd>space</kbd>
      </button>
      <IconButton command={commands.byId('picture.stepBack')}>
        <StepBack aria-hidden="true" fill="currentColor" strokeWidth={1.5} />
      </IconButton>
      <button type="button" className="btn" title={titleOf(step)} onClick={step.run}>
        <StepForward aria-hidden="true" fill="currentColor" strokeWidth={1.5} />
        Step one CQE
        <kbd>.</kbd>
      </button>
      <div className="rule" />
      <Speeds />
      <IconButton command={commands.byId('picture.previousEnd')}>
        <ChevronLeft aria-hidden="true" />
      </IconButton>
      <span className="ends" title="Requests that ended: CQEs without MORE, and single shots that failed or closed">
        Ends{' '}
        <output aria-label="Ends" aria-live="off">
          {formatCount(ends)}
        </output>
      </span>
      <IconButton command={commands.byId('picture.nextEnd')}>
        <ChevronRight aria-hidden="true" />
      </IconButton>
      <div className="grow" />
      <Notes />
      <Clock />
      <div className="rule hideNarrow" />
      <span className="dim hideNarrow" title={recorded ? 'Events of the trace' : 'Events of the trace since this page joined it'}>
        <output aria-label="Trace events" aria-live="off" data-value={events}>
          {formatCount(events)}
        </output>{' '}
        events
      </span>
    </section>
  );
}
