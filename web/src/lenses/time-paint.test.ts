import { describe, expect, it } from 'vitest';
import type { ThemeValues } from '../canvas/canvas-theme.ts';
import type { Picture } from '../feed/picture.ts';
import { pictureAt, start, storeOf } from '../feed/testing.ts';
import { recordingContext, testTheme } from './testing.ts';
import { createTimePaint, type FromPaint, type TimeScene } from './time-paint.ts';
import { createTimePainter, type PaintPort } from './time-painter.ts';

const picture: Picture = pictureAt(storeOf(`${start}\n900 reap c0 64 bid=0 MORE`), 900);
const scene: TimeScene = {
  picture,
  options: { width: 800, height: 500, laneOffset: 0, atNow: false, growNs: 0 },
  ratio: 2,
  notes: [],
  selected: null,
};
const values: ThemeValues = { colour: testTheme.colour as ThemeValues['colour'], k: 1, ui: 'ui', mono: 'mono', revision: 7 };

function painting() {
  const { ctx, log, of } = recordingContext();
  const posted: FromPaint[] = [];
  const canvas = { width: 0, height: 0, getContext: () => ctx } as unknown as OffscreenCanvas;
  let fontsAreThere = (): void => undefined;
  const paint = createTimePaint({
    post: (message) => posted.push(message),
    loadFonts: () =>
      new Promise((resolve) => {
        fontsAreThere = resolve;
      }),
  });
  return { paint, canvas, posted, log, of, fontsAreThere: () => fontsAreThere() };
}

describe('the thread that draws', () => {
  it('draws a scene at the size of the device once it knows canvas and theme, and asks for the next one', () => {
    const { paint, canvas, posted, of } = painting();
    paint.handle({ type: 'scene', scene });
    expect(posted).toEqual([{ type: 'drawn' }]);
    expect(of('text c0')).toHaveLength(0);
    paint.handle({ type: 'theme', values });
    paint.handle({ type: 'canvas', canvas });
    expect([canvas.width, canvas.height]).toEqual([1600, 1000]);
    expect(of('text c0')).toHaveLength(1);
    // What was drawn late asks for nothing.
    expect(posted).toHaveLength(1);
    paint.handle({ type: 'scene', scene: { ...scene, selected: { t: picture.t1 - 1, slot: 0 } } });
    expect(posted).toHaveLength(2);
    expect(of('strokeRect sel')).toHaveLength(1);
  });

  it('draws anew when the theme changes and when its fonts have come', async () => {
    const { paint, canvas, of, fontsAreThere } = painting();
    paint.handle({ type: 'canvas', canvas });
    paint.handle({ type: 'fonts', fonts: [] });
    paint.handle({ type: 'theme', values });
    paint.handle({ type: 'scene', scene });
    expect(of('text c0')).toHaveLength(1);
    fontsAreThere();
    await Promise.resolve();
    await Promise.resolve();
    expect(of('text c0')).toHaveLength(2);
    paint.handle({ type: 'theme', values: { ...values, revision: 8 } });
    expect(of('text c0')).toHaveLength(3);
  });

  it('lets the next scene come when one could not be drawn', () => {
    const { paint, canvas, posted } = painting();
    paint.handle({ type: 'canvas', canvas });
    paint.handle({ type: 'theme', values });
    expect(() => paint.handle({ type: 'scene', scene: { ...scene, picture: null as unknown as Picture } })).toThrow();
    expect(posted).toEqual([{ type: 'drawn' }]);
  });
});

describe('the page before that thread', () => {
  const set = (scenes: () => TimeScene | null) => {
    const sent: string[] = [];
    const failures: string[] = [];
    let listen: (e: { data: FromPaint }) => void = () => undefined;
    let stumble = (): void => undefined;
    let ended = false;
    const port: PaintPort = {
      postMessage: (message) => sent.push(message.type === 'scene' ? `scene ${message.scene.options.width}` : message.type),
      addEventListener: (type: string, listener: typeof listen) => {
        if (type === 'message') listen = listener;
        else stumble = listener as typeof stumble;
      },
      terminate: () => {
        ended = true;
      },
    };
    const painter = createTimePainter({
      port,
      canvas: {} as OffscreenCanvas,
      fonts: [],
      scene: scenes,
      failed: (message) => failures.push(message),
    });
    return { painter, sent, failures, hear: (data: FromPaint) => listen({ data }), stumbles: () => stumble(), isEnded: () => ended };
  };
  const wide = (width: number): TimeScene => ({ ...scene, options: { ...scene.options, width } });

  it('has one scene under way at a time, and the newest one is next', () => {
    let width = 0;
    const { painter, sent, hear, isEnded } = set(() => wide(++width));
    painter.theme(values);
    expect(sent).toEqual(['canvas', 'fonts', 'theme']);
    for (let i = 0; i < 5; i++) painter.request();
    expect(sent.slice(3)).toEqual(['scene 1']);
    hear({ type: 'drawn' });
    expect(sent.slice(3)).toEqual(['scene 1', 'scene 2']);
    hear({ type: 'drawn' });
    expect(sent).toHaveLength(5);
    painter.close();
    expect(isEnded()).toBe(true);
  });

  it('sends nothing while there is no picture, and waits for none', () => {
    let now: TimeScene | null = null;
    const { painter, sent } = set(() => now);
    painter.request();
    now = scene;
    painter.request();
    expect(sent.slice(2)).toEqual(['scene 800']);
  });

  it('lets a scene that asks for another one meanwhile be drawn first', () => {
    let again = true;
    const { painter, sent, hear } = set(() => {
      if (again) painter.request();
      again = false;
      return scene;
    });
    painter.request();
    expect(sent.slice(2)).toEqual(['scene 800']);
    hear({ type: 'drawn' });
    expect(sent.slice(2)).toEqual(['scene 800', 'scene 800']);
  });

  it('tells of a defect once, and of a worker that does not start', () => {
    const { failures, hear, stumbles } = set(() => scene);
    hear({ type: 'failed', message: 'no lane' });
    stumbles();
    expect(failures).toEqual(['no lane']);
    const other = set(() => scene);
    other.stumbles();
    expect(other.failures).toEqual(['The worker that draws could not be started; load the page again.']);
  });
});
