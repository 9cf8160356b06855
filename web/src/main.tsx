/** Makes what lives as long as the trace that is shown, wires it up, and hands it to React. */
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './theme/index.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { createPlaybackClock } from './canvas/playback-clock.ts';
import { createViewDriver, type ViewDriver } from './canvas/view-driver.ts';
import { debugCommands } from './commands/debug-commands.ts';
import { attachKeyboard } from './commands/keyboard.ts';
import { liveCommands } from './commands/live-commands.ts';
import { createRegistry } from './commands/registry.ts';
import type { Services } from './components/services.ts';
import { createAgentFeed } from './feed/agent-feed.ts';
import type { Feed } from './feed/feed.ts';
import { createFileFeed } from './feed/file-feed.ts';
import { mayHaveAgent, startWorker } from './feed/start-worker.ts';
import { keepFocus } from './interact/keep-focus.ts';
import { announceNews, createAnnouncer } from './store/announcer.ts';
import { createConfigurer } from './store/configure.ts';
import { createDebugHand, debuggerStore } from './store/debugger.ts';
import { filterStore, followFilter, writeFilter } from './store/filter.ts';
import { followLink } from './store/follow-link.ts';
import { followSelection } from './store/follow-selection.ts';
import { addressOf, clearSelection, looksOf, select, selectionStore } from './store/selection.ts';
import { keepSettings, type Moment, restoreSettings } from './store/settings.ts';
import { viewStore } from './store/view.ts';
import { followParams, workloadStore } from './store/workload.ts';
import { traceOfPage } from './trace/trace-of-page.ts';

const element = document.getElementById('root');
if (!element) throw new Error('index.html has no #root.');
const root = createRoot(element);
let unmount = (): void => {};

/** Shows what the link says; returns the function that ends the wait for its moment. */
function goTo({ t, span, filter, ring, group, event }: Partial<Moment>, driver: ViewDriver): () => void {
  const { feed, clock } = driver;
  if (filter !== undefined) writeFilter(filterStore, filter);
  if (ring !== undefined || group !== undefined) driver.choose({ ring: ring ?? null, group: group ?? null });
  if (t === undefined || span === undefined) return () => undefined;
  const looks = event === undefined ? null : looksOf(event);
  const arrived = (): void => {
    if (looks !== null) void select(selectionStore, feed, looks);
  };
  return followLink({ t, span }, { feed, clock, view: viewStore, arrived });
}

/** Shows this feed in the place of the one before. */
function show(feed: Feed): void {
  unmount();
  const recorded = feed.status.get().file !== null;
  const clock = createPlaybackClock(undefined, { recorded });
  const link = restoreSettings(viewStore, clock);
  const driver = createViewDriver(feed, clock);
  // Of the trace that the page was opened with; what is opened later begins at its own start.
  let endWait = shown === 0 ? goTo(link, driver) : () => undefined;
  /** Another link was put into the address of this page. */
  const onHash = (): void => {
    endWait();
    endWait = goTo(restoreSettings(viewStore, clock), driver);
  };
  window.addEventListener('hashchange', onHash);
  const momentNow = (): Moment | null => {
    const { cursor, span } = clock.state.get();
    return cursor === null
      ? null
      : { t: cursor, span, filter: filterStore.getState().text, event: addressOf(selectionStore.getState()), ...driver.choice.get() };
  };
  const kept = keepSettings(viewStore, clock, momentNow, [filterStore.subscribe, driver.choice.subscribe, selectionStore.subscribe]);
  const hand = createDebugHand(debuggerStore, feed);
  const commands = createRegistry(
    [
      ...liveCommands({
        clock,
        driver,
        view: viewStore,
        filter: filterStore,
        recorded,
        notes: feed,
        selectedAt: () => selectionStore.getState().inspection?.event.t ?? null,
        leaveEvent: () => {
          if (selectionStore.getState().query === null) return false;
          clearSelection(selectionStore);
          return true;
        },
        copyLink: () => navigator.clipboard.writeText(kept.link()),
      }),
      ...debugCommands({ feed, clock, view: viewStore, selection: selectionStore, filter: filterStore, hand }),
    ],
    (reason) => viewStore.setState({ note: reason }),
  );
  const announcer = createAnnouncer();
  const configurer = createConfigurer(workloadStore, (command) => feed.send(command));
  const services: Services = { feed, clock, driver, commands, configurer, announcer, hand, openFile };
  const keyboard = attachKeyboard({ target: window, registry: commands, enabled: () => viewStore.getState().singleKeys });
  const ends = [
    kept.end,
    () => window.removeEventListener('hashchange', onHash),
    () => endWait(),
    followFilter(filterStore, feed),
    followSelection({ feed, clock, driver, selection: selectionStore, view: viewStore, linked: shown === 0 && link.t !== undefined }),
    () => clearSelection(selectionStore),
    followParams(workloadStore, feed.status),
    announceNews(feed, driver.calm, announcer),
    () => keyboard.destroy(),
    () => announcer.close(),
    () => driver.close(),
    () => feed.close(),
  ];
  unmount = () => {
    for (const end of ends) end();
  };
  root.render(
    <StrictMode>
      <App key={shown++} services={services} />
    </StrictMode>,
  );
}
let shown = 0;

/** A file that was dropped or chosen. */
function openFile(file: File): void {
  show(createFileFeed({ name: file.name, location: { kind: 'blob', blob: file }, startWorker }));
}

keepFocus(document);
const trace = traceOfPage(document, location);
show(trace === null && mayHaveAgent ? createAgentFeed() : createFileFeed({ name: '', location: null, ...trace, startWorker }));
