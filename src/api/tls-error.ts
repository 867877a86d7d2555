/** What is wrong with the files of certificates. */
import { CausewayError } from '../domain/error.ts';

export function tlsError(code: 'invalid' | 'permission', subject: string, message: string): CausewayError {
  return new CausewayError({ code, operation: 'use certificate', subject, message });
}
