import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import '../../../src/native/index.js';
import { displaySymbol } from '../../../src/display/format.js';
import { Laboratory } from '../../../src/experiments/laboratory.js';
import type { SectionDefinition } from '../../../src/experiments/section.js';
import { sections } from '../../../src/experiments/sections/index.js';
import { Figure } from '../../../src/figures/figure.js';
import { Statements } from '../../../src/tables/statements.js';
import { Table } from '../../../src/tables/table.js';
import { temporaryFolder } from '../../fixtures/temporaryFolder.js';
import { tiny } from '../../fixtures/tinyProfile.js';
import { checkFigure, checkTable } from './viewers.js';

const folder = temporaryFolder();

const results = () =>
  readdirSync(path.join(folder, 'results'), { recursive: true }).filter((name) =>
    /result\.json$/.test(String(name)),
  ).length;

describe('the exhibits of every section', () => {
  before(() => {
    process.env.ROARBOOK_STORE = folder;
  });
  after(() => {
    delete process.env.ROARBOOK_STORE;
  });

  for (const [name, definition] of Object.entries<SectionDefinition>(sections)) {
    it(`${name}: need its tasks and no others, and say where their numbers come from`, async () => {
      const laboratory = new Laboratory(tiny());
      const store = await laboratory.store();
      for (const task of definition.tasks(await laboratory.recipe())) await store.result(task);
      const computed = results();
      const exhibits = await definition.open(laboratory).exhibits();
      assert.equal(results(), computed);
      assert.ok(exhibits.length > 3);
      assert.equal(new Set(exhibits.map((exhibit) => exhibit.name)).size, exhibits.length);
      for (const { shown, title } of exhibits) {
        if (shown instanceof Statements) continue;
        assert.match(shown.caption, /Profile smoke \(.*\)\. Data: generated shapes.*\. Seed 0\. /s, title);
      }
    });

    it(`${name}: are shown by every viewer`, async () => {
      for (const { shown, title } of await definition.open(new Laboratory(tiny())).exhibits()) {
        const bundle = await shown[displaySymbol]();
        if (shown instanceof Figure) await checkFigure(shown, bundle, title);
        else if (shown instanceof Table) checkTable(bundle, title);
        else assert.deepEqual(Object.keys(bundle), ['text/markdown', 'text/plain']);
      }
    });

    it(`${name}: gives the same numbers when read back`, async () => {
      const [first, second] = [new Laboratory(tiny()), new Laboratory(tiny())];
      assert.deepEqual(await definition.open(first).results(), await definition.open(second).results());
    });
  }
});
