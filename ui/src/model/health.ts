/** The health page: the checks, part by part. */
import type { Check } from '../protocol/Check';
import type { CheckState } from '../protocol/CheckState';
import { maybe } from '../words/t';

export interface Part {
  part: string;
  name: string;
  checks: Check[];
  /** A part is well if what is in use works, or if nothing of it fails that anybody can mend. A computer need not have a microphone. */
  well: boolean;
  /** How the part as a whole is doing. */
  state: CheckState;
}

export function parts(checks: readonly Check[]): Part[] {
  const found = new Map<string, Check[]>();
  for (const check of checks) found.set(check.part, [...(found.get(check.part) ?? []), check]);
  return [...found].map(([part, checks]): Part => {
    const well = checks.some((check) => check.chosen && check.state === 'working') || checks.every((check) => check.state === 'working' || (check.state === 'absent' && (part === 'call' || !check.advice)));
    const working = checks.some((check) => check.state === 'working');
    return {
      part,
      name: maybe(`health.part.${part.replace(' ', '_')}`) ?? part,
      checks: checks.toSorted((a, b) => Number(b.chosen) - Number(a.chosen)),
      well,
      state: well && working ? 'working' : checks.some((check) => check.state === 'failing') ? 'failing' : 'absent',
    };
  });
}
