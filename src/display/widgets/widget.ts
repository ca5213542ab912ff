import { ArgumentError } from '../../errors.js';
import { displaySymbol } from '../format.js';
import { host, type Comm, type CommData, type MimeBundle } from '../host.js';

/** What a widget's front shows and sends back: JSON, widgets (by reference) and bytes. */
export type WidgetState = Readonly<Record<string, unknown>>;

/** Stands for a widget in an output. */
export const widgetMime = 'application/vnd.jupyter.widget-view+json';
const target = 'jupyter.widget';
/** A page that can show widgets opens this channel as soon as it has a kernel, to ask which ones there are. */
const controlTarget = 'jupyter.widget.control';
/** Versions of the messages and of the front's module that are asked for. */
const versions = { protocol: '2.1.0', controls: '2.0.0' };

/** A widget of any state. */
export type AnyWidget = Pick<Widget, 'id' | 'state' | typeof displaySymbol>;

const open = new Map<string, AnyWidget>();
/** Which widgets were there when a page asked. */
const restored = new Set<string>();

/** Whether the notebook's front is known to have widgets; one that opens no notebook, such as nbclient, has none. */
export function hasWidgets(): boolean {
  return host()?.speaks?.(controlTarget) ?? false;
}

/**
 * A widget in the ipywidgets protocol: its state lives here and in the notebook's front, and either side changes it.
 *
 * The front comes with PyPI's `jupyterlab_widgets`. As the last expression of a cell a widget shows itself; where there
 * are no widgets, its text is shown.
 *
 * @see https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md
 */
export class Widget<State extends WidgetState = WidgetState> {
  #state: State;
  readonly #comm: Comm;
  readonly #watchers = new Set<(changed: Partial<State>) => void>();

  /**
   * @param name - The widget's name in the front's module, without 'Model' and 'View': 'FloatSlider'.
   * @throws {ArgumentError} Outside a notebook.
   */
  constructor(name: string, state: State) {
    const kernel = host();
    if (!kernel) throw new ArgumentError(`${name}: needs a notebook's frontend, got a terminal`);
    kernel.onComm(controlTarget, answerControl);
    this.#state = { ...moduleState(name), ...state };
    const { plain, paths, buffers } = withoutBytes(this.#state);
    this.#comm = kernel.openComm(target, {
      data: { state: plain, buffer_paths: paths },
      metadata: { version: versions.protocol },
      buffers,
    });
    this.#comm.onMessage((message) => this.#receive(message));
    this.#comm.onClose(() => open.delete(this.id));
    open.set(this.id, this);
  }

  /** The widget's name: outputs, and the state of other widgets, refer to it by this. */
  get id(): string {
    return this.#comm.id;
  }

  /** The state as it is now, with the user's changes. */
  get state(): State {
    return this.#state;
  }

  /** Whether a page that was loaded later than the widget shows it. */
  get isRestored(): boolean {
    return restored.has(this.id);
  }

  /** Changes some of the state, here and in the front. */
  set(changes: Partial<State>): void {
    this.#state = { ...this.#state, ...changes };
    this.#send(changes);
  }

  /** Calls `changed` with what the user changed, each time; returns a function that ends this. */
  onChange(changed: (changes: Partial<State>) => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  /** Removes the widget from the front. */
  close(): void {
    open.delete(this.id);
    restored.delete(this.id);
    this.#comm.close();
  }

  /** What a notebook shows. */
  [displaySymbol](): MimeBundle {
    return {
      [widgetMime]: {
        version_major: 2,
        version_minor: 0,
        model_id: this.id,
      },
      'text/plain': `${String(this.#state['_model_name'])}: run the cell in a notebook with widgets`,
    };
  }

  #send(state: WidgetState): void {
    const { plain, paths, buffers } = withoutBytes(state);
    this.#comm.send({ data: { method: 'update', state: plain, buffer_paths: paths }, buffers });
  }

  #receive({ data }: CommData): void {
    // The front sends what the protocol says.
    const { method, state } = data as { method?: string; state?: Partial<State> };
    if (method === 'request_state') {
      restored.add(this.id);
      this.#send(this.#state);
    }
    if (method !== 'update' || !state) return;
    this.#state = { ...this.#state, ...state };
    for (const changed of this.#watchers) changed(state);
  }
}

/** The names by which the front finds a widget's code. */
function moduleState(name: string) {
  const module = '@jupyter-widgets/controls';
  return {
    _model_module: module,
    _model_module_version: versions.controls,
    _model_name: `${name}Model`,
    _view_module: module,
    _view_module_version: versions.controls,
    _view_name: `${name}View`,
  };
}

/** Answers a page that was loaded again and asks which widgets there are. */
function answerControl(comm: Comm): void {
  comm.onMessage(({ data }) => {
    if ((data as { method?: string }).method !== 'request_states') return;
    for (const id of open.keys()) restored.add(id);
    const widgets = [...open.values()].map(({ id, state }) => ({ id, state, parts: withoutBytes(state) }));
    const states = widgets.map(({ id, state, parts: { plain } }) => [
      id,
      {
        model_name: state['_model_name'],
        model_module: state['_model_module'],
        model_module_version: state['_model_module_version'],
        state: plain,
      },
    ]);
    comm.send({
      data: {
        method: 'update_states',
        states: Object.fromEntries(states) as object,
        buffer_paths: widgets.flatMap(({ id, parts: { paths } }) =>
          paths.map((path) => [id, 'state', ...path]),
        ),
      },
      buffers: widgets.flatMap(({ parts: { buffers } }) => buffers),
    });
  });
}

/** State as JSON: widgets by reference; bytes apart, with the places where they belong. */
function withoutBytes(state: WidgetState) {
  const [plain, paths, buffers]: [Record<string, unknown>, string[][], Uint8Array[]] = [{}, [], []];
  for (const [name, value] of Object.entries(state)) {
    if (value instanceof Uint8Array) {
      paths.push([name]);
      buffers.push(value);
    } else plain[name] = referenced(value);
  }
  return { plain, paths, buffers };
}

function referenced(value: unknown): unknown {
  if (value instanceof Widget) return `IPY_MODEL_${value.id}`;
  return Array.isArray(value) ? value.map(referenced) : value;
}
