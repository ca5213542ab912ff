/** A field's type; `?` marks one that may be missing. */
type Type = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'strings' | 'any';
type Shape = Record<string, Type | `${Type}?`>;

const failed: Shape = {
  status: 'string',
  ename: 'string',
  evalue: 'string',
  traceback: 'strings',
  execution_count: 'number?',
};

/** Content of every message that a kernel sends, after the protocol's documentation, version 5.3. */
const shapes: Record<string, Shape> = {
  kernel_info_reply: {
    status: 'string',
    protocol_version: 'string',
    implementation: 'string',
    implementation_version: 'string',
    language_info: 'object',
    banner: 'string',
    debugger: 'boolean?',
    help_links: 'array?',
    supported_features: 'strings?',
  },
  execute_reply: {
    status: 'string',
    execution_count: 'number',
    payload: 'array',
    user_expressions: 'object',
  },
  inspect_reply: { status: 'string', found: 'boolean', data: 'object', metadata: 'object' },
  complete_reply: {
    status: 'string',
    matches: 'strings',
    cursor_start: 'number',
    cursor_end: 'number',
    metadata: 'object',
  },
  is_complete_reply: { status: 'string', indent: 'string?' },
  history_reply: { status: 'string', history: 'array' },
  comm_info_reply: { status: 'string', comms: 'object' },
  shutdown_reply: { status: 'string', restart: 'boolean' },
  interrupt_reply: { status: 'string' },
  input_request: { prompt: 'string', password: 'boolean' },
  stream: { name: 'string', text: 'string' },
  display_data: { data: 'object', metadata: 'object', transient: 'object' },
  update_display_data: { data: 'object', metadata: 'object', transient: 'object' },
  execute_input: { code: 'string', execution_count: 'number' },
  execute_result: { execution_count: 'number', data: 'object', metadata: 'object' },
  error: { ename: 'string', evalue: 'string', traceback: 'strings' },
  status: { execution_state: 'string' },
  clear_output: { wait: 'boolean' },
  comm_open: { comm_id: 'string', target_name: 'string', data: 'object' },
  comm_msg: { comm_id: 'string', data: 'object' },
  comm_close: { comm_id: 'string', data: 'object' },
};

/** Throws unless the content is what the protocol says for this type of message. */
export function checkMessage(type: string, content: Record<string, unknown>): void {
  const aborted = content['status'] === 'aborted' ? { status: 'string' as const } : undefined;
  const shape: Shape | undefined = content['status'] === 'error' ? failed : (aborted ?? shapes[type]);
  if (!shape) throw new Error(`checkMessage: the protocol knows no ${type}`);
  for (const [field, rule] of Object.entries(shape)) {
    const optional = rule.endsWith('?');
    if (content[field] === undefined && optional) continue;
    if (!fits(content[field], rule.replace('?', '') as Type))
      throw new Error(
        `checkMessage: ${type}.${field} must be ${rule}, got ${JSON.stringify(content[field])}`,
      );
  }
  for (const field of Object.keys(content))
    if (!(field in shape)) throw new Error(`checkMessage: ${type} has no field ${field}`);
}

function fits(value: unknown, type: Type): boolean {
  if (type === 'any') return true;
  if (type === 'array') return Array.isArray(value);
  if (type === 'strings') return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
