/** What the kernel means by an errno: its symbol and a phrase (asm-generic/errno*.h; Linux numbers on any platform). */

const known: Readonly<Record<number, readonly [symbol: string, phrase: string]>> = {
  1: ['EPERM', 'operation not permitted'],
  2: ['ENOENT', 'no such object'],
  3: ['ESRCH', 'no such object'],
  4: ['EINTR', 'interrupted'],
  5: ['EIO', 'input or output error'],
  6: ['ENXIO', 'no such device or address'],
  7: ['E2BIG', 'argument too long'],
  9: ['EBADF', 'bad file descriptor'],
  11: ['EAGAIN', 'try again'],
  12: ['ENOMEM', 'out of memory'],
  13: ['EACCES', 'permission denied'],
  14: ['EFAULT', 'bad address'],
  16: ['EBUSY', 'busy'],
  17: ['EEXIST', 'exists already'],
  19: ['ENODEV', 'no such device'],
  22: ['EINVAL', 'invalid argument'],
  23: ['ENFILE', 'too many open files on the system'],
  24: ['EMFILE', 'too many open files'],
  28: ['ENOSPC', 'no space left'],
  34: ['ERANGE', 'out of range'],
  38: ['ENOSYS', 'not implemented'],
  39: ['ENOTEMPTY', 'not empty'],
  52: ['EBADE', 'invalid exchange'],
  62: ['ETIME', 'timer expired'],
  71: ['EPROTO', 'protocol error'],
  74: ['EBADMSG', 'bad message'],
  75: ['EOVERFLOW', 'value too large'],
  90: ['EMSGSIZE', 'message too long'],
  92: ['ENOPROTOOPT', 'protocol not available'],
  93: ['EPROTONOSUPPORT', 'protocol not supported'],
  94: ['ESOCKTNOSUPPORT', 'socket type not supported'],
  95: ['EOPNOTSUPP', 'not supported'],
  97: ['EAFNOSUPPORT', 'address family not supported'],
  98: ['EADDRINUSE', 'address in use'],
  99: ['EADDRNOTAVAIL', 'address not available'],
  100: ['ENETDOWN', 'network is down'],
  101: ['ENETUNREACH', 'network unreachable'],
  105: ['ENOBUFS', 'no buffer space'],
  107: ['ENOTCONN', 'not connected'],
  110: ['ETIMEDOUT', 'timed out'],
  111: ['ECONNREFUSED', 'connection refused'],
  113: ['EHOSTUNREACH', 'no route to host'],
  114: ['EALREADY', 'already in progress'],
  // Internal to the kernel (linux/errno.h), leaked by some families.
  524: ['ENOTSUPP', 'not supported'],
};

/** `EEXIST` for 17; `E12345` for a number that this table lacks. */
export function errnoSymbol(errno: number): string {
  return known[errno]?.[0] ?? `E${errno}`;
}

/** `EEXIST, exists already`. */
export function describeErrno(errno: number): string {
  const entry = known[errno];
  return entry === undefined ? `errno ${errno}` : `${entry[0]}, ${entry[1]}`;
}
