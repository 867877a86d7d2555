import { expect, test } from 'vitest';
import {
  isProbeMark,
  probeMark,
  probePort,
  probeSlotLimit,
  probeSourcePort,
} from '../../src/domain/probe.ts';

const slots = Array.from({ length: probeSlotLimit }, (_, index) => index + 1);

test('each slot has a source port and a mark of its own', () => {
  expect(new Set(slots.map(probeSourcePort)).size).toBe(probeSlotLimit);
  expect(new Set(slots.map(probeMark)).size).toBe(probeSlotLimit);
  expect([probeSourcePort(1), probeMark(1)]).toEqual([24_001, 0x43570001]);
});

test('source ports lie below the ephemeral range and are not the probe port', () => {
  const ports = slots.map(probeSourcePort);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(ports).not.toContain(probePort);
});

test('Causeway knows its marks', () => {
  expect(slots.map(probeMark).every(isProbeMark)).toBe(true);
  for (const mark of [0, 1, probeMark(0), probeMark(probeSlotLimit + 1), 0xffff_ffff]) {
    expect(isProbeMark(mark)).toBe(false);
  }
});
