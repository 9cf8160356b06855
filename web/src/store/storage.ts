/** localStorage that may be absent or refuse (private windows, embedded pages): then settings last as long as the page. */

const key = (name: string): string => `ringlens.${name}`;

export function readSetting(name: string): string | null {
  try {
    return localStorage.getItem(key(name));
  } catch {
    return null;
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    localStorage.setItem(key(name), value);
  } catch {
    // Nothing is lost but the memory of a setting.
  }
}
