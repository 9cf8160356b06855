import { Select } from '@base-ui/react/select';
import { Check, ChevronDown } from 'lucide-react';
import { useRef } from 'react';
import { type PresetName, presetNames, presets } from '../../../shared/schema/workload-params.ts';

interface PresetSelectProps {
  /** null = the values are nobody's preset. */
  value: PresetName | null;
  disabled: boolean;
  onChange: (name: PresetName) => void;
}

const items = presetNames.map((value) => ({ value, label: presets[value].title }));

export function PresetSelect({ value, disabled, onChange }: PresetSelectProps) {
  // The list opens inside of its panel, so that it stays in the panel's landmark.
  const home = useRef<HTMLDivElement>(null);
  return (
    <div ref={home}>
      <Select.Root items={items} value={value} disabled={disabled} onValueChange={(name) => name && onChange(name)}>
        <Select.Trigger className="select" aria-label="Preset">
          <Select.Value placeholder="Your own values" />
          <Select.Icon>
            <ChevronDown aria-hidden="true" />
          </Select.Icon>
        </Select.Trigger>
        <Select.Portal container={home}>
          <Select.Positioner positionMethod="fixed" className="floating" sideOffset={4} alignItemWithTrigger={false} collisionPadding={8}>
            <Select.Popup className="popup">
              <Select.List>
                {presetNames.map((name) => (
                  <Select.Item key={name} value={name} className="option">
                    <Select.ItemIndicator className="tick">
                      <Check aria-hidden="true" />
                    </Select.ItemIndicator>
                    <Select.ItemText>{presets[name].title}</Select.ItemText>
                    <span className="doc">{presets[name].doc}</span>
                  </Select.Item>
                ))}
              </Select.List>
            </Select.Popup>
          </Select.Positioner>
        </Select.Portal>
      </Select.Root>
    </div>
  );
}
