/** The page's fonts in a worker, which knows none of them. */

/** A font face as its rule in the style sheet says it; `source` with absolute addresses. */
export interface FontSource {
  family: string;
  source: string;
  weight: string;
  style: string;
  unicodeRange: string;
}

const addressOf = (address: string, base: string): string => `url("${new URL(address, base).href}")`;

/** Every @font-face of the page. A style sheet that may not be read has none of ours. */
export function fontsOf(sheets: Iterable<CSSStyleSheet>, pageUrl: string): FontSource[] {
  const fonts: FontSource[] = [];
  for (const sheet of sheets) {
    let rules: Iterable<CSSRule>;
    try {
      rules = sheet.cssRules;
    } catch {
      continue;
    }
    for (const rule of rules) {
      if (!(rule instanceof CSSFontFaceRule)) continue;
      const of = (name: string): string => rule.style.getPropertyValue(name);
      fonts.push({
        family: of('font-family').replace(/^["']|["']$/g, ''),
        source: of('src').replace(/url\(\s*["']?(.*?)["']?\s*\)/g, (_, address: string) => addressOf(address, sheet.href ?? pageUrl)),
        weight: of('font-weight') || 'normal',
        style: of('font-style') || 'normal',
        unicodeRange: of('unicode-range') || 'U+0-10FFFF',
      });
    }
  }
  return fonts;
}

/** In the worker: makes them known; resolves when those that `texts` need are there, or can't be had. */
export async function loadFonts(set: FontFaceSet, fonts: readonly FontSource[], needed: readonly string[], text: string): Promise<void> {
  for (const { family, source, weight, style, unicodeRange } of fonts)
    set.add(new FontFace(family, source, { weight, style, unicodeRange }));
  await Promise.allSettled(needed.map((font) => set.load(font, text)));
}
