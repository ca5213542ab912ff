import { parentPort, workerData } from 'node:worker_threads';
import { complete, inspect, isComplete } from './assistance.js';
import type { LanguageAnswers, LanguageRequest } from './protocol.js';
import { Session } from './session.js';

/** Entry of the language worker: answers requests one after the other; user code never runs here. */
const { cwd } = workerData as { cwd: string };
let session = new Session(cwd);

function answer(request: LanguageRequest): LanguageAnswers[LanguageRequest['op']] {
  switch (request.op) {
    case 'convert':
      return session.convert(request.code, request.count, request.check);
    case 'commit':
      session.commit(request.count, request.reached);
      return null;
    case 'complete':
      return complete(session, request.code, request.cursor);
    case 'inspect':
      return inspect(session, request.code, request.cursor);
    case 'isComplete':
      return isComplete(request.code);
    case 'module':
      return session.module(request.path);
    case 'reset':
      session = new Session(cwd);
      return null;
  }
}

parentPort?.on('message', ({ id, request }: { id: number; request: LanguageRequest }) => {
  try {
    parentPort?.postMessage({ id, answer: answer(request) });
  } catch (error) {
    parentPort?.postMessage({
      id,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
});

// The first program reads the library's types, the largest part of the first cell's time: do it before anyone asks.
session.convert('const warm = [1].map((x) => x + 1);\nconsole.log(warm)', 0, true);
complete(session, 'console.lo', 10);
