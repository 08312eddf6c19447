/** The team's people, as they are looked through: those one follows first, then team by team. */
import type { PersonRow } from '../protocol/PersonRow';

export interface Group {
  name: string;
  people: PersonRow[];
}

/** Without a name for them, favourites stand with their teams. */
export function grouped(people: readonly PersonRow[], names: { favourites: string; others: string }): Group[] {
  const groups = new Map<string, PersonRow[]>();
  for (const person of people) {
    const name = (person.favourite && names.favourites) || (person.group ?? names.others);
    groups.set(name, [...(groups.get(name) ?? []), person]);
  }
  const rank = (name: string) => (name === names.favourites ? 0 : name === names.others ? 2 : 1);
  return [...groups].map(([name, people]) => ({ name, people })).sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}
