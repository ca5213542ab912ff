import type { Figure } from '../figures/figure.js';
import type { Statements } from '../tables/statements.js';
import type { Table } from '../tables/table.js';
import type { Laboratory } from './laboratory.js';
import type { Profile } from './profile.js';
import type { Recipe } from './recipe.js';
import type { Task } from './task.js';

/** A figure, a table or claims that a section ends with, as the report shows them. */
export interface Exhibit {
  /** Names its files: 'figure1'. */
  readonly name: string;
  /** 'Figure 1: accuracy after removal'. */
  readonly title: string;
  readonly shown: Figure | Table | Statements;
}

/** A section of the paper in a profile: what every section can do beside its own calls. */
export interface Section {
  readonly profile: Profile;
  /** What the report shows, in the notebook's order; computes what is not there yet. */
  exhibits(): Promise<Exhibit[]>;
  /** Every number, option and version, as plain JSON. */
  results(): Promise<object>;
}

/** What makes a section: a member of `sections`. */
export interface SectionDefinition<Opened extends Section = Section> {
  /** 'A. Other defenses: Fig 1, Fig 2'. */
  readonly title: string;
  /** Its file in `notebooks/`. */
  readonly notebook: string;
  /** Whether `npm run reproduce` runs it without `--all`. */
  readonly firstLook?: boolean;
  /** Everything that the section computes, as a plain list; nothing is computed here. */
  tasks(recipe: Recipe): Task[];
  /** The section's calls on a laboratory. */
  open(laboratory: Laboratory): Opened;
}
