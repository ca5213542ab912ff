import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { Channels } from '../../src/kernel/channels.js';

/** Opens a server on a free port of the loopback interface. */
async function take(): Promise<{ port: number; give: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { port, give: () => new Promise((resolve) => server.close(() => resolve())) };
}

describe('the kernel', () => {
  it('waits for a port that somebody else holds for a moment', async () => {
    const taken = {
      shell: await take(),
      iopub: await take(),
      stdin: await take(),
      control: await take(),
      hb: await take(),
    };
    const channels = new Channels({
      transport: 'tcp',
      ip: '127.0.0.1',
      key: '',
      ports: {
        shell: taken.shell.port,
        iopub: taken.iopub.port,
        stdin: taken.stdin.port,
        control: taken.control.port,
        hb: taken.hb.port,
      },
    });
    const opened = channels.open(() => {});
    await Promise.all(Object.values(taken).map(({ give }) => give()));
    await assert.doesNotReject(opened);
    await channels.close();
  });
});
