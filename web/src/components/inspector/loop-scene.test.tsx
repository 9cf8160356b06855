/** The loop as the panel shows it: of pictures of traces drawn as text, as data, words and markup. */
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { type Certainty, loopEdgeIds, loopEdges, loopNodeIds } from '../../../../shared/inspect/loop.ts';
import type { SourceCapabilities } from '../../../../shared/protocol/messages.ts';
import { Kind, Provenance } from '../../../../shared/schema/events.ts';
import { CqeFlag, Errno } from '../../../../shared/schema/uapi.ts';
import { speeds } from '../../canvas/playback-clock.ts';
import type { LoopLights } from '../../feed/picture.ts';
import { pictureAt, storeOf } from '../../feed/testing.ts';
import { LoopDiagram, TOKEN_MS } from './LoopDiagram.tsx';
import { loopBoxes, loopPaths, loopTones } from './loop-layout.ts';
import {
  certaintyWords,
  glowOf,
  isSlow,
  litOfNewest,
  litWords,
  type NewestLit,
  noLights,
  pathOfNewest,
  scopeNote,
  trafficOf,
  trafficWords,
  windowWords,
} from './loop-scene.ts';

const traced = `ring
group buffers=8 size=64
connect c0
10 arm c0
11 poll c0
20 wake c0
21 complete c0 64 bid=0 MORE NONEMPTY
22 complete c0 16 bid=1 MORE
40 wake c0
41 complete c0 ENOBUFS`;
const untraced = `ring\ngroup buffers=8 size=64\nconnect c0
10 arm c0
20 reap c0 64 bid=0 MORE
20 reap c0 64 bid=1 MORE
30 reap c0 ENOBUFS`;
const lightsOf = (text: string, us = 100): LoopLights => pictureAt(storeOf(text), us, { loop: true }).loop as LoopLights;
const newestOf = (text: string, us = 100): NewestLit => lightsOf(text, us).newest as NewestLit;

describe('what is shown', () => {
  it('is one event at 1/100 and slower, the traffic at any other speed', () => {
    expect(speeds.filter(isSlow)).toEqual([0.001, 0.01]);
  });

  it('of the newest event is what it lights, and the way in its order: each edge begins where the one before ended', () => {
    const newest = newestOf(traced);
    expect(pathOfNewest(newest)).toEqual(['wake-select', 'select-nobufs', 'nobufs-final']);
    const lit = litOfNewest(newest);
    expect(Object.fromEntries(lit.nodes)).toEqual({ wake: 'inferred', select: 'inferred', nobufs: 'observed', final: 'observed' });
    expect([...lit.edges.keys()].sort()).toEqual(pathOfNewest(newest).sort());
    for (const us of [21, 22, 40, 41]) {
      const path = pathOfNewest(newestOf(traced, us));
      path.slice(1).forEach((id, k) => {
        expect(loopEdges[id].from, `${us} µs, ${id}`).toBe(loopEdges[path[k] as (typeof path)[number]].to);
      });
    }
  });

  it('of the traffic is how often each was gone through, and what nobody ever saw', () => {
    const { nodes, edges, inferred } = trafficOf(lightsOf(traced));
    expect(Object.fromEntries(edges)).toMatchObject({ 'receive-post': 2, 'armed-wake': 2, 'nobufs-final': 1 });
    expect([nodes.get('post'), nodes.get('wake'), nodes.get('refused')]).toEqual([2, 2, undefined]);
    expect([inferred.has('select'), inferred.has('wake'), inferred.has('armed-wake'), inferred.has('receive-post')]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('has a node that was left as visited, though nobody knows how it came there', () => {
    const { nodes, edges } = trafficOf(lightsOf(untraced));
    expect([...edges.keys()].some((id) => loopEdges[id].to === 'select')).toBe(false);
    expect(nodes.get('select')).toBe(3);
  });

  it('glows more with each visit, up to the whole for the most visited', () => {
    expect(glowOf(0, 1000)).toBe(0);
    expect(glowOf(1000, 1000)).toBe(1);
    expect(glowOf(1, 1)).toBe(1);
    expect(glowOf(1, 1000)).toBeGreaterThan(0.1);
    expect(glowOf(100, 1000)).toBeGreaterThan(glowOf(10, 1000));
  });
});

describe('its words', () => {
  it('say how far back was counted, and that it is not the whole window', () => {
    const lights = lightsOf(traced);
    expect(windowWords({ ...lights, since: 52e6, events: 9 }, 52e6, 100e6)).toBe('last 48.0 ms');
    expect(windowWords({ ...lights, since: 88e6, events: 4096 }, 52e6, 100e6)).toBe('last 12.0 ms (the last 4,096 events)');
  });

  it('name the event that is lit', () => {
    const cqe = { kind: Kind.complete, provenance: Provenance.tracepoint, res: 64, flags: CqeFlag.F_MORE };
    expect(litWords(cqe)).toBe('CQE, 64 bytes');
    expect(litWords({ ...cqe, res: -Errno.ENOBUFS, flags: 0 })).toBe('CQE, ENOBUFS, no MORE');
    expect(litWords({ ...cqe, kind: Kind.reap })).toBe('Reaped CQE, 64 bytes');
    expect(litWords({ ...cqe, kind: Kind.poll_arm })).toBe('Poll arm');
  });

  it('say what is observed', () => {
    const lit = (...certainties: Certainty[]) => ({
      nodes: new Map(certainties.map((c, i) => [loopNodeIds[i] as (typeof loopNodeIds)[number], c])),
      edges: new Map(),
    });
    expect(certaintyWords(noLights)).toBe('');
    expect(certaintyWords(lit('observed'))).toBe('observed');
    expect(certaintyWords(lit('inferred', 'inferred'))).toBe('inferred');
    expect(certaintyWords(lit('inferred', 'observed'))).toBe('observed, dashed is inferred');
    expect(trafficWords(trafficOf(lightsOf(traced)), true)).toBe('observed; the ways between are inferred');
    expect(trafficWords(trafficOf(lightsOf(untraced)), false)).toBe('submits observed; the rest is inferred');
    expect(trafficWords(trafficOf(lightsOf('ring\nconnect c0')), false)).toBe('nothing was lit');
  });

  it('say what is missing where the kernel is not traced whole', () => {
    const scope = (kernelScope: SourceCapabilities['kernelScope']) => scopeNote({ kernelScope } as SourceCapabilities);
    expect([scope('all'), scopeNote(null)]).toEqual(['', '']);
    expect(scope('off')).toMatch(/^The kernel is not traced: what is dashed is inferred/);
    expect(scope('arms')).toMatch(/^Wakes and posted CQEs are not traced/);
  });
});

describe('the drawing', () => {
  it('has a token for each edge of the way, one behind the other', () => {
    const newest = newestOf(traced);
    const path = pathOfNewest(newest);
    const markup = renderToStaticMarkup(<LoopDiagram lit={litOfNewest(newest)} visits={null} token={path} tokenKey="1" />);
    const tokens = [...markup.matchAll(/<circle class="loopToken"[^>]*style="([^"]*)"/g)].map(([, style]) => style ?? '');
    expect(tokens).toHaveLength(path.length);
    tokens.forEach((style, k) => {
      const id = path[k] as (typeof path)[number];
      expect(style).toContain(loopPaths[id].d);
      expect(style).toContain(`animation-duration:${TOKEN_MS}ms`);
      expect(style).toContain(`animation-delay:${k * TOKEN_MS}ms`);
    });
    expect(renderToStaticMarkup(<LoopDiagram lit={litOfNewest(newest)} visits={null} />)).not.toContain('<circle');
  });

  it('dashes traffic that nobody saw, where it is asked to', () => {
    const traffic = trafficOf(lightsOf(untraced));
    const markup = (isDashed: boolean): string =>
      renderToStaticMarkup(<LoopDiagram lit={noLights} visits={traffic} traffic={traffic} isDashed={isDashed} />);
    expect(markup(true)).toMatch(/class="loopNode post ofData neverSeen"/);
    expect(markup(true)).toMatch(/class="loopNode submit plain"/);
    expect(markup(false)).not.toContain('neverSeen');
    expect(markup(false)).toContain('×2');
  });

  it('has no count beside a way that was gone once, and the exact ones in its table', () => {
    const edges = new Map(loopEdgeIds.map((id) => [id, 1]));
    const one = renderToStaticMarkup(<LoopDiagram lit={noLights} visits={{ nodes: new Map(), edges }} />);
    expect(one).not.toContain('×');
    const many = new Map([['receive-post' as const, 1_234_567]]);
    const markup = renderToStaticMarkup(<LoopDiagram lit={noLights} visits={{ nodes: new Map([['post', 1_234_567]]), edges: many }} />);
    expect(markup).toContain('×1.2 M');
    expect(markup).toContain('<td>1234567</td>');
  });

  it('has every label whole, in one line or two that fit their box', () => {
    for (const { id, lines, width } of loopBoxes) {
      expect(lines.length, id).toBeLessThanOrEqual(2);
      // Letters of 11 px are no wider than 7.
      for (const line of lines) expect(line.length * 7, `${id}: ${line}`).toBeLessThanOrEqual(width);
      expect(loopTones[id]).toBeTruthy();
    }
  });
});
