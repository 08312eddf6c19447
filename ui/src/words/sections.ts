/** The sections of the catalogue that only the resident program says: the window's chunks do without them. */
export const RESIDENT = ['tray', 'notice', 'refusal', 'done', 'truth', 'why', 'span', 'team', 'fault'] as const;
