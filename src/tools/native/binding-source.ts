/** Version of {@link INSERTIONS}: a binding with an older version is built again. */
export const INSERTIONS_VERSION = 1;

interface Insertion {
  /** The line of the source after which the text goes; it must occur exactly once. */
  readonly anchor: string;
  readonly text: string;
}

/**
 * Additions to the binding of tfjs-node: attributes that are lists of strings (`fused_ops`) or of types
 * (`Tdevice_inputs`), at the beginning of cases of `AssignOpAttr`, which keep their single values; and less logging.
 */
const INSERTIONS: readonly Insertion[] = [
  {
    anchor: '#include "utils.h"\n',
    text: `\

#if __has_include("absl/log/globals.h")
#include "absl/log/globals.h"

// TensorFlow logs while its library starts, and reads TF_CPP_MIN_LOG_LEVEL only
// later. The binding is linked to start before the library, and sets it here.
__attribute__((constructor)) static void ObeyMinLogLevel() {
  const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level != nullptr && level[0] >= '0' && level[0] <= '3') {
    absl::SetMinLogLevel(
        static_cast<absl::LogSeverityAtLeast>(level[0] - '0'));
  }
}
#endif
`,
  },
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

/** The source of a binding, and whether it was changed. */
export interface BindingSource {
  readonly text: string;
  /** {@link INSERTIONS_VERSION}; 0 if the source is unchanged. */
  readonly insertions: number;
}

/**
 * Adds {@link INSERTIONS} to the source of tfjs-node's binding (`binding/tfjs_backend.cc`): all of them, or none if one
 * of their anchors does not occur exactly once.
 */
export function withInsertions(source: string): BindingSource {
  // Some editors and archives write other line ends; for the compiler they are the same.
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
