import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  engines: { node: string };
  scripts: Record<string, string>;
};
const devcontainer = JSON.parse(read('.devcontainer/devcontainer.json')) as {
  build: { dockerfile: string; target: string };
  postCreateCommand: string;
};
const dockerfile = read('Dockerfile');
const postBuild = read('.binder/postBuild');

/** What the set-up says is missing where it is not there. */
const needed = ['g++', 'python3', 'python3-venv'];

describe('the files for hosted Jupyter, dev containers and Docker', () => {
  it('set everything up by the one script', () => {
    // VS Code looks for kernels in the user's folder, and in .venv only with the extension for Python.
    assert.equal(devcontainer.postCreateCommand, 'npm run setup && node dist/cli.js kernel install');
    assert.match(dockerfile, /^RUN npm run setup$/m);
    assert.match(postBuild, /^npm run setup$/m);
    const named = [...`${dockerfile}${postBuild}`.matchAll(/"?npm"?,? "?run"?,? "?([\w:]+)/g)];
    assert.ok(named.length >= 3);
    for (const [, script = ''] of named) assert.ok(manifest.scripts[script], script);
  });

  it('take a Node that package.json allows', () => {
    const least = manifest.engines.node.replace('>=', '');
    assert.match(dockerfile, new RegExp(`^ARG NODE=${least}$`, 'm'));
    assert.match(read('.binder/environment.yml'), new RegExp(`- nodejs>=${least},`));
  });

  it('install what the set-up asks for', () => {
    const messages = read('scripts/machine.mjs');
    for (const name of needed)
      assert.match(messages, new RegExp(`apt install[^']*${name.replace(/\+/g, '\\+')}`));
    const installed = /apt-get install -y --no-install-recommends (.*) \\$/m
      .exec(dockerfile)?.[1]
      ?.split(' ');
    assert.deepEqual(
      needed.filter((name) => !installed?.includes(name)),
      [],
    );
    // Its Python is conda's, which has venv.
    assert.deepEqual(read('.binder/apt.txt').trim().split('\n'), ['g++']);
  });

  it('name files and stages that are there', () => {
    assert.ok(statSync(path.join(root, '.devcontainer', devcontainer.build.dockerfile)).isFile());
    assert.match(dockerfile, new RegExp(` AS ${devcontainer.build.target}$`, 'm'));
    assert.ok(statSync(path.join(root, '.binder', '../requirements.txt')).isFile());
    assert.match(read('.binder/environment.yml'), /- -r \.\.\/requirements\.txt$/m);
  });

  it('give repo2docker a Notebook made from the JupyterLab of the set-up', () => {
    // Notebook 7.N takes JupyterLab 4.N alone; the image brings both, in older versions.
    const notebook = /- notebook==7\.(\d+)\./.exec(read('.binder/environment.yml'))?.[1];
    const lab = /^jupyterlab==4\.(\d+)\./m.exec(read('requirements.txt'))?.[1];
    assert.ok(notebook);
    assert.equal(notebook, lab);
  });

  it('leave out of the image what the set-up makes, and let repo2docker run its part', () => {
    const ignored = read('.dockerignore').trim().split('\n');
    for (const name of ['node_modules', 'dist', '.venv']) assert.ok(ignored.includes(name), name);
    assert.ok((statSync(path.join(root, '.binder/postBuild')).mode & 0o111) !== 0);
    assert.match(postBuild, /^node dist\/cli\.js kernel install --prefix "\$NB_PYTHON_PREFIX"$/m);
  });
});
