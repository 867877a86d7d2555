import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { fromStatus, toStatus } from '../../src/api/errors.ts';
import { CausewayError } from '../../src/domain/error.ts';

function received(sent: ReturnType<typeof toStatus>): ServiceError {
  return Object.assign(new Error(sent.details), { ...sent, metadata: sent.metadata ?? new Metadata() });
}

describe('errors on the wire', () => {
  it('arrive with all their parts', () => {
    const error = new CausewayError({
      code: 'kernel',
      operation: 'add destination',
      subject: 'tcp 192.0.2.10:80 → 10.1.0.2',
      errno: 'EEXIST',
      message: 'it is there — already',
    });
    const { code, operation, subject, errno, message } = fromStatus(received(toStatus(error)), 'apply');
    expect({ code, operation, subject, errno, message }).toEqual({
      code: 'kernel',
      operation: 'add destination',
      subject: 'tcp 192.0.2.10:80 → 10.1.0.2',
      errno: 'EEXIST',
      message: 'add destination tcp 192.0.2.10:80 → 10.1.0.2: it is there — already',
    });
  });

  it('that are bugs carry no stack', () => {
    const sent = toStatus(new TypeError('x is undefined'));
    expect(sent).toMatchObject({ code: status.INTERNAL, details: 'internal error: x is undefined' });
  });

  it.each([
    [status.UNAVAILABLE, 'unavailable'],
    [status.DEADLINE_EXCEEDED, 'deadline'],
    [status.NOT_FOUND, 'not-found'],
    [status.FAILED_PRECONDITION, 'refused'],
    [status.DATA_LOSS, 'internal'],
  ])('of others: status %i is %s', (code, expected) => {
    const error = received({ code, details: 'words' });
    expect(fromStatus(error, 'get', 'Site/fra')).toMatchObject({
      code: expected,
      message: 'get Site/fra: words',
    });
  });
});
