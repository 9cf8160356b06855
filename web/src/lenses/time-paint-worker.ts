/** The thread that draws the time views. */
import { loadFonts } from '../canvas/fonts.ts';
import { createTimePaint, type FromPaint, type ToPaint } from './time-paint.ts';

/** Every sort of letter that the time views write. */
const LETTERS = 'Aa0−×≥~µ→';

const post = (message: FromPaint): void => self.postMessage(message);
const paint = createTimePaint({
  post,
  // In a worker the set of fonts belongs to its global scope.
  loadFonts: (fonts, { ui, uiStrong, mono }) =>
    loadFonts((self as unknown as { fonts: FontFaceSet }).fonts, fonts, [ui, uiStrong, mono], LETTERS),
});

self.addEventListener('message', ({ data }: MessageEvent<ToPaint>) => {
  try {
    paint.handle(data);
  } catch (e) {
    post({ type: 'failed', message: e instanceof Error ? e.message : String(e) });
    throw e;
  }
});
