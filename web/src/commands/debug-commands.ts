/** The commands of the debugger and of the selected event. */
import { type StepUnit, stepUnitNames, stepUnits } from '../../../shared/schema/debug.ts';
import { Kind } from '../../../shared/schema/events.ts';
import type { PlaybackClock } from '../canvas/playback-clock.ts';
import type { Feed } from '../feed/feed.ts';
import type { DebugHand } from '../store/debugger.ts';
import type { FilterStore } from '../store/filter.ts';
import { type SelectionStore, select } from '../store/selection.ts';
import type { ViewStore } from '../store/view.ts';
import { fitEvent } from './fit-event.ts';
import type { Command } from './registry.ts';

export interface DebugContext {
  feed: Feed;
  clock: PlaybackClock;
  view: ViewStore;
  selection: SelectionStore;
  filter: FilterStore;
  hand: DebugHand;
}

const stepKeys: Record<StepUnit, string[]> = { cqe: ['o'], wake: ['O'], turn: ['u'], end: ['U'] };

export function debugCommands({ feed, clock, view, selection, filter, hand }: DebugContext): Command[] {
  const noRing = (): string | null => {
    const { debug, running, connection, session } = feed.status.get();
    if (debug === null) return session === null ? 'There is no workload yet' : 'Only the own workload can be stopped, and no recorded one';
    return running && connection.state === 'open' ? null : 'The workload has ended';
  };
  const noEvent = (): string | null => (clock.state.get().cursor === null ? 'No event has come yet' : null);
  const noSelection = (): string | null => (selection.getState().inspection === null ? 'No event is selected' : null);
  const stepCommands = stepUnitNames.map(
    (unit): Command => ({
      id: `ring.step.${unit}`,
      title: `Reactor: go on to ${stepUnits[unit].doc}`,
      group: 'Debug',
      keys: stepKeys[unit],
      unavailable: noRing,
      run: () => hand.send({ type: 'step', unit }),
    }),
  );
  const inspectHere = (): void => {
    const { cursor, seq } = clock.state.get();
    if (cursor === null) return;
    clock.pause();
    void (async () => {
      const at = seq ?? (await feed.next({ t: cursor, seq: null, what: 'event', direction: -1 }))?.seq;
      if (at === undefined) view.setState({ note: 'No event before this moment' });
      else await select(selection, feed, { seq: at });
    })();
  };
  /** To the first cause or the first effect of what is selected. */
  const follow = (direction: 1 | -1) => (): void => {
    const { inspection } = selection.getState();
    if (inspection === null) return;
    const { seq, causes, event } = inspection;
    const isCqe = event.kind === Kind.complete || event.kind === Kind.reap || event.kind === Kind.cqe_overflow;
    // What only came in the same wake is neither; and the end of its request is no cause of a CQE that is reaped after it.
    const links = causes.links.filter(
      ({ relation, seq: at }) => relation !== 'sibling' && !(direction < 0 && isCqe && relation === 'end' && at < seq),
    );
    const to = direction < 0 ? links.findLast((link) => link.seq < seq) : links.find((link) => link.seq > seq);
    if (to === undefined) view.setState({ note: `This event has no ${direction < 0 ? 'cause' : 'effect'} that is kept` });
    else void select(selection, feed, { seq: to.seq });
  };
  const fit = (): void => {
    view.setState({ note: '' });
    void fitEvent({ feed, clock, selection, filter }).then((note) => note !== '' && view.setState({ note }));
  };
  return [
    {
      id: 'ring.toggle',
      title: 'Reactor: stop it, or let it go on',
      group: 'Debug',
      keys: ['r'],
      unavailable: noRing,
      run: () => hand.toggle(),
    },
    ...stepCommands,
    { id: 'event.inspect', title: 'Select the event at the cursor', group: 'Debug', keys: ['i'], unavailable: noEvent, run: inspectHere },
    { id: 'event.fit', title: 'Fit the selected event', group: 'Debug', keys: ['f'], unavailable: noEvent, run: fit },
    {
      id: 'event.cause',
      title: 'To the cause of the selected event',
      group: 'Debug',
      keys: ['c'],
      unavailable: noSelection,
      run: follow(-1),
    },
    { id: 'event.effect', title: 'To its effect', group: 'Debug', keys: ['e'], unavailable: noSelection, run: follow(1) },
    {
      id: 'event.breakLike',
      title: 'Breakpoint: stop at the next event like the selected one',
      group: 'Debug',
      keys: ['x'],
      unavailable: () => noRing() ?? noSelection(),
      run: () => {
        const { inspection } = selection.getState();
        if (inspection !== null) hand.breakLike(inspection.event);
      },
    },
  ];
}
