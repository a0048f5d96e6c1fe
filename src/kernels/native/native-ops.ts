import { backend, type DataType, type Tensor, tensor1d } from '@tensorflow/tfjs-core';

/** Numbers of TensorFlow's dtypes (tensorflow/core/framework/types.proto). */
export const TF = { float32: 1, int32: 3, qint8: 11, bfloat16: 14 } as const;
export type TfType = (typeof TF)[keyof typeof TF];

/** Kinds of attributes (TF_AttrType in tensorflow/c/tf_attrtype.h). */
const KIND = { string: 0, int: 1, float: 2, bool: 3, type: 4 } as const;

/** An attribute of an operation. Lists of strings and types need the binding that setup-native builds. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: string | number | boolean | readonly string[] | readonly number[];
}

const attribute =
  <T extends Attribute['value']>(type: number) =>
  (name: string, value: T): Attribute => ({ name, type, value });
export const stringAttribute = attribute<string | readonly string[]>(KIND.string);
export const intAttribute = attribute<number>(KIND.int);
export const floatAttribute = attribute<number>(KIND.float);
export const boolAttribute = attribute<boolean>(KIND.bool);
export const typeAttribute = attribute<TfType | readonly TfType[]>(KIND.type);

interface OutputMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The parts of tfjs-node's backend that are not in TensorFlow.js's interface. */
interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    /** Version of the loaded TensorFlow library. */
    readonly TF_Version: string;
    /** Tensor handles that TensorFlow holds for this process. */
    getNumOfTensors(): number;
    executeOp(
      name: string,
      attributes: readonly Attribute[],
      inputIds: readonly number[],
      outputs: number,
    ): OutputMetadata[];
  };
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(metadata: OutputMetadata): Tensor;
}

/** The backend of this thread, which must be tfjs-node's. */
export function nodeBackend(): NodeBackend {
  return backend() as unknown as NodeBackend;
}

/**
 * The true type of tensors that TensorFlow.js takes for "float32", by their data. TensorFlow.js has no name for
 * bfloat16; such a tensor is an ordinary Tensor to it, so that tidies free it and `memory()` counts it.
 */
const hiddenTypes = new WeakMap<object, TfType>();

const VISIBLE: Readonly<Record<number, DataType>> = { [TF.float32]: 'float32', [TF.int32]: 'int32' };

/** A tensor's type in TensorFlow. */
function typeOf(x: Tensor): TfType {
  return hiddenTypes.get(x.dataId) ?? (x.dtype === 'int32' ? TF.int32 : TF.float32);
}

/**
 * Runs one of TensorFlow's operations by its name.
 *
 * @returns its outputs; the caller disposes them.
 * @throws Error from tfjs-node if there is no such kernel, or the inputs do not fit it.
 */
export function execute(
  name: string,
  attributes: readonly Attribute[],
  inputs: readonly Tensor[],
  outputs = 1,
): Tensor[] {
  const node = nodeBackend();
  const made = node.binding.executeOp(name, attributes, node.getInputTensorIds(inputs), outputs);
  return made.map((metadata) => {
    if (VISIBLE[metadata.dtype] !== undefined) {
      return node.createOutputTensor(metadata);
    }
    const tensor = node.createOutputTensor({ ...metadata, dtype: TF.float32 });
    hiddenTypes.set(tensor.dataId, metadata.dtype as TfType);
    return tensor;
  });
}

/** {@link execute} for an operation with one output. */
export function executeOne<T extends Tensor>(
  name: string,
  attributes: readonly Attribute[],
  inputs: readonly Tensor[],
): T {
  return execute(name, attributes, inputs)[0] as T;
}

const T = { float32: typeAttribute('T', TF.float32), bfloat16: typeAttribute('T', TF.bfloat16) };
const INT32_INDEX = { tperm: typeAttribute('Tperm', TF.int32), tshape: typeAttribute('Tshape', TF.int32) };

/** The attribute T of an operation on this tensor. */
export function typeOfInput(x: Tensor): Attribute {
  return typeOf(x) === TF.bfloat16 ? T.bfloat16 : T.float32;
}

/** Converts a tensor; returns the tensor itself if it has the type already. */
export function cast<X extends Tensor>(x: X, to: typeof TF.float32 | typeof TF.bfloat16): X {
  const from = typeOf(x);
  return from === to
    ? x
    : executeOne<X>(
        'Cast',
        [typeAttribute('SrcT', from), typeAttribute('DstT', to), boolAttribute('Truncate', false)],
        [x],
      );
}

/** The same values in another shape, without a copy. */
export function reshapeTo<X extends Tensor>(x: Tensor, shape: readonly number[]): X {
  return executeOne<X>('Reshape', [typeOfInput(x), INT32_INDEX.tshape], [x, tensor1d([...shape], 'int32')]);
}

export function transposeBy<X extends Tensor>(x: Tensor, order: readonly number[]): X {
  return executeOne<X>('Transpose', [typeOfInput(x), INT32_INDEX.tperm], [x, tensor1d([...order], 'int32')]);
}

/** The parts along the first dimension, without a copy if they are aligned in memory. */
export function unstackFirst(x: Tensor): Tensor[] {
  const parts = x.shape[0] as number;
  return execute('Unpack', [typeOfInput(x), intAttribute('num', parts), intAttribute('axis', 0)], [x], parts);
}
