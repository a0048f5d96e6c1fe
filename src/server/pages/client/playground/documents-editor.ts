import { decodeText } from '../../../../encoding/text-encoding.js';
import { byId, create, tell } from '../../../../inspection/report/client/shared/dom.js';
import { DocumentBlock } from './document-block.js';
import { takeFiles } from './file-drop.js';
import { documentsOfFile, documentsOfLines } from './text-documents.js';

/** If there are more documents, they are shown one per line, where possible. */
const MAX_BLOCKS = 200;

/** The documents, as blocks or one per line: two views of the same texts. */
export class DocumentsEditor {
  private readonly list = byId('blocks', HTMLOListElement);
  private readonly lines = byId('lines', HTMLTextAreaElement);
  private readonly add = byId('add', HTMLButtonElement);
  private readonly notice = byId('documents-notice', HTMLElement);
  private readonly count = byId('document-count', HTMLElement);
  private readonly views = [...document.querySelectorAll<HTMLInputElement>('input[name=view]')];
  private blocks: DocumentBlock[] = [];

  /** @param onChange called when the texts have changed. */
  constructor(private readonly onChange: () => void) {
    for (const view of this.views) {
      view.addEventListener('change', () => this.show(this.texts(), view.value === 'lines'));
    }
    this.lines.addEventListener('input', () => this.changed());
    this.add.addEventListener('click', () => {
      this.append('').focus();
      this.changed();
    });
    byId('clear', HTMLButtonElement).addEventListener('click', () => {
      this.set([]);
      this.focusOn(0);
    });
    takeFiles(
      {
        target: this.list.closest('section') as HTMLElement,
        button: byId('open', HTMLButtonElement),
        input: byId('file', HTMLInputElement),
      },
      (files) => void this.read(files),
    );
  }

  /** The texts to score, without empty ones. */
  texts(): string[] {
    return this.isLines ? documentsOfLines(this.lines.value) : textsOf(this.blocks);
  }

  /** Replaces all documents. */
  set(texts: readonly string[]): void {
    this.show(texts, this.isLines);
    this.onChange();
  }

  private get isLines(): boolean {
    return !this.lines.hidden;
  }

  private show(texts: readonly string[], asLines: boolean): void {
    const isLines = (asLines || texts.length > MAX_BLOCKS) && !texts.some(hasLines);
    this.lines.hidden = !isLines;
    this.list.hidden = isLines;
    this.add.hidden = isLines;
    this.lines.value = isLines ? texts.join('\n') : '';
    this.blocks = [];
    this.list.replaceChildren();
    for (const text of isLines ? [] : texts.length > 0 ? texts : ['']) {
      this.append(text);
    }
    this.tell(undefined);
    this.refresh();
  }

  private append(text: string): DocumentBlock {
    const block: DocumentBlock = new DocumentBlock(text, {
      onInput: () => this.changed(),
      onRemove: () => this.remove(block),
      onPaste: (pasted) => this.paste(pasted, block),
    });
    this.blocks.push(block);
    this.list.append(block.element);
    block.grow();
    return block;
  }

  private remove(block: DocumentBlock): void {
    const at = this.blocks.indexOf(block);
    this.blocks.splice(at, 1);
    block.element.remove();
    if (this.blocks.length === 0) {
      this.append('');
    }
    this.focusOn(at);
    this.changed();
  }

  /** Lines pasted into an empty block become one document each, unless the user wants them as one document. */
  private paste(text: string, block: DocumentBlock): boolean {
    const documents = documentsOfLines(text);
    if (documents.length < 2) {
      return false;
    }
    const at = this.blocks.indexOf(block);
    const ahead = textsOf(this.blocks.slice(0, at));
    const behind = textsOf(this.blocks.slice(at + 1));
    this.set([...ahead, ...documents, ...behind]);
    this.focusOn(ahead.length + documents.length - 1);
    const asOne = create('button', { type: 'button', class: 'button' }, 'Keep as one');
    asOne.addEventListener('click', () => {
      this.set([...ahead, text, ...behind]);
      this.focusOn(ahead.length);
    });
    this.tell(`${documents.length} lines became ${documents.length} documents.`, asOne);
    return true;
  }

  /** Replaces all documents by the contents of files. */
  private async read(files: readonly File[]): Promise<void> {
    try {
      const lists = await Promise.all(
        files.map(async (file) =>
          documentsOfFile(file.name, decodeText(new Uint8Array(await file.arrayBuffer()), file.name)),
        ),
      );
      const documents = lists.flat();
      this.set(documents);
      const names = files.map(({ name }) => name).join(', ');
      this.tell(`${documents.length} ${documents.length === 1 ? 'document' : 'documents'} from ${names}.`);
    } catch (error) {
      this.tell((error as Error).message);
    }
  }

  private focusOn(at: number): void {
    (this.isLines ? this.lines : this.blocks[Math.min(at, this.blocks.length - 1)])?.focus();
  }

  private tell(message: string | undefined, ...actions: readonly HTMLElement[]): void {
    tell(this.notice, message);
    this.notice.append(...actions);
  }

  private changed(): void {
    this.refresh();
    this.onChange();
  }

  /** Gives the blocks the numbers of their results. */
  private refresh(): void {
    let number = 0;
    for (const block of this.blocks) {
      block.show(block.isBlank ? undefined : ++number);
    }
    const texts = this.texts();
    this.count.textContent = String(texts.length);
    for (const view of this.views) {
      view.disabled = view.value === 'lines' && texts.some(hasLines);
      view.checked = (view.value === 'lines') === this.isLines;
      (view.parentElement as HTMLElement).title = view.disabled ? 'A document has several lines' : '';
    }
  }
}

function textsOf(blocks: readonly DocumentBlock[]): string[] {
  return blocks.filter(({ isBlank }) => !isBlank).map(({ text }) => text);
}

function hasLines(text: string): boolean {
  return /[\r\n]/.test(text);
}
