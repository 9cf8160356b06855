/** The frame: top bar, the current screen, status bar, and what floats over them. */
import { CSPProvider } from '@base-ui/react/csp-provider';
import { useStore } from 'zustand';
import { CommandPalette } from './components/CommandPalette.tsx';
import { ErrorBoundary } from './components/ErrorBoundary.tsx';
import { HelpDialog } from './components/HelpDialog.tsx';
import { LiveRegion } from './components/LiveRegion.tsx';
import { DropZone } from './components/OpenTrace.tsx';
import { StatusBar } from './components/StatusBar.tsx';
import { screenById } from './components/screens.ts';
import { type Services, ServicesContext } from './components/services.ts';
import { TopBar } from './components/TopBar.tsx';
import { type ViewState, viewStore } from './store/view.ts';

const selectScreen = (s: ViewState) => s.screen;

export function App({ services }: { services: Services }) {
  const { Component } = screenById(useStore(viewStore, selectScreen));
  return (
    <CSPProvider disableStyleElements>
      <ServicesContext value={services}>
        <div className="app">
          <ErrorBoundary name="Top bar">
            <TopBar />
          </ErrorBoundary>
          <ErrorBoundary name="Screen">
            <Component />
          </ErrorBoundary>
          <ErrorBoundary name="Status bar">
            <StatusBar />
          </ErrorBoundary>
          <HelpDialog />
          <CommandPalette />
          <DropZone />
          <LiveRegion />
        </div>
      </ServicesContext>
    </CSPProvider>
  );
}
