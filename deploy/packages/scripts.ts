// What the packages of the programs that run all the time do on a host when they come, change and go (deb-postinst(5)).
import type { Role } from '../../src/runtime/config-keys.ts';

type PackageScripts = Readonly<Record<'postinst' | 'prerm' | 'postrm', string>>;

const begin = '#!/bin/sh\nset -e\n';

/** `modules`: kernel modules without which it can do nothing here. */
export function serviceScripts(role: Role, modules: readonly string[]): PackageScripts {
  const name = `causeway-${role}`;
  const units = role === 'realserver' ? `${name}.service ${name}.socket` : `${name}.service`;
  const user = role === 'coordinator' ? `  systemd-sysusers ${name}.conf\n` : '';
  const check =
    modules.length === 0
      ? ''
      : `  for module in ${modules.join(' ')}; do
    [ -d "/sys/module/$module" ] || modprobe --dry-run --quiet "$module" ||
      echo "${name}: this kernel ($(uname -r)) has no module $module, without which ${name} can do nothing here" >&2
  done
`;
  // Not started with its first installation: nobody has said yet what it is to do. What an operator has started goes on with
  // the new program; the kernel keeps what it has meanwhile. The socket of the real server is never touched.
  const postinst = `${begin}
if [ "$1" = configure ]; then
${user}${check}  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload || true
    if [ -n "$2" ]; then
      deb-systemd-invoke try-restart ${name}.service || true
    fi
  fi
  if [ -z "$2" ]; then
    echo "${name}: fill in /etc/causeway/${role}.yaml, then: systemctl enable --now ${name}"
  fi
fi
`;
  const left =
    role === 'coordinator'
      ? ''
      : `  if [ -s /var/lib/causeway/${role}/ledger.json ]; then
    echo "${name}: the kernel keeps what ${name} made in it, and traffic goes on; '${name} --cleanup' before the removal takes it back" >&2
  fi
`;
  const prerm = `${begin}
if [ "$1" = remove ]; then
  if [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop ${units} || true
  fi
${left}fi
`;
  // By whoever enabled them: what is left would be a link to nothing.
  const postrm = `${begin}
if [ "$1" = remove ] || [ "$1" = purge ]; then
  for unit in ${units}; do
    rm -f /etc/systemd/system/*.wants/"$unit"
  done
fi
if [ "$1" = purge ]; then
  rm -rf /var/lib/causeway/${role} /var/log/causeway/${role}
  rmdir --ignore-fail-on-non-empty /var/lib/causeway /var/log/causeway /etc/causeway 2>/dev/null || true
fi
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload || true
fi
`;
  return { postinst, prerm, postrm };
}
