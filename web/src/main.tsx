/** Makes what lives as long as the page, wires it up once, and hands it to React. */
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './theme/index.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { createPlaybackClock } from './canvas/playback-clock.ts';
import { createViewDriver } from './canvas/view-driver.ts';
import { attachKeyboard } from './commands/keyboard.ts';
import { liveCommands } from './commands/live-commands.ts';
import { createRegistry } from './commands/registry.ts';
import type { Services } from './components/services.ts';
import { createAgentFeed } from './feed/agent-feed.ts';
import { announceNews, createAnnouncer } from './store/announcer.ts';
import { createConfigurer } from './store/configure.ts';
import { filterStore, followFilter } from './store/filter.ts';
import { keepSettings, restoreSettings } from './store/settings.ts';
import { viewStore } from './store/view.ts';
import { followParams, workloadStore } from './store/workload.ts';

const clock = createPlaybackClock();
restoreSettings(viewStore, clock);
keepSettings(viewStore, clock);

const feed = createAgentFeed();
const driver = createViewDriver(feed, clock);
const commands = createRegistry(liveCommands({ clock, driver, view: viewStore, filter: filterStore }));
const announcer = createAnnouncer();
const configurer = createConfigurer(workloadStore, (command) => feed.send(command));
const services: Services = { feed, clock, driver, commands, configurer, announcer };

followFilter(filterStore, feed);
followParams(workloadStore, feed.status);
announceNews(feed, driver.calm, announcer);
attachKeyboard({ target: window, registry: commands, enabled: () => viewStore.getState().singleKeys });

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');
createRoot(root).render(
  <StrictMode>
    <App services={services} />
  </StrictMode>,
);
