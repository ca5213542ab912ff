import { readFileSync } from 'node:fs';
import { protocolVersion, type Content } from './wire.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What a client asks first. */
export function kernelInfo(): Content {
  return {
    status: 'ok',
    protocol_version: protocolVersion,
    implementation: 'roarbook',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: '5.9',
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      codemirror_mode: { name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
    },
    banner: `Roarbook ${version}: TypeScript on Node ${process.version}`,
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'TensorFlow.js', url: 'https://js.tensorflow.org/api/latest/' },
    ],
    debugger: false,
    supported_features: [],
  };
}
