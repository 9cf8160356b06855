import { describe, expect, it } from 'vitest';
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
