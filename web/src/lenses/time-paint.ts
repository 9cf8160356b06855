/**
 * Draws the time views in a worker of their own: thousands of marks take longer than a frame may, and the page's thread has
 * lists to lay out. Pure but for its canvas: a scene in, pixels out; runs without a Worker in the tests.
 */

import type { Note } from '../../../shared/trace-file/note.ts';
import { type CanvasTheme, type ThemeValues, themeOf } from '../canvas/canvas-theme.ts';
import type { FontSource } from '../canvas/fonts.ts';
import { drawnWith } from '../canvas/offscreen.ts';
import type { Selected } from '../canvas/view-driver.ts';
import type { Picture } from '../feed/picture.ts';
import { drawNotes, drawSelected, drawTimeViews, layoutTimeViews, type TimeOptions } from './time-draw.ts';

/** All that is drawn. */
export interface TimeScene {
  picture: Picture;
  /** Without what the theme says. */
  options: Omit<TimeOptions, 'k'>;
  /** Device pixels in a CSS pixel. */
  ratio: number;
  notes: readonly Note[];
  selected: Selected | null;
}

export type ToPaint =
  | { type: 'canvas'; canvas: OffscreenCanvas }
  | { type: 'theme'; values: ThemeValues }
  | { type: 'fonts'; fonts: FontSource[] }
  | { type: 'scene'; scene: TimeScene };

export type FromPaint =
  /** The newest scene is drawn: the next one may come. */
  | { type: 'drawn' }
  /** A defect of ours, in a sentence. */
  | { type: 'failed'; message: string };

export function paintScene(ctx: CanvasRenderingContext2D, { picture, options, notes, selected }: TimeScene, theme: CanvasTheme): void {
  const { width, height } = options;
  ctx.clearRect(0, 0, width, height);
  const g = layoutTimeViews(picture, { ...options, k: theme.k });
  drawTimeViews(ctx, g, theme);
  drawNotes(ctx, g, theme, notes);
  if (selected !== null) drawSelected(ctx, g, theme, selected);
}

export interface TimePaintOptions {
  post(message: FromPaint): void;
  /** Makes fonts known; resolves when those of the theme can be drawn with. */
  loadFonts(fonts: readonly FontSource[], theme: CanvasTheme): Promise<void>;
}

export function createTimePaint({ post, loadFonts }: TimePaintOptions): { handle(message: ToPaint): void } {
  let canvas: OffscreenCanvas | null = null;
  let ctx: OffscreenCanvasRenderingContext2D | null = null;
  let values: ThemeValues | null = null;
  let theme: CanvasTheme | null = null;
  let scene: TimeScene | null = null;
  let fonts: FontSource[] | null = null;

  const draw = (): void => {
    if (canvas === null || ctx === null || theme === null || scene === null) return;
    const { options, ratio } = scene;
    const width = Math.round(options.width * ratio);
    const height = Math.round(options.height * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintScene(drawnWith(ctx), scene, theme);
  };

  /** Text that was drawn in another font, or measured in it, is drawn anew. */
  const withFonts = async (): Promise<void> => {
    if (fonts === null || theme === null) return;
    const news = fonts;
    fonts = null;
    await loadFonts(news, theme);
    if (values === null) return;
    // Widths and images of texts hang on the revision; halves never meet one of the page's.
    values = { ...values, revision: values.revision + 0.5 };
    theme = themeOf(values);
    draw();
  };

  return {
    handle(message) {
      switch (message.type) {
        case 'canvas':
          canvas = message.canvas;
          ctx = canvas.getContext('2d');
          draw();
          break;
        case 'theme':
          values = message.values;
          theme = themeOf(values);
          draw();
          void withFonts();
          break;
        case 'fonts':
          fonts = message.fonts;
          void withFonts();
          break;
        case 'scene':
          scene = message.scene;
          try {
            draw();
          } finally {
            post({ type: 'drawn' });
          }
          break;
        default:
          message satisfies never;
      }
    },
  };
}
