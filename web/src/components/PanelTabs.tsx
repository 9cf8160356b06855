/** A side panel that shows one of a few things. */
import { Tabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

interface PanelTabsProps<V extends string> {
  label: string;
  value: V;
  /** Value → name. */
  tabs: Readonly<Record<V, string>>;
  onChange: (value: V) => void;
  /** Of the value that is shown. */
  children: ReactNode;
}

export function PanelTabs<V extends string>({ label, value, tabs, onChange, children }: PanelTabsProps<V>) {
  return (
    <Tabs.Root className="panelTabs" value={value} onValueChange={(next: V) => onChange(next)}>
      <Tabs.List className="panelTabList" aria-label={label}>
        {(Object.keys(tabs) as V[]).map((tab) => (
          <Tabs.Tab key={tab} value={tab} className="panelTab">
            {tabs[tab]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={value} className="panelTabBody">
        {children}
      </Tabs.Panel>
    </Tabs.Root>
  );
}
