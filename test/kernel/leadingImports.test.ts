import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leadingImports } from '../../src/kernel/leadingImports.js';

describe('leadingImports', () => {
  it('finds the packages that a cell imports first, in order', () => {
    const code = `// A cell's imports
/* of every
   kind */ import * as tf from '@tensorflow/tfjs-node';
import { a,
  type B as C } from "one"; import d, { e } from 'two/part.js'
import 'three';
import fs from 'node:fs';
import type { T } from 'types-only';
import $ from"four";
const x = 1;
import later from 'later';`;
    assert.deepEqual(leadingImports(code), ['@tensorflow/tfjs-node', 'one', 'two/part.js', 'three', 'four']);
  });

  it('ends at a local module and at whatever else may run', () => {
    for (const first of [
      "import './patch';",
      "import x from '../x.js';",
      'process.env.LEVEL = "3";',
      "import('dynamic');",
      'import.meta.url;',
      'important;',
      "'use strict';",
      '%%bash',
      "import broken from 'half",
    ])
      assert.deepEqual(leadingImports(`import 'before';\n${first}\nimport 'after';`), ['before'], first);
  });

  it('reads a cell of a million characters in a moment', () => {
    const start = performance.now();
    for (const text of ['import {', 'import * ', '/* ', ' ', 'import a,', "import '"])
      leadingImports(text.repeat(1_000_000 / text.length));
    assert.ok(performance.now() - start < 1000);
  });
});
