import { Moon, Sun } from 'lucide-react';
import { useStore } from 'zustand';
import { titleOf } from '../commands/registry.ts';
import type { FeedStatus } from '../feed/feed.ts';
import { type ViewState, viewStore } from '../store/view.ts';
import { AgentBadge, FileName, KernelBadge, LossBadges, TargetName, TrustBadge } from './Badges.tsx';
import { useStatus } from './hooks.ts';
import { Logo } from './Logo.tsx';
import { OpenButton } from './OpenTrace.tsx';
import { RecordButton } from './RecordButton.tsx';
import { screens } from './screens.ts';
import { useServices } from './services.ts';

const selectTheme = (s: ViewState) => s.theme;
const selectScreen = (s: ViewState) => s.screen;
const selectRecorded = (s: FeedStatus) => s.file !== null;

export function TopBar() {
  const { commands } = useServices();
  const theme = useStore(viewStore, selectTheme);
  const current = useStore(viewStore, selectScreen);
  const recorded = useStatus(selectRecorded);
  const help = commands.byId('page.help');
  const toggleTheme = commands.byId('page.theme');
  return (
    <header className="topBar">
      <h1 className="brand">
        <Logo />
        ringlens
      </h1>
      <nav className="tabs" aria-label="Screens">
        {screens.map(({ id, title, recordedTitle = title }) => (
          <button
            key={id}
            type="button"
            className="tab"
            aria-current={id === current ? 'page' : undefined}
            onClick={() => viewStore.setState({ screen: id })}
          >
            {recorded ? recordedTitle : title}
          </button>
        ))}
      </nav>
      <TargetName />
      <FileName />
      <div className="grow" />
      <div className="badges">
        <LossBadges />
        <AgentBadge />
        <KernelBadge />
        <TrustBadge />
      </div>
      <div className="rule" />
      <RecordButton />
      <OpenButton />
      <button type="button" className="btn quiet icon" aria-label={help.title} title={titleOf(help)} onClick={help.run}>
        ?
      </button>
      <button type="button" className="btn quiet icon" aria-label="Theme" title={titleOf(toggleTheme)} onClick={toggleTheme.run}>
        {theme === 'light' ? <Moon aria-hidden="true" /> : <Sun aria-hidden="true" />}
      </button>
    </header>
  );
}
