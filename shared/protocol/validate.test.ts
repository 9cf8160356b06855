import { describe, expect, it } from 'vitest';
import { MOST_LETTERS } from '../filter/parser.ts';
import { handActionNames, MOST_BREAKPOINTS, stepUnitNames } from '../schema/debug.ts';
import { MOST_BREAKPOINT_ID } from './debug.ts';
import type { ClientMessage } from './messages.ts';
import { parseClientMessage } from './validate.ts';

const parse = (value: unknown) => parseClientMessage(typeof value === 'string' ? value : JSON.stringify(value));

describe('parseClientMessage', () => {
  it('takes what the page sends', () => {
    expect(parse({ type: 'configure', id: 1, params: { rate: 0, mode: 'single' } })).toEqual({
      ok: true,
      message: { type: 'configure', id: 1, params: { rate: 0, mode: 'single' } },
    });
    expect(parse({ type: 'preset', id: 2, name: 'quiet' }).ok).toBe(true);
    expect(parse({ type: 'ping', id: 3 }).ok).toBe(true);
  });

  const one = { id: 1, text: '!MORE', enabled: true, ignore: 0 };
  const messages: ClientMessage[] = [
    { type: 'pause', id: 1 },
    { type: 'resume', id: 2 },
    ...stepUnitNames.map((unit): ClientMessage => ({ type: 'step', id: 3, unit })),
    { type: 'breakpoints', id: 4, list: [] },
    { type: 'breakpoints', id: 5, list: [one, { id: MOST_BREAKPOINT_ID, text: '', enabled: false, ignore: 2 ** 30 }] },
    { type: 'breakpoints', id: 6, list: Array.from({ length: MOST_BREAKPOINTS }, (_, i) => ({ ...one, id: i + 1 })) },
    { type: 'breakpoints', id: 7, list: [{ ...one, text: 'x'.repeat(MOST_LETTERS) }] },
    ...handActionNames.map((name): ClientMessage => ({ type: 'act', id: 8, name, target: 65535, value: 2 ** 30 })),
    { type: 'look', id: 9, bid: 0 },
    { type: 'look', id: 9, bid: 65535 },
  ];
  it.each(messages.map((message) => [message.type, message]))('takes what the debugger sends: %s', (_, message) => {
    expect(parse(message)).toEqual({ ok: true, message });
  });

  it('leaves the text of a condition to who compiles it, as long as a filter can be', () => {
    expect(parse({ type: 'breakpoints', id: 1, list: [{ ...one, text: 'no such field' }] }).ok).toBe(true);
    expect(parse({ type: 'breakpoints', id: 1, list: [{ ...one, text: 'x'.repeat(MOST_LETTERS + 1) }] })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^list\.0\.text: /),
    });
  });

  it.each([
    [{ type: 'pause' }, null, /^id: /],
    [{ type: 'pause', id: 1, unit: 'cqe' }, 1, /unit/],
    [{ type: 'step', id: 1 }, 1, /^unit: /],
    [{ type: 'step', id: 1, unit: 'batch' }, 1, /^unit: /],
    [{ type: 'step', id: 1, unit: 'toString' }, 1, /^unit: /],
    [{ type: 'breakpoints', id: 1 }, 1, /^list: /],
    [{ type: 'breakpoints', id: 1, list: {} }, 1, /^list: /],
    [{ type: 'breakpoints', id: 1, list: ['!MORE'] }, 1, /^list\.0: /],
    [{ type: 'breakpoints', id: 1, list: [one, { ...one, id: 0 }] }, 1, /^list\.1\.id: /],
    [{ type: 'breakpoints', id: 1, list: [{ ...one, id: MOST_BREAKPOINT_ID + 1 }] }, 1, /^list\.0\.id: /],
    [{ type: 'breakpoints', id: 1, list: [{ ...one, id: 1.5 }] }, 1, /^list\.0\.id: /],
    [{ type: 'breakpoints', id: 1, list: [{ ...one, text: 7 }] }, 1, /^list\.0\.text: /],
    [{ type: 'breakpoints', id: 1, list: [{ ...one, enabled: 1 }] }, 1, /^list\.0\.enabled: /],
    [{ type: 'breakpoints', id: 1, list: [{ ...one, ignore: -1 }] }, 1, /^list\.0\.ignore: /],
    [{ type: 'breakpoints', id: 1, list: [{ ...one, hits: 3 }] }, 1, /^list\.0\.hits: /],
    [{ type: 'breakpoints', id: 1, list: Array(MOST_BREAKPOINTS + 1).fill(one) }, 1, /^list: /],
    [{ type: 'act', id: 1, name: 'explode', target: 0, value: 0 }, 1, /^name: /],
    [{ type: 'act', id: 1, name: 'constructor', target: 0, value: 0 }, 1, /^name: /],
    [{ type: 'act', id: 1, name: 'give-back', value: 0 }, 1, /^target: /],
    [{ type: 'act', id: 1, name: 'give-back', target: 65536, value: 0 }, 1, /^target: /],
    [{ type: 'act', id: 1, name: 'give-back', target: -1, value: 0 }, 1, /^target: /],
    [{ type: 'act', id: 1, name: 'send', target: 0, value: 2 ** 30 + 1 }, 1, /^value: /],
    [{ type: 'act', id: 1, name: 'send', target: 0, value: '9' }, 1, /^value: /],
    [{ type: 'look', id: 1 }, 1, /^bid: /],
    [{ type: 'look', id: 1, bid: 1e9 }, 1, /^bid: /],
  ])('answers %j of the debugger with the path of what is wrong', (value, id, message) => {
    const parsed = parse(value);
    expect(parsed).toMatchObject({ ok: false, id, code: 'EBADMESSAGE' });
    expect(parsed.ok ? '' : parsed.message).toMatch(message);
  });

  it.each([
    ['{', null, 'EBADJSON', /not JSON/],
    ['null', null, 'EBADMESSAGE', /message/],
    [{ id: 4 }, 4, 'EBADMESSAGE', /type/],
    [{ type: 'format', id: 4 }, 4, 'EBADMESSAGE', /type/],
    [{ type: 'ping', id: -1 }, null, 'EBADMESSAGE', /id/],
    [{ type: 'ping', id: 1, extra: true }, 1, 'EBADMESSAGE', /extra/],
    [{ type: 'preset', id: 1, name: 'nope' }, 1, 'EBADMESSAGE', /name/],
    [{ type: 'configure', id: 1, params: { nope: 1 } }, 1, 'EBADPARAM', /params\.nope: there is no such parameter/],
    [{ type: 'configure', id: 1, params: { buffers: 33 } }, 1, 'EBADPARAM', /params\.buffers: 33 is not a power of two/],
    [{ type: 'configure', id: 1, params: { rate: '5' } }, 1, 'EBADPARAM', /params\.rate/],
    [{ type: 'configure', id: 1, params: [] }, 1, 'EBADMESSAGE', /params/],
  ])('answers %j with a path and a sentence', (value, id, code, message) => {
    const parsed = parse(value);
    expect(parsed).toMatchObject({ ok: false, id, code });
    expect(parsed.ok ? '' : parsed.message).toMatch(message);
  });
});
