import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { cifar10 } from '../../src/data/cifar10.js';
import { DataError, InterruptedError } from '../../src/errors.js';

/** A ustar archive: name, content, and the type ('0' a file, '2' a link). */
function tar(...entries: [name: string, content: Buffer, type?: string][]): Buffer {
  const blocks = entries.flatMap(([name, content, type = '0']) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write('0000644\0', 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write(`        ${type}`, 148);
    if (type === '2') header.write('/etc', 157);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** Bytes that do not compress, so that the archive is long enough to be cut. */
function noise(length: number): Buffer {
  let word = 1;
  return Buffer.from(Array.from({ length }, () => (word = (word * 16807) % 2147483647) & 255));
}

const batch = Buffer.concat([Buffer.of(7), noise(3072)]);
const good = tar(
  ['cifar-10-batches-bin/', Buffer.alloc(0), '5'],
  ['cifar-10-batches-bin/data_batch_1.bin', batch],
  ['cifar-10-batches-bin/other.sh', Buffer.from('ignored')],
  ['cifar-10-batches-bin/test_batch.bin', batch],
);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Sends the archive from where the client asks, and breaks the connection after `cut` bytes. */
function serve(archive: Buffer, { ranges = true, cut = Infinity } = {}): Answer {
  return (request, response) => {
    const start = ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    const length = archive.length - start;
    response.writeHead(start ? 206 : 200, {
      'content-length': length,
      'content-encoding': 'gzip',
      ...(start && { 'content-range': `bytes ${start}-${archive.length - 1}/${archive.length}` }),
    });
    response.write(archive.subarray(start, start + Math.min(cut, length)), () =>
      cut < length ? response.destroy() : response.end(),
    );
  };
}

let server: Server;
let url: string;
let answers: Answer[];
let asked: (string | undefined)[];
let root: string;
let cache: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'roarbook-download-'));
  server = createServer((request, response) => {
    asked.push(request.headers.range);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar.tar.gz`;
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true });
});
beforeEach(async () => {
  cache = await mkdtemp(join(root, 'cache-'));
  asked = [];
});

function fetch(archive = good, more: { signal?: AbortSignal; md5?: string } = {}) {
  const md5 = more.md5 ?? createHash('md5').update(archive).digest('hex');
  const signal = more.signal ?? new AbortController().signal;
  return cifar10({ cache, signal, archive: { url, bytes: archive.length, md5 } });
}

const files = () => readdir(cache);

describe('the download of cifar10', () => {
  it('unpacks the batches alone, leaves no other file, and is not repeated', async () => {
    answers = [serve(good)];
    assert.deepEqual([...(await fetch()).train.labels], [7]);
    assert.deepEqual(await files(), ['cifar-10-batches-bin']);
    assert.deepEqual(await readdir(join(cache, 'cifar-10-batches-bin')), [
      'data_batch_1.bin',
      'test_batch.bin',
    ]);
    await fetch();
    assert.equal(asked.length, 1);
  });

  it('takes up a cut connection where it broke', async () => {
    answers = [serve(good, { cut: 1000 }), serve(good, { cut: 500 }), serve(good)];
    assert.equal((await fetch()).test.labels[0], 7);
    assert.deepEqual(asked, [undefined, 'bytes=1000-', 'bytes=1500-']);
  });

  it('resumes in the next call what this one could not finish', async () => {
    answers = [serve(good, { cut: 1000 }), serve(good, { cut: 0 })];
    await assert.rejects(
      fetch(),
      /must be reachable, got .* at 0\.0 MB of .*; run again to resume, or fetch and/,
    );
    assert.deepEqual(await files(), ['cifar.tar.gz.part']);
    answers = [serve(good)];
    await fetch();
    assert.equal(asked.at(-1), 'bytes=1000-');
  });

  it('starts again where the server knows no ranges', async () => {
    await writeFile(join(cache, 'cifar.tar.gz.part'), good.subarray(0, 700));
    answers = [serve(good, { ranges: false })];
    assert.equal((await fetch()).train.labels[0], 7);
    assert.deepEqual(asked, ['bytes=700-']);
  });

  it('takes over the part of a process that was killed, not that of one that runs', async () => {
    // The highest process id that Linux can give is 2^22; process 1 always runs.
    await writeFile(join(cache, `cifar.tar.gz.part-${hostname()}-4194305-0`), good.subarray(0, 900));
    const running = `cifar.tar.gz.part-${hostname()}-1-0`;
    await writeFile(join(cache, running), good.subarray(0, 1200));
    answers = [serve(good)];
    await fetch();
    assert.deepEqual(asked, ['bytes=900-']);
    assert.deepEqual(await files(), ['cifar-10-batches-bin', running]);
  });

  it('replaces a damaged part once, so that it never spoils the whole', async () => {
    await writeFile(join(cache, 'cifar.tar.gz.part'), Buffer.alloc(800));
    answers = [serve(good)];
    assert.equal((await fetch()).train.labels[0], 7);
    assert.deepEqual(asked, ['bytes=800-', undefined]);
  });

  it('deletes a download with the wrong checksum, and says so', async () => {
    answers = [serve(good)];
    const md5 = '0'.repeat(32);
    await assert.rejects(fetch(good, { md5 }), (error) => {
      assert.ok(error instanceof DataError);
      assert.match(
        error.message,
        /must have md5 0{32}, got [0-9a-f]{32}; it was deleted, run again or fetch and/,
      );
      return true;
    });
    assert.deepEqual(await files(), []);
  });

  it('never takes a half archive for a whole one, even with a matching checksum', async () => {
    const half = good.subarray(0, 2000);
    answers = [serve(half)];
    await assert.rejects(fetch(half), /^DataError: cifar10: .* must be a whole \.tar\.gz, got: /);
    assert.deepEqual(await files(), []);
  });

  it('writes nothing outside its folder', async () => {
    for (const name of ['cifar-10-batches-bin/../../evil.bin', '/tmp/evil.bin']) {
      const evil = tar([name, batch], ['cifar-10-batches-bin/data_batch_1.bin', batch]);
      answers = [serve(evil)];
      await assert.rejects(fetch(evil), /paths in the archive must stay inside its folder, got /);
    }
    const link = tar(['cifar-10-batches-bin/data_batch_1.bin', Buffer.alloc(0), '2']);
    answers = [serve(link)];
    await assert.rejects(fetch(link), /got no data_batch_N\.bin/);
    assert.deepEqual(await files(), []);
  });

  it('stops on the signal, keeps what has come, and resumes', async () => {
    const controller = new AbortController();
    answers = [
      (_, response) => {
        response.writeHead(200, { 'content-length': good.length });
        response.write(good.subarray(0, 1000), () => setImmediate(() => controller.abort()));
      },
    ];
    await assert.rejects(fetch(good, { signal: controller.signal }), (error) => {
      assert.ok(error instanceof InterruptedError);
      assert.match(error.message, /the download was stopped at 0\.0 MB; run again to resume/);
      return true;
    });
    answers = [serve(good)];
    assert.equal((await fetch()).train.labels[0], 7);
  });

  it('gives two calls at once the same whole files', async () => {
    answers = [serve(good)];
    const [first, second] = await Promise.all([fetch(), fetch()]);
    assert.equal(first.source.checksum, second.source.checksum);
    assert.deepEqual(await files(), ['cifar-10-batches-bin']);
    assert.deepEqual(await readFile(join(cache, 'cifar-10-batches-bin', 'data_batch_1.bin')), batch);
  });

  it('names status, host and remedy when the file is not there or nobody answers', async () => {
    answers = [(_, response) => response.writeHead(404).end()];
    await assert.rejects(fetch(), /cifar\.tar\.gz must be reachable, got HTTP status 404 at/);
    // Port 9 (discard) is closed on any machine that runs these tests.
    const archive = { url: 'http://127.0.0.1:9/c.tar.gz', bytes: 1, md5: '' };
    await assert.rejects(
      cifar10({ cache, archive }),
      /must be reachable, got .*ECONNREFUSED.*; run again to resume, or/,
    );
  });

  it('follows a redirect', async () => {
    answers = [(_, response) => response.writeHead(302, { location: '/elsewhere' }).end(), serve(good)];
    assert.equal((await fetch()).train.labels[0], 7);
  });

  it('says that the cache cannot be written to', async () => {
    const file = join(cache, 'file');
    await writeFile(file, '');
    await mkdir(join(cache, 'other'));
    const archive = { url, bytes: 1, md5: '' };
    await assert.rejects(
      cifar10({ cache: join(file, 'inside'), archive }),
      /^DataError: cifar10: .* must be writable and have 400 MB free, got ENOTDIR.*; choose another folder with XDG/,
    );
  });
});
