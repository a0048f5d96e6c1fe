/** Takes files that are dropped on an element or chosen by its button. */
export function takeFiles(
  {
    target,
    button,
    input,
  }: {
    readonly target: HTMLElement;
    readonly button: HTMLButtonElement;
    readonly input: HTMLInputElement;
  },
  onFiles: (files: readonly File[]) => void,
): void {
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    onFiles([...(input.files ?? [])]);
    input.value = '';
  });
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  target.addEventListener('dragover', (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
      target.dataset.drop = '';
    }
  });
  target.addEventListener('dragleave', () => delete target.dataset.drop);
  target.addEventListener('drop', (event) => {
    delete target.dataset.drop;
    if (hasFiles(event)) {
      event.preventDefault();
      onFiles([...(event.dataTransfer?.files ?? [])]);
    }
  });
}
