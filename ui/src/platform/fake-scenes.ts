/** Scenes: situations worth looking at, by name, for tests and for whoever designs. `?scene=meal`. */
import type { HeldItem } from '../protocol/HeldItem';
import type { Glyph } from '../protocol/Glyph';
import type { Interval } from '../protocol/Interval';
import type { Source } from '../protocol/Source';
import { t } from '../words/t';
import { addDays, duration, MINUTE, startOfDay } from '../words/time';
import { SECONDARY, STATUSES } from './fake-catalogue';
import type { FakeProgram } from './fake-program';
import type { FakePerson } from './fake-team';

type Stay = [status: string, minutes: number, source?: Source];

/** A morning, the oldest first; it ends now. */
const MORNING: Stay[] = [['available', 72, 'default'], ['meeting', 66, 'manual'], ['available', 58, 'manual'], ['break', 16, 'manual'], ['available', 26, 'default']];

function put(program: FakeProgram, stays: Stay[], end: number): void {
  let at = end - stays.reduce((sum, [, minutes]) => sum + minutes, 0) * MINUTE;
  for (const [status, minutes, source = 'manual'] of stays) {
    const start = at;
    at += minutes * MINUTE;
    const interval: Interval = { status, primary: program.statuses.find((one) => one.id === status)?.primary ?? 'unknown', source, detail: null, start: new Date(start).toISOString(), end: new Date(at).toISOString(), message: null };
    program.history.push(interval);
  }
}

/** Three weeks of work before today. */
function past(program: FakeProgram, now: number): void {
  for (let back = 20; back >= 1; back -= 1) {
    const day = addDays(startOfDay(now), -back);
    if ([0, 6].includes(new Date(day).getDay())) continue;
    const start = new Date(day).setHours(8, (back * 7) % 40);
    const day_: Stay[] = [
      ['available', 90 + ((back * 13) % 40), 'default'], ['meeting', 45 + ((back * 5) % 30)], ['available', 60], ['away', 12 + (back % 9), 'lock'], ['available', 25],
      ['meal', 30], ['available', 70 + (back % 20)], ['break', 15], ['do_not_disturb', 20 + ((back * 11) % 50)], ['available', 50], ['training', back % 3 === 0 ? 40 : 0], ['offline', 20, 'signed_out'],
    ];
    const all = day_.filter(([, minutes]) => minutes > 0);
    put(program, all, start + all.reduce((sum, [, minutes]) => sum + minutes, 0) * MINUTE);
  }
}

function hold(program: FakeProgram, now: number, items: [HeldItem['kind'], HeldItem['held_as'], string | null, string, number][]): void {
  program.held = items.map(([kind, held_as, from, text, ago], n) => ({ ...(kind === 'chat' && { open: 'https://chat.example/1' }), id: n + 1, at: new Date(now - ago * MINUTE).toISOString(), kind, from, text, urgent: false, held_as, told: false }));
}

type Scene = (program: FakeProgram, now: number) => void;

const workday: Scene = (program, now) => {
  past(program, now);
  put(program, MORNING, now - 14 * MINUTE);
  program.signedIn = now - 14 * MINUTE;
  program.recent = ['At the desk until four', 'Back at half past', 'Reading, call if it burns'];
  program.message = { text: 'At the desk until four', until: new Date(startOfDay(now)).setHours(16) };
  hold(program, now, [['chat', 'held', 'Mara', 'Can you look at the Lund case before the review this afternoon?', 9], ['call', 'missed_call', '+46 40 123 45', '', 5]]);
};

const meal: Scene = (program, now) => {
  workday(program, now);
  program.message = { text: 'Back at 12:30', until: now + 16 * MINUTE };
  program.timed = { status: 'meal', since: now - 14 * MINUTE, until: now + 16 * MINUTE };
};

function person(label: string, status: Glyph, ago: number, now: number, more: Partial<FakePerson> = {}): FakePerson {
  return {
    name: label.split(' ')[0]?.toLowerCase() ?? label, label, group: 'Lund', status, glyph: status, color: STATUSES.find((one) => one.id === status)?.color ?? 'gray', since: new Date(now - ago * MINUTE).toISOString(),
    until: null, message: null, activity: { on_call: false, interactions: 0 }, favourite: false, tell_when_free: false, ...more,
  };
}

/** Signed in to a service with a dozen people, some of them followed. */
const team: Scene = (program, now) => {
  workday(program, now);
  program.held = [];
  const { team } = program;
  const iso = (ago: number) => new Date(now - ago * MINUTE).toISOString();
  team.account = { service: 'https://presence.example', name: 'ada', this_run_only: false };
  team.devices = [
    { id: 'here', label: 'ada-desktop', since: iso(60 * 24 * 23), seen: iso(0), connected: true, this: true },
    { id: 'laptop', label: 'ada-laptop', since: iso(60 * 24 * 3), seen: iso(1), connected: true, this: false },
    { id: 'old', label: 'Reception in Lund', since: iso(60 * 24 * 40), seen: iso(60 * 24 * 9), connected: false, this: false },
  ];
  const marked = { favourite: true };
  team.directory = [
    person('Mara Lindqvist', 'meeting', 34, now, { ...marked, until: iso(-16), message: 'In the big room, with the people from Lund', tell_when_free: true }),
    person('Jonas Ek', 'available', 52, now, marked),
    person('Priya Raman', 'available', 8, now, { ...marked, activity: { on_call: true, interactions: 0 } }),
    person('ليلى حسن', 'away', 12, now, { ...marked, name: 'layla', group: null, message: 'أعود في الثانية عشرة والنصف' }),
    person('Bo Öst', 'offline', 60 * 17, now, marked),
    person('Ines Dupont', 'do_not_disturb', 20, now, { group: 'Malmö', until: iso(-40) }),
    person('Tomás Rey', 'out_of_office', 60 * 24 * 2, now, { group: 'Malmö' }),
    person('Aiko Sato', 'training', 31, now, { group: 'Malmö' }),
    person('Omar Haddad', 'offline', 0, now, { group: 'Malmö', since: null }),
  ];
};

export const SCENES: Record<string, Scene> = {
  workday(program, now) {
    workday(program, now);
    program.held = [];
    program.message = null;
  },
  'away-locked'(program, now) {
    workday(program, now);
    program.desk = { source: 'lock', since: now - 14 * MINUTE };
    program.signedIn = now - 44 * MINUTE;
  },
  meal,
  over(program, now) {
    meal(program, now);
    program.overstays = true;
    program.timed = { status: 'meal', since: now - 33 * MINUTE, until: now - 3 * MINUTE };
  },
  countdown(program, now) {
    workday(program, now);
    program.countdown = now + 25_000;
  },
  paused(program, now) {
    workday(program, now);
    program.paused = { until: now + 60 * MINUTE };
    program.snoozed = now + 30 * MINUTE;
  },
  dnd(program, now) {
    workday(program, now);
    program.standing = { status: 'do_not_disturb', since: now - 14 * MINUTE, until: null };
  },
  ended(program, now) {
    workday(program, now);
    program.ended = { status: 'meal', since: now - 44 * MINUTE, until: now - 14 * MINUTE };
  },
  secondary(program, now) {
    workday(program, now);
    program.statuses = [...program.statuses, ...SECONDARY];
    program.timed = { status: 'stand_up', since: now - 4 * MINUTE, until: now + 11 * MINUTE };
  },
  /** On a computer that an organisation looks after. */
  managed(program, now) {
    workday(program, now);
    const fixed: Partial<Record<string, string>> = { service: 'https://presence.example', language: 'en', 'start.with_session': 'true', shortcut: 'Ctrl+Alt+H', 'idle.after': '10m', 'lock.auto': 'true', 'away.covers': 'available' };
    program.settings = program.settings.map((one) => ({ ...one, value: fixed[one.key] ?? one.value, fixed: one.key in fixed }));
  },
  long(program, now) {
    workday(program, now);
    program.statuses = program.statuses.map((one) =>
      one.id === 'out_of_office' ? { ...one, label: 'Out of Office and on the road to the customer' } : one.id === 'available' ? { ...one, label: 'Available for everybody in Scandinavia' } : one,
    );
    program.settings = program.settings.map((one) => (one.key === 'name' ? { ...one, value: 'Wolfeschlegelsteinhausenbergerdorff Ōyama' } : one));
    program.timed = { status: 'out_of_office', since: now - 194 * MINUTE, until: now + 5000 * MINUTE };
    program.message = { text: 'With the people from Lund until the afternoon, then on the train to Göteborg, where the line comes and goes; call Mara instead', until: null };
    hold(program, now, Array.from({ length: 9 }, (_, n) => ['chat', 'held', 'Mara Lindqvist-Söderström', `Question ${n + 1}: can you look at the Lund case before the review this afternoon, or is somebody else closer to it?`, 90 - n * 9]));
  },
  corrected(program, now) {
    workday(program, now);
    const yesterday = addDays(startOfDay(now), -1);
    const at = (day: number, hour: number, minute = 0) => new Date(new Date(day).setHours(hour, minute)).toISOString();
    program.corrections = [
      { from: at(yesterday, 10, 10), to: at(yesterday, 10, 50), status: 'training', reason: 'The course began early', at: at(yesterday, 17) },
      { from: at(yesterday, 11), to: at(yesterday, 12, 20), status: 'meeting', reason: 'I was at a customer’s in Lund and forgot to say so before I left', at: at(yesterday, 17) },
    ];
  },
  years(program, now) {
    for (let back = 5 * 365; back >= 1; back -= 1) {
      const day = addDays(startOfDay(now), -back);
      const stays = Array.from({ length: 40 }, (_, n): Stay => [['available', 'busy', 'meeting', 'away'][n % 4] ?? '', 15]);
      put(program, stays, new Date(day).setHours(18));
    }
    program.signedIn = now;
  },
  empty(program, now) {
    program.signedIn = now;
    program.settings = program.settings.map((one) => (one.key === 'name' ? { ...one, value: '' } : one));
  },
  rtl(program, now) {
    meal(program, now);
    const words: Record<string, string> = { available: 'متاح', busy: 'مشغول', do_not_disturb: 'عدم الإزعاج', away: 'بعيد', meeting: 'اجتماع', break: 'استراحة', meal: 'وجبة', training: 'تدريب', out_of_office: 'خارج المكتب' };
    program.statuses = program.statuses.map((one) => ({ ...one, label: words[one.id] ?? null }));
    program.settings = program.settings.map((one) => (one.key === 'name' ? { ...one, value: 'ليلى حسن' } : one));
    program.message = { text: 'أعود في الثانية عشرة والنصف', until: now + 16 * MINUTE };
  },
  call(program, now) {
    workday(program, now);
    program.activity = { on_call: true, interactions: 2 };
  },
  proposal(program, now) {
    workday(program, now);
    program.proposal = { question: () => t('proposal.ask_set_span', { status: t('primary.meeting'), span: duration(45 * MINUTE) }), intent: { set: { status: 'meeting', lasts: { for: 2700 }, message: null } } };
  },
  /** Words that nobody would write, and somebody will. */
  wild(program, now) {
    workday(program, now);
    program.settings = program.settings.map((one) => (one.key === 'name' ? { ...one, value: `${'Llanfairpwllgwyngyll'.repeat(5)} ${'gogerychwyrndrobwll'.repeat(5)}` } : one));
    program.statuses = program.statuses.map((one) => (one.id === 'meeting' ? { ...one, label: 'Meeting with everybody who has ever had anything to do with the case in Lund, at l' } : one.id === 'busy' ? { ...one, label: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft' } : one));
    program.timed = { status: 'busy', since: now - 14 * MINUTE, until: now + 5000 * MINUTE };
    program.message = { text: `https://example.org/${'a-very-long-path-without-an-end/'.repeat(6)}?and=${'x'.repeat(280)}`.slice(0, 500), until: now + 90 * MINUTE };
    program.recent = [program.message.text, 'متاح بعد meeting في الثالثة', '\u202etxt.egassem a sdnes ohw'];
    hold(program, now, [
      ['chat', 'held', '\u202eMara', 'I send \u202ecod.exe and never close it', 9],
      ['chat', 'held', 'ليلى حسن', 'هل يمكنك النظر في Lund case قبل المراجعة؟', 7],
      ['chat', 'held', 'x'.repeat(200), `https://example.org/${'y'.repeat(200)}`, 5],
    ]);
  },
  /** Forty primary ones with secondary ones: three hundred. */
  many(program, now) {
    workday(program, now);
    const primaries = Array.from({ length: 30 }, (_, n) => ({ id: `team_${n}`, primary: `team_${n}`, label: `Team ${n + 1} at work`, glyph: 'busy', color: 'red', minutes: null, selectable: true }) as const);
    const all = [...program.statuses, ...primaries];
    const under = all.flatMap((one, n) => Array.from({ length: n % 2 === 0 ? 7 : 6 }, (_, k) => ({ ...one, id: `${one.id}_${k}`, label: `Case ${n + 1}.${k + 1}`, selectable: one.selectable })));
    program.statuses = [...all, ...under];
  },
  team,
  'team-offline'(program, now) {
    team(program, now);
    program.team.unreachable = 'the connection was refused';
  },
  'team-ended'(program, now) {
    team(program, now);
    program.team.ended = 'an administrator ended the sign-in';
  },
  'team-run'(program, now) {
    team(program, now);
    program.team.account = { service: 'https://nokeyring.example', name: 'ada', this_run_only: true };
    program.team.directory = program.team.directory.map((one) => ({ ...one, favourite: false, tell_when_free: false }));
  },
  /** Out of reach, and something is asked for; words of any length. */
  'team-wild'(program, now) {
    team(program, now);
    const long = 'Llanfairpwllgwyngyll'.repeat(8);
    program.team.unreachable = 'the connection was refused';
    program.team.asked = 'do_not_disturb';
    program.team.account = { service: `https://${'presence.'.repeat(12)}example`, name: long, this_run_only: true };
    program.team.directory = [person(`${long} ${long}`, 'out_of_office', 60 * 24 * 300, now, { name: 'x', group: long, until: new Date(now + 1e10).toISOString(), message: `https://example.org/${'y'.repeat(300)}`, activity: { on_call: true, interactions: 12 }, favourite: true, tell_when_free: true }), ...program.team.directory];
  },
  refuse(program, now) {
    workday(program, now);
    program.refuses = 'nothing was changed: the log can’t be written, because the disk is full. Free some space and try again';
  },
};
