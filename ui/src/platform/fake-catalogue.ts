/** What the fake program begins with: the statuses of the shipped policy, its settings and its checks. */
import type { Check } from '../protocol/Check';
import type { ChoiceView } from '../protocol/ChoiceView';
import type { Color } from '../protocol/Color';
import type { Glyph } from '../protocol/Glyph';
import type { Setting } from '../protocol/Setting';
import { maybe } from '../words/t';

export interface FakeStatus {
  id: string;
  primary: string;
  /** An administrator's words; without them, those of the catalogue. */
  label: string | null;
  glyph: Glyph;
  color: Color;
  minutes: number | null;
  selectable: boolean;
}

function status(id: Glyph, color: Color, minutes: number | null = null, selectable = true): FakeStatus {
  return { id, primary: id, label: null, glyph: id, color, minutes, selectable };
}

function under(primary: Glyph, id: string, label: string, color: Color, minutes: number | null = null): FakeStatus {
  return { id, primary, label, glyph: primary, color, minutes, selectable: true };
}

export const STATUSES: FakeStatus[] = [
  status('available', 'green'),
  status('busy', 'red'),
  status('do_not_disturb', 'red'),
  status('away', 'yellow'),
  status('meeting', 'red'),
  status('break', 'yellow', 15),
  status('meal', 'yellow', 30),
  status('training', 'yellow'),
  status('out_of_office', 'pink'),
  status('offline', 'gray', null, false),
];

/** What an administrator may have added under the primary ones. */
export const SECONDARY: FakeStatus[] = [
  under('meeting', 'stand_up', 'Stand-up', 'red', 15),
  under('meeting', 'one_to_one', 'One to one', 'red'),
];

const setting = (key: string, value: string, about: string, allowed: string[] = []): Setting => ({ key, value, about, allowed, fixed: false });

export const SETTINGS: Setting[] = [
  setting('name', 'Ada King', 'what you are called'),
  setting('language', 'system', 'the language of all that you read', ['system', 'en', 'de', 'es', 'fr', 'ja', 'ar']),
  setting('service', '', 'the address of your team’s service'),
  setting('start.with_session', 'true', 'whether Halo starts when you log in: true or false', ['true', 'false']),
  setting('shortcut', 'Ctrl+Alt+H', 'what opens the window from anywhere'),
  setting('sign_in.status', 'available', 'the status after signing in', STATUSES.filter((one) => one.selectable).map((one) => one.id)),
  setting('idle.auto', 'true', 'whether a time without input sets Away: true or false', ['true', 'false']),
  setting('idle.after', '5m', 'how long that time is: 10s to 4h'),
  setting('idle.watching', 'false', 'whether a program that keeps the screen on, as a film does, counts as you being there: true or false', ['true', 'false']),
  setting('lock.auto', 'true', 'whether a locked screen sets Away: true or false', ['true', 'false']),
  setting('call.auto', 'true', 'whether a microphone or camera in use is a call, whatever uses it: true or false', ['true', 'false']),
  setting('away.covers', 'available,busy', 'which statuses Away by itself may cover', ['available', 'busy', 'meeting', 'break', 'meal', 'training']),
  setting('history.keep', '400 days', 'how long history is kept: a number of days, or for ever'),
];

const check = (part: string, name: string, state: Check['state'], chosen: boolean, why: string, more: Partial<Check> = {}): Check => ({
  part, name, state, chosen, why, advice: null, last: null, ...more,
});

export const CHECKS: Check[] = [
  check('idle', 'ext-idle-notify-v1', 'working', true, 'the compositor tells when the time has passed', { last: 'input at 10:41' }),
  check('idle', 'org.gnome.Mutter.IdleMonitor', 'absent', false, 'not on the session bus'),
  check('lock', 'org.freedesktop.login1', 'working', true, 'tells of locks and unlocks', { last: 'locked at 10:42' }),
  check('sleep', 'org.freedesktop.login1', 'working', true, 'tells before the computer sleeps'),
  check('call', 'sound server', 'working', true, 'it tells whether a microphone is in use, never by which program'),
  check('tray', 'org.kde.StatusNotifierWatcher', 'failing', true, 'nobody shows tray icons on this desktop', {
    advice: 'switch on the extension “AppIndicator and KStatusNotifierItem Support”; until then this window serves instead',
  }),
  check('notifications', 'org.freedesktop.Notifications', 'working', true, 'shows notifications, with buttons'),
  check('log', 'SQLite', 'working', true, '~/.local/share/halo/log.db, in order'),
  check('settings', 'config.toml', 'working', true, 'read'),
];

/** What people read. */
export const labelOf = (status: FakeStatus): string => status.label ?? maybe(`primary.${status.id}`) ?? status.id;

export function choices(statuses: readonly FakeStatus[], shown: string): ChoiceView[] {
  const view = (one: FakeStatus, secondary: ChoiceView[]): ChoiceView => ({
    id: one.id, label: labelOf(one), glyph: one.glyph, color: one.color, minutes: one.minutes, chosen: one.id === shown, secondary,
  });
  const selectable = statuses.filter((status) => status.selectable);
  return selectable
    .filter((status) => status.id === status.primary)
    .map((one) => view(one, selectable.filter((s) => s.primary === one.id && s.id !== one.id).map((s) => view(s, []))));
}
