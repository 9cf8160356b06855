import { NO_GROUP } from '../schema/events.ts';

/**
 * Names a buffer group among all rings of a trace: (ring, bgid) as one number. The own workload has one ring at a time, so
 * its groups are named by the bgid alone (ring 0). A group whose bgid is not told has a name of its own on each ring.
 */
export const groupKeyOf = (ring: number, bgid: number): number => ring * 0x20000 + (bgid === NO_GROUP ? 0x1ffff : bgid);
