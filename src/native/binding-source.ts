/** Counts the changes of {@link INSERTIONS}: a binding built with an older number is built again. */
export const INSERTIONS_VERSION = 1;

interface Insertion {
  /** The line of the source after which the text goes; it must occur exactly once. */
  readonly anchor: string;
  readonly text: string;
}

/**
 * What tfjs-node's binding lacks: attributes that are lists of strings (`fused_ops`) or of types (`Tdevice_inputs`).
 * Both go to the beginning of a case of `AssignOpAttr`, whose single value stays as it is.
 */
const INSERTIONS: readonly Insertion[] = [
  {
    anchor: '    case TF_ATTR_STRING: {\n',
    text: `\
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        std::vector<std::string> strings(length);
        std::vector<const void *> values(length);
        std::vector<size_t> lengths(length);
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          nstatus = GetStringParam(env, element, strings[i]);
          ENSURE_NAPI_OK(env, nstatus);
          values[i] = strings[i].data();
          lengths[i] = strings[i].size();
        }
        TFE_OpSetAttrStringList(tfe_op, attr_name, values.data(),
                                lengths.data(), static_cast<int>(length));
        break;
      }
`,
  },
  {
    anchor: '    case TF_ATTR_TYPE: {\n',
    text: `\
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        std::vector<TF_DataType> types(length);
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          int32_t type;
          nstatus = napi_get_value_int32(env, element, &type);
          ENSURE_NAPI_OK(env, nstatus);
          types[i] = static_cast<TF_DataType>(type);
        }
        TFE_OpSetAttrTypeList(tfe_op, attr_name, types.data(),
                              static_cast<int>(length));
        break;
      }
`,
  },
];

/** The source of a binding, and what was done to it. */
export interface BindingSource {
  readonly text: string;
  /** {@link INSERTIONS_VERSION}; 0 when the source is as it was. */
  readonly insertions: number;
}

/**
 * Adds attributes that are lists to the source of tfjs-node's binding (`binding/tfjs_backend.cc`): all of it, or, when
 * a place for it is not there exactly once, nothing.
 */
export function withListAttributes(source: string): BindingSource {
  // Some editors and archives write other line ends; the compiler does not mind which.
  const unix = source.replaceAll('\r\n', '\n');
  if (!INSERTIONS.every(({ anchor }) => unix.split(anchor).length === 2)) {
    return { text: source, insertions: 0 };
  }
  const text = INSERTIONS.reduce(
    (changed, { anchor, text }) => changed.replace(anchor, () => anchor + text),
    unix,
  );
  return { text, insertions: INSERTIONS_VERSION };
}
