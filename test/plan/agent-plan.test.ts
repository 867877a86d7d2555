import { expect, test } from 'vitest';
import { atOnce } from '../../src/domain/steps.ts';
import { planOperations } from '../../src/plan/agent-plan.ts';
import { service, world } from './fixtures.ts';

const plansOf = (...given: Parameters<typeof planOperations>) => atOnce(planOperations(...given));

test('no change: no agent has anything to do', () => {
  expect(plansOf(world(), world())).toEqual([]);
});

test('a first service: every agent, with what only it knows in angle brackets', () => {
  const plans = plansOf(world({ services: [] }), world());
  expect(plans.map(({ role, name }) => `${role} ${name}`)).toEqual([
    'director fra-d',
    'director lon-d',
    'director nyc-d',
    'realserver fra-1',
    'realserver fra-2',
    'realserver lon-1',
    'realserver lon-2',
    'realserver nyc-1',
    'realserver nyc-2',
  ]);
  const of = (name: string) => plans.find((plan) => plan.name === name)?.operations ?? [];
  expect(of('fra-d')).toContain('add destination 10.3.0.11:80 of tcp 192.0.2.10:80: weight 0 tunnel gre');
  expect(of('fra-d')).toContain('set sysctl net.ipv4.vs.conn_reuse_mode = 3 (was <present value>)');
  expect(of('nyc-1')).toContain('add address 192.0.2.10/32 on cw-gre');
});

test('a drained real server: one edit on each director, nothing on hosts', () => {
  const drained = world({
    realServerPolicies: [{ kind: 'RealServer', name: 'fra-1', weight: 100, drain: true }],
  });
  expect(plansOf(world(), drained)).toEqual([
    {
      role: 'director',
      name: 'fra-d',
      operations: ['edit destination 10.1.0.11:80 of tcp 192.0.2.10:80: weight 100 → 0'],
    },
  ]);
});

test('a drain that is over: the real server is added anew', () => {
  const drained = world({
    realServerPolicies: [{ kind: 'RealServer', name: 'fra-1', weight: 100, drain: true }],
  });
  expect(plansOf(drained, world()).map(({ operations }) => operations)).toEqual([
    ['add destination 10.1.0.11:80 of tcp 192.0.2.10:80: weight 100 direct'],
    ['add destination 10.1.0.11:80 of tcp 192.0.2.10:80: weight 0 tunnel ipip'],
    ['add destination 10.1.0.11:80 of tcp 192.0.2.10:80: weight 0 tunnel ipip'],
  ]);
});

test('a scheduler: an edit of the service on each director', () => {
  const plans = plansOf(world(), world({ services: [service({ scheduler: 'rr' })] }));
  expect(plans.map(({ operations }) => operations)).toEqual([
    ['edit service tcp 192.0.2.10:80: scheduler wrr → scheduler rr'],
    ['edit service tcp 192.0.2.10:80: scheduler wrr → scheduler rr'],
    ['edit service tcp 192.0.2.10:80: scheduler wrr → scheduler rr'],
  ]);
});
