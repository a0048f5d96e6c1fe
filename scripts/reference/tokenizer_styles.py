"""The ways in which files of this family are written, as changes to a tokenizer.json. Used by make_tokenizer_cases.py and check_tokenizer.py.

TABLE stands for the file's own normalization table. `added_tokens` are appended to the file's own.
"""

TABLE = "the file's own normalization table"


def replace(pattern: dict, content: str) -> dict:
    return {"type": "Replace", "pattern": pattern, "content": content}


def regex(pattern: str, content: str) -> dict:
    return replace({"Regex": pattern}, content)


def strip(left: bool, right: bool) -> dict:
    return {"type": "Strip", "strip_left": left, "strip_right": right}


def prepend(text: str) -> dict:
    return {"type": "Prepend", "prepend": text}


def kind(name: str, **settings) -> dict:
    return {"type": name, **settings}


def normalizers(*parts: dict | str) -> dict:
    return {"normalizer": kind("Sequence", normalizers=[*parts])}


def metaspace(**settings) -> dict:
    return kind("Metaspace", replacement="▁", **settings)


def pretokenizers(*parts: dict) -> dict:
    return {"pre_tokenizer": kind("Sequence", pretokenizers=[*parts])}


def split(pattern: dict, behavior: str, invert: bool = False) -> dict:
    return kind("Split", pattern=pattern, behavior=behavior, invert=invert)


def added(id: int, content: str, **settings) -> dict:
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} | settings


def post(name: str, **settings) -> dict:
    return {"post_processor": kind(name, **{"sep": ["</s>", 2], "cls": ["<s>", 0]} | settings)}


WHITESPACE = kind("WhitespaceSplit")
ALWAYS = metaspace(prepend_scheme="always", split=True)
SPACES = regex(" {2,}", "▁")
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT4 = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
BOTH = {"add_prefix_space": True, "prepend_scheme": "always"}

STYLES = {
    # As published, and saved again by newer versions.
    "base and large: add_prefix_space": {"pre_tokenizer": metaspace(add_prefix_space=True)},
    "base and large, saved again": {"pre_tokenizer": ALWAYS},
    "v2-m3": normalizers(TABLE, strip(False, True), SPACES) | {"pre_tokenizer": metaspace(**BOTH)},
    "v2-m3, RobertaProcessing": normalizers(TABLE, strip(False, True), SPACES) | {"pre_tokenizer": ALWAYS} | post("RobertaProcessing", trim_offsets=True, add_prefix_space=True),
    "mmarco: WhitespaceSplit": {"normalizer": TABLE} | pretokenizers(WHITESPACE, metaspace(add_prefix_space=True)),
    "mmarco, saved again": {"normalizer": TABLE} | pretokenizers(WHITESPACE, ALWAYS),
    "before 2021: no model.type": {"normalizer": TABLE, "model": {"type": None}},
    "table and Prepend": normalizers(TABLE, prepend("▁")) | {"pre_tokenizer": metaspace(prepend_scheme="never", split=True)},
    "Prepend and Replace, no pre-tokenizer": normalizers(prepend("▁"), replace({"String": " "}, "▁")) | {"pre_tokenizer": None},
    "no normalizer": {"normalizer": None},
    # Each normalizer with the table and without it.
    "Lowercase": normalizers(TABLE, kind("Lowercase")),
    "Lowercase before the table": normalizers(kind("Lowercase"), TABLE, SPACES),
    "NFC": {"normalizer": kind("NFC")},
    "NFD": {"normalizer": kind("NFD")},
    "NFKC": {"normalizer": kind("NFKC")},
    "NFKD": {"normalizer": kind("NFKD")},
    "NFC before the table": normalizers(kind("NFC"), TABLE),
    "NFKC and Lowercase": normalizers(kind("NFKC"), kind("Lowercase"), strip(True, True)),
    "NFD, StripAccents, Lowercase": normalizers(kind("NFD"), kind("StripAccents"), kind("Lowercase")),
    "NFKD, StripAccents, NFC": normalizers(kind("NFKD"), kind("StripAccents"), kind("NFC"), SPACES),
    "StripAccents": {"normalizer": kind("StripAccents")},
    "Nmt and NFKC": normalizers(kind("Nmt"), kind("NFKC"), regex(" {2,}", " ")),
    "Nmt and table": normalizers(kind("Nmt"), TABLE),
    "Strip both": normalizers(TABLE, strip(True, True)),
    "Strip left, prepend first": normalizers(strip(True, False), TABLE) | {"pre_tokenizer": metaspace(prepend_scheme="first", split=True)},
    "Prepend twice": normalizers(prepend("x "), kind("NFKD"), prepend("▁"), kind("Lowercase")),
    "a Sequence in a Sequence": normalizers(kind("Sequence", normalizers=[kind("Sequence", normalizers=[TABLE, kind("NFD")]), strip(True, True)]), SPACES),
    # Regular expressions.
    r"Replace \W": normalizers(TABLE, regex(r"\W", " "), regex(r"\s+", " ")),
    r"Replace \W with nothing": normalizers(regex(r"\W+", "")),
    r"Replace \s+ and \d": normalizers(TABLE, regex(r"\s+", " "), regex(r"\d", "0")),
    "Replace with $&, literally": normalizers(TABLE, regex("[aeiou]", "$&"), replace({"String": "$1."}, "\\0$$")),
    "Replace quotes and newlines": normalizers(replace({"String": "``"}, '"'), replace({"String": "''"}, '"'), regex(r"[\n\r\t]", " "), TABLE),
    "Replace by lookaround": normalizers(TABLE, regex(r"(?<=\p{Han})|(?=\p{Han})", " "), regex(" {2,}", " ")),
    "Replace empty matches": normalizers(TABLE, regex("o*", "_")),
    "Replace possessive, ignoring case": normalizers(regex(r"(?i)th++e|[[:punct:]]+(?=\s)", "·"), TABLE),
    "Replace controls": normalizers(regex(r"[\x00-\x08\x{0b}\x0e-\x1f\u200b]", ""), TABLE),
    # Pre-tokenizers.
    "prepend first": {"pre_tokenizer": metaspace(prepend_scheme="first", split=True)},
    "prepend never": {"pre_tokenizer": metaspace(prepend_scheme="never", split=True)},
    "no split": {"pre_tokenizer": metaspace(prepend_scheme="always", split=False)},
    "no pre-tokenizer": {"pre_tokenizer": None},
    "WhitespaceSplit, prepend first": pretokenizers(WHITESPACE, metaspace(prepend_scheme="first", split=True)),
    "Whitespace and Metaspace": pretokenizers(kind("Whitespace"), ALWAYS),
    "Digits one by one": pretokenizers(ALWAYS, kind("Digits", individual_digits=True)),
    "Digits together, before Metaspace": pretokenizers(kind("Digits", individual_digits=False), metaspace(prepend_scheme="first")),
    "Punctuation isolated": pretokenizers(ALWAYS, kind("Punctuation", behavior="Isolated")),
    "Punctuation contiguous": pretokenizers(kind("Punctuation", behavior="Contiguous"), ALWAYS),
    "Punctuation merged with previous": pretokenizers(kind("Punctuation", behavior="MergedWithPrevious"), ALWAYS),
    "Punctuation merged with next": pretokenizers(kind("Punctuation", behavior="MergedWithNext"), metaspace(prepend_scheme="never")),
    "Split by a string": pretokenizers(split({"String": "o"}, "MergedWithNext"), ALWAYS),
    "Split by GPT-2's pattern": pretokenizers(split({"Regex": GPT2}, "Isolated"), metaspace(prepend_scheme="never")),
    "Split by GPT-4's pattern": pretokenizers(split({"Regex": GPT4}, "Removed", invert=True), metaspace(prepend_scheme="first")),
    "Split at Chinese": pretokenizers(split({"Regex": r"(?<=\p{Han})|(?=\p{Han})"}, "Isolated"), ALWAYS),
    "Split between empty matches": pretokenizers(split({"Regex": r"\b"}, "MergedWithPrevious"), split({"Regex": "(?=[aeiou])"}, "MergedWithNext")),
    "CharDelimiterSplit": pretokenizers(kind("CharDelimiterSplit", delimiter=","), ALWAYS),
    # Post-processors and added tokens.
    "BertProcessing": post("BertProcessing"),
    "RobertaProcessing, no trimming": post("RobertaProcessing", trim_offsets=False, add_prefix_space=True),
    "RobertaProcessing, no prefix, raw": {"normalizer": None} | post("RobertaProcessing", trim_offsets=True, add_prefix_space=False),
    "ByteLevel and TemplateProcessing": {"post_processor": kind("Sequence", processors=[
        kind("ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True),
        kind("TemplateProcessing", single=[{"Sequence": {"id": "A", "type_id": 0}}],
             pair=[{"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
             special_tokens={"</s>": {"id": "</s>", "ids": [2, 1], "tokens": ["</s>", "<pad>"]}})])},
    "added tokens": {"added_tokens": [
        added(7, "[title]", special=False), added(900_000, "ﬁne", normalized=True, special=False), added(2, "的的的", special=False),
        added(3, "<sep>", lstrip=True, rstrip=True), added(0, "the", special=False), added(5, "[title] x", special=False)]},
    "added whole words": normalizers(TABLE, kind("Lowercase")) | {"added_tokens": [
        added(0, "title", single_word=True), added(1, "Fine", single_word=True, normalized=True, special=False), added(2, "的的的", single_word=True, lstrip=True),
        added(3, "SEP", single_word=True, rstrip=True, lstrip=True, normalized=True)]},
    "added in lower case, prepend first": normalizers(kind("NFKC"), kind("Lowercase")) | {"pre_tokenizer": metaspace(prepend_scheme="first"), "added_tokens": [
        added(0, "[TITLE]", normalized=True), added(1, "ﬁne", normalized=True, rstrip=True)]},
}
MORE_ADDED = ("[title]", " [title]", "fine", "ﬁne", "Fine", "的的的", " 的的的 ", "<sep>", " <sep> ", "the", " title ", "SEP", "[title] x", " sep")


def in_style(description: dict, style: dict) -> dict:
    """The tokenizer.json of `description` in another style."""
    changed = {**description, **fill_in(style, table_of(description["normalizer"]))}
    changed["added_tokens"] = description["added_tokens"] + style.get("added_tokens", [])
    if "model" in style:  # keys with the value None are removed
        changed["model"] = {key: value for key, value in {**description["model"], **style["model"]}.items() if key not in style["model"] or value is not None}
    return changed


def table_of(normalizer: dict) -> dict:
    return next(part for part in normalizer.get("normalizers", [normalizer]) if part["type"] == "Precompiled")


def fill_in(value, table: dict):
    if value == TABLE:
        return table
    if isinstance(value, dict):
        return {key: fill_in(part, table) for key, part in value.items()}
    return [fill_in(part, table) for part in value] if isinstance(value, list) else value


def uses_table(style: dict) -> bool:
    return "normalizer" not in style or TABLE in repr(style["normalizer"])
