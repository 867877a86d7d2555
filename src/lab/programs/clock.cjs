// Preloaded into a program of the lab: its host's clock, which is so many ms ahead as the file says that CAUSEWAY_LAB_CLOCK names; as when
// somebody sets it, what measures time does not see it.
const { readFileSync } = require('node:fs');

const file = process.env.CAUSEWAY_LAB_CLOCK ?? '';
const lookEveryMs = 250;
const SystemDate = Date;
let aheadMs = 0;

function look() {
  try {
    aheadMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // Nobody has set it.
  }
}

globalThis.Date = class extends SystemDate {
  constructor(...given) {
    if (given.length === 0) super(SystemDate.now() + aheadMs);
    else super(...given);
  }

  static now() {
    return SystemDate.now() + aheadMs;
  }
};
look();
setInterval(look, lookEveryMs).unref();
