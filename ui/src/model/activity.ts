/** What the person is doing, beside the status (G09). */
import type { Activity } from '../protocol/Activity';
import { t } from '../words/t';

/** `On a call · 2 conversations`; nothing where there is nothing. */
export function activityWords({ on_call, interactions }: Activity): string {
  return [on_call ? t('now.on_call') : '', interactions > 0 ? t('now.interactions', { count: interactions }) : ''].filter(Boolean).join(' · ');
}
