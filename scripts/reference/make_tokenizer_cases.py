"""Makes test/fixtures/tokenizer-cases.json: ids and offsets of Python `tokenizers` for texts written here.

    python scripts/reference/make_tokenizer_cases.py weights/mini-en-zh test/fixtures/tokenizer-cases.json test/fixtures/tokenizer-styles.json

Offsets are converted from code points to UTF-16 units. If normalization removes characters (controls), offsets of
`tokenizers` (0.23.3) are wrong in two cases:
- removed at the beginning of a stretch between added tokens: all offsets of the stretch are too low, by their number;
- removed right after a character that became several: the last of these gets the place of the removed ones.
So a text with removed characters is encoded again without them, and these offsets are moved to the places in the
whole text. If that differs from the direct offsets, the case has `"corrected": true`, and it is asserted that it is
one of the two cases.
"""

import argparse
import base64
import functools
import hashlib
import json
import random
import re
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer, normalizers
from tokenizers.normalizers import Precompiled

from tokenizer_styles import STYLES, in_style, table_of, uses_table

SEED = 20240607

PLAIN = [
    "", " ", "  ", "a", "hello world", "Hello, World!", "The quick brown fox jumps over the lazy dog.",
    "What is the capital of France?", "It's 5 o'clock; don't be late...", "snake_case and camelCase and kebab-case",
    "Supercalifragilisticexpialidocious antidisestablishmentarianism", "3.14159 2,718 1e-9 0x7F 100% #1 @you",
    "UPPER lower MiXeD", "e-mail: someone@example.org", "https://example.org/a/b?c=d&e=f#g", "C:\\temp\\new.txt",
    "def f(x):\n\treturn x ** 2  # squared\n", "for (let i = 0; i < n; i++) { sum += a[i]; }", "<p class=\"x\">text</p>",
    "{\"key\": [1, 2, 3], \"other\": null}", "SELECT * FROM t WHERE a >= 10;", "rm -rf /tmp/x && echo done || exit 1",
    "naïve café façade jalapeño Zürich Škoda Łódź", "Größe, Straße, Übung", "Ça va? Où est l'œuvre?", "¿Qué tal? ¡Bien!",
    "Съешь ещё этих мягких французских булок", "Ο γρήγορος καφέ αλεπού", "Trái tim tiếng Việt đẹp lắm",
    "日本語のテキストです。", "カタカナとひらがな、漢字", "한국어 문장을 나눕니다.", "ภาษาไทยไม่มีช่องว่าง", "हिन्दी में एक वाक्य",
    "தமிழ் மொழி", "العربية لغة جميلة", "שלום עולם", "فارسی می‌نویسیم", "ქართული ენა", "Հայերեն լեզու",
]
CHINESE = [
    "你好,世界", "巴黎是法国的首都。", "熊猫喜欢吃竹子。", "今天天气很好，我们去公园吧！", "机器学习 is fun 吗？", "第3章：向量检索与重排序",
    "《红楼梦》是中国古典小说。", "价格是￥１２８．００元", "繁體中文與简体中文", "“引号”和‘引号’——破折号……省略号", "北京2008年奥运会", "Python和JavaScript哪个好？",
    "的的的的的的", "一二三四五六七八九十", "𠮷野家的牛丼", "〇一〇年", "中文　全角空格　测试", "我❤️你", "，。！？；：（）【】", "北京　　上海",
]
SCRIPTS = [
    "مُحَمَّدٌ رَسُولُ", "لَا إِلٰهَ", "ﷺ ﷲ ﷼", "ﺍﻟﺴﻼﻡ ﻋﻠﻴﻜﻢ", "בְּרֵאשִׁית בָּרָא", "יִּ שׁ וּ", "abc אבג def", "\u202bעברית\u202c and \u200fmarks\u200e",
    "กำลัง น้ำ ก็ เก๋", "ທຳມະ", "ខ្មែរ", "မြန်မာစာ", "བོད་ཡིག", "ಕನ್ನಡ", "తెలుగు", "മലയാളം", "ਪੰਜਾਬੀ", "ગુજરાતી", "ଓଡ଼ିଆ", "සිංහල",
    "ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟ ｱｲｳ", "ﾊﾝｶｸ ｶﾀｶﾅ", "ガギグ パピ", "か\u3099き\u3099", "㍿ ㌘ ㌔ ㍑", "㈱ ㊗ ㊙ ①②③ ⅣⅥ", "ｈｅｌｌｏ ＷＯＲＬＤ １２３",
    "가각 \u1100\u1161 \u1100\u1161\u11a8", "ㄱㄴㄷ ﾡﾢ", "\ua960\u1161 \ud7b0", "한\u0301국",
]
MARKS = [
    "e\u0301", "caf\u0065\u0301 x", "e\u0301\u0302 tail", "a\u0323\u0302 o\u031b\u0301", "\u0344 x", "\u00a8\u0301 ab", "\u00bd\u0301 ab", "x\u0301y\u0302z",
    "\u1e9b\u0323 a", "\u212b \u2126 \u212a", "A\u030a Å", "ﬁ ﬂ ﬃ ﬀ ﬅ", "oﬃce e\u0301tude", "½ ¼ ¾ ⅓ ⅛", "x² + y³ = z₁", "™ ® © ℠", "™\u0301 a", "№ ℡ ℻",
    "\u0958 \u0929 \u09dc", "\u0600e\u0301 x", "\u06dd1 \u070fa", "q\u0307\u0323 b", "\u0301start", " \u0301x", "\n\u0301x", "\u00a0\u0301x\u0301",
    "a\u035c b", "\u03b9\u0344 \u0390", "i\u0307 İ ı", "ς Σ σ", "\u1fbe\u1fbf", "…\u0301 x", "a\u20dd b", "👁\u200d™\u0301 x", "1\ufe0f\u20e3 2\ufe0e", "\u102bx \u00a0\u102b",
]
EMOJI = [
    "😀", "I ❤️ NY 🗽", "👍🏽 👍", "👨‍👩‍👧‍👦 family", "🧑🏻‍🤝‍🧑🏿", "🏳️‍🌈🏴‍☠️", "🇫🇷🇩🇪 🇨🇳x🇯", "👩‍💻 codes", "a😀b😀c", "😀😀😀", "☺️ ☹ ™️ ©️", "👁️‍🗨️™\u0301", "🏴\U000e0067\U000e0062\U000e007f",
    "🤷🏾‍♀️ ok", "✅ done ❌ fail", "1️⃣ 2️⃣ #️⃣", "🥲🫠🫡", "\U0001f1e6", "🈁🈂️🆗", "𝒜𝔅ℂ 𝟘𝟙𝟚", "𝐇𝐞𝐥𝐥𝐨", "🄰🅐🅰", "\U0002f800 \U0002f80f",
]
BLANKS = [
    "   leading", "trailing   ", "two  spaces", "tab\there", "line\nbreak", "cr\r\nlf", "\r\n\r\n", "\r", "\n", "\t\t", "a\u00a0b", "a\u3000b", "a\u2003b\u2009c", "a\u200bb",
    "\u200bzero\u200bwidth\u200b", "zw\u200dj zw\u200cnj", "\ufeffbom", "mid\ufeffbom", "a\u2028b\u2029c", "a\u0085b", "\u1680ogham", "soft\u00adhyphen", "a\u2060b", " \u00a0 ", "x \n\t y",
    "\u180e\u061c", "a\u034fb", "▁meta▁space", "▁", "▁▁", " ▁ x", "a ▁b", "a\u0020\u200d b", "  x  y  ", "\u2800braille blank", "\u200d\u0301a", "x\u200dy",
]
CONTROL = [
    "a\x00b", "\x00", "\x01", "\x01\x02abc", "abc\x01\x02", "a\x01 b\x02c", "a \x01 b", "\x7fdel\x7f", "\x1b[31mred\x1b[0m", "bell\x07 back\x08", "a\x0b\x0cb", "\x80\x9f", "a\u0080b\u009fc",
    "\x01e\u0301\x01z w", "x\x01\x01\x01y\u0301\x01z", "\x02ﬁ ab", "\x01 ", " \x01", "a\x01\u0301b", "\x03\x04中文\x05字", "\ufffd", "a\ufffdb", "\ufffe\uffff", "\U0010ffff", "\ue000 private",
]
SPECIAL = [
    "<s>", "</s>", "<pad>", "<unk>", "<mask>", "a<s>b", "a <s> b", "<s>text</s>", "x  <mask>  y", "x\t\u3000<mask>y", "<mask><mask>", "<mask> <mask>", "  <mask>", "<MASK>", "<s", "< s >",
    "＜s＞", "＜unk＞ and ＜／s＞", "<<s>>", "</s></s>", "<pad><pad><pad>", "text <unk> text", "Paris is the <mask> of France.", "a</s>b</s></s>c", "<s>é</s>", "e<s>\u0301", "<mask>\u0301",
    "中文<mask>中文", "😀<mask>😀", "a \x01<mask>", "<s> ", "<s>  x", "[CLS] [SEP] [MASK]", "<0x0A> <extra_id_0>", "\ufeff<mask>", "x\u0085<mask>",
]
LONG = [
    "a" * 300, "ab" * 150, "的" * 200, "😀" * 60, " ".join(["word"] * 120), "lorem ipsum dolor " * 25, "\u0301" * 40, "x\u0301" * 60, "e\u0301" * 80, "<s>" * 40, " " * 50, "中a" * 90, "=" * 200, "0123456789" * 20,
    "ﷺ" * 12, "…" * 60,
]
QUERIES = ["", "capital of France", "what is a giant panda and where does it live in the wild today?", "法国的首都是哪里？", "q " * 40, "<mask> 😀 e\u0301", "熊猫" * 30]
DOCUMENTS = ["", "hi", "Paris is the capital and largest city of France. " * 3, "巴黎是法国的首都和最大的城市。" * 6, "ｆｕｌｌ　ｗｉｄｔｈ ﬁne 😀 </s> text", "word " * 60]
LENGTHS = [5, 6, 7, 8, 11, 16, 17, 20, 33, 50, 64, 512]

VARIANTS = {
    "whitespace split first": {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}]}},
    "whitespace split, prepend first": {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}]}},
    "prepend first": {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}},
    "prepend never": {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True}},
    "no split": {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False}},
    "no normalizer": {"normalizer": None},
    "literal replacement": {"normalizer": {"type": "Sequence", "normalizers": [
        {"type": "Replace", "pattern": {"String": "o"}, "content": "ooo"},
        {"type": "Replace", "pattern": {"Regex": "[xyz]+"}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": "l{2}"}, "content": "é w"}]}},
    "added tokens in normalized text": {"added_tokens": [
        {"id": 0, "content": "<s>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True},
        {"id": 2, "content": "</s>", "single_word": False, "lstrip": False, "rstrip": True, "normalized": False, "special": True},
        {"id": 27999, "content": "<mask>", "single_word": False, "lstrip": True, "rstrip": True, "normalized": True, "special": True},
        {"id": 28000, "content": "ﬁne day", "single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}]},
    "prepend first, added token in normalized text": {
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True},
        "added_tokens": [
            {"id": 27999, "content": "<mask>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": True}]},
}
VARIANT_TEXTS = [
    "", " ", "hello world", "  hello   world  ", "a\tb\nc\u00a0d\u3000e\u0085f\u2028g", " x", "\u200bx", "<s>hello</s>  world", "x  <mask>  y<mask>", "中文 测试", "e\u0301 ﬁne day fine day", "oxyz hello ball xo",
    "<mask> x <mask>", "＜mask＞ y", "▁a ▁b", "😀 x", "</s>\u3000\n x </s>", "ooo<s>ooo", "a<mask>b", "<mask>b",
]


STYLE_TEXTS = [
    "", " ", "hello world", "  Hello   World!  \n", "The QUICK brown fox, the (lazy) dog...", "naïve café e\u0301 o\u0308\u0301 ǖ Ǆ Å Ω", "İstanbul ΣΊΣΥΦΟΣ ẞ ﬁne day", "a\tb\r\nc\u00a0d\u3000e\u0085f\u2028g\u200bh\ufeffi",
    "中文，测试：第3章 ２０２４年！", "北京 2008年", "한국어 각 각", "हिन्दी कि", "ｶﾞｷﾞ が か\u3099", "½ ① ² x³ Ⅷ ٣٤", "we've DON'T I'LL '' `` 1234567", "😀 a😀b 👩\u200d💻 1\ufe0f\u20e3", "▁a ▁b▁", "<s>hello</s>  world <mask> x", "[title] x [TITLE] ﬁne Fine fine的的的",
    "title titles (title) 的的的 x SEP  y sep", "x\u0344\u0301\u0323 \u0301a", "ﷺ ㎏ ™ …", "oooo $1. $& \\0", "a.b,c;d-e_f/g", "\x01a\x02b\x7f \x0bc", "\u0f73\u0f71 \U0002f800 \U0001d15e", "Ġx Ġ \u3000y\u3000",
]
STYLE_PAIR = ("Capital of  France ", " Ｐaris ﬁne 巴黎。\n")


def random_texts(rng: random.Random) -> list[str]:
    """Strings of code points from all planes, and of characters that normalization and graphemes treat specially."""
    delicate = [chr(c) for r in ((0x300, 0x345), (0x591, 0x5c7), (0x600, 0x606), (0x610, 0x61b), (0x2000, 0x2070),
                                 (0xfb00, 0xfb07), (0xff61, 0xffa0), (0x1100, 0x1113), (0x1f3fb, 0x1f400)) for c in range(*r)]
    delicate += list(" \t\r\n\x01\x7f\u00a0\u00ad\u00bd\u00a8\u0e33\ufe0f\u200d™㎏ﷺ") + ["<s>", "<mask>", "a", "e", "o", "中", "👩", "ガ"]

    def point() -> str:
        while True:
            c = rng.choice([rng.randrange(0x20, 0x250), rng.randrange(0x250, 0x3000), rng.randrange(0x3000, 0x10000), rng.randrange(0x10000, 0x30000)])
            if not 0xD800 <= c < 0xE000:
                return chr(c)

    texts = ["".join(point() for _ in range(rng.randrange(1, 16))) for _ in range(90)]
    texts += ["".join(rng.choice(delicate) for _ in range(rng.randrange(1, 20))) for _ in range(110)]
    mixed = PLAIN + CHINESE + SCRIPTS + MARKS + EMOJI + BLANKS
    texts += ["".join(rng.choice(mixed)[:rng.randrange(1, 9)] + rng.choice(["", " ", "  "]) for _ in range(rng.randrange(2, 7))) for _ in range(60)]
    return texts


def utf16_places(text: str) -> list[int]:
    """The start of each code point in UTF-16 units, and the length at the end."""
    places = [0]
    for character in text:
        places.append(places[-1] + (2 if ord(character) > 0xFFFF else 1))
    return places


def normalize(tokenizer: Tokenizer, text: str) -> str:
    return text if tokenizer.normalizer is None else tokenizer.normalizer.normalize_str(text)


def table(tokenizer: Tokenizer):
    """Only the normalization table of a tokenizer."""
    normalizer = tokenizer.normalizer
    return normalizer[0] if isinstance(normalizer, normalizers.Sequence) else normalizer


def is_removed(tokenizer: Tokenizer, character: str) -> bool:
    return table(tokenizer).normalize_str(character) == ""


def removed_characters(description: dict) -> frozenset[str]:
    """The characters of the first planes that the table of a tokenizer.json removes."""
    return removed_by(table_of(description["normalizer"])["precompiled_charsmap"])


@functools.cache
def removed_by(charsmap: str) -> frozenset[str]:
    found = Precompiled(base64.b64decode(charsmap))
    return frozenset(chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000 and found.normalize_str(chr(code)) == "")


def is_known_corner(tokenizer: Tokenizer, text: str, removed: list[bool]) -> bool:
    """Whether something is removed at the beginning of a stretch, or after a character that became several."""
    for place in (i for i, gone in enumerate(removed) if gone and not (i and removed[i - 1])):
        if place == 0 or re.search("(?:<s>|</s>|<pad>|<unk>|<mask>)$", text[:place]):
            return True
        if any(len(table(tokenizer).normalize_str(text[place - n:place])) > n for n in range(1, min(4, place) + 1)):
            return True
    return False


def direct_case(tokenizer: Tokenizer, text: str) -> dict:
    encoding = tokenizer.encode(text, add_special_tokens=False)
    places = utf16_places(text)
    return {"text": text, "ids": encoding.ids, "spans": [[places[a], places[b]] for a, b in encoding.offsets]}


def text_case(tokenizer: Tokenizer, text: str) -> dict | None:
    """None if removing characters changes more: they separated characters that now combine."""
    direct = tokenizer.encode(text, add_special_tokens=False)
    removed = [is_removed(tokenizer, character) for character in text]
    kept = [place for place, gone in enumerate(removed) if not gone]
    shorter = "".join(text[place] for place in kept)
    encoding = tokenizer.encode(shorter, add_special_tokens=False)
    if encoding.ids != direct.ids or normalize(tokenizer, shorter) != normalize(tokenizer, text):
        return None
    if shorter.count("\r\n") != text.count("\r\n"):  # one grapheme now, and so one space, not two
        return None
    offsets = [(kept[a], kept[b - 1] + 1) for a, b in encoding.offsets]
    places = utf16_places(text)
    case = {"text": text, "ids": direct.ids, "spans": [[places[a], places[b]] for a, b in offsets]}
    if offsets != direct.offsets:
        assert is_known_corner(tokenizer, text, removed), ascii(text)
        case["corrected"] = True
    return case


def pair_case(tokenizer: Tokenizer, query: str, document: str, length: int, strategy: str) -> dict:
    tokenizer.no_truncation()
    first = tokenizer.encode(query, add_special_tokens=False)
    second = tokenizer.encode(document, add_special_tokens=False)
    if strategy == "only_second":
        # As in FlagReranker: each text separately first, then the pair with only the document cut.
        first.truncate(length * 3 // 4)
        second.truncate(length)
    tokenizer.enable_truncation(length, strategy=strategy)
    pair = tokenizer.encode(query, document) if strategy == "longest_first" else tokenizer.post_process(first, second)
    tokenizer.no_truncation()
    end = pair.ids.index(2)  # the first </s>; no query here contains one
    assert 2 not in first.ids
    kept = (first.offsets[:end - 1], second.offsets[:len(pair.ids) - end - 3])
    texts = [[[places[a], places[b]] for a, b in offsets] for offsets, places in zip(kept, map(utf16_places, (query, document)))]
    spans = [[0, 0], *texts[0], [0, 0], [0, 0], *texts[1], [0, 0]]
    return {"query": query, "document": document, "max_length": length, "truncation": strategy, "ids": pair.ids, "spans": spans}


def whole_pair_case(tokenizer: Tokenizer, query: str, document: str) -> dict:
    """A pair that is not cut."""
    pair = tokenizer.encode(query, document)
    places = [utf16_places(query), utf16_places(document)]
    spans = [[0, 0] if text is None else [places[text][a], places[text][b]] for text, (a, b) in zip(pair.sequence_ids, pair.offsets)]
    return {"query": query, "document": document, "ids": pair.ids, "spans": spans}


def style_case(description: dict, removed: frozenset[str], name: str, style: dict) -> dict:
    tokenizer = Tokenizer.from_str(json.dumps(in_style(description, style)))
    cases = [direct_case(tokenizer, text) for text in STYLE_TEXTS]
    for case in cases if uses_table(style) else []:
        if not removed.isdisjoint(case["text"]):
            case["spans"] = None
    return {"name": name, "patch": style, "texts": [[case["ids"], case["spans"]] for case in cases], "pair": whole_pair_case(tokenizer, *STYLE_PAIR), "alone": tokenizer.encode(STYLE_PAIR[1]).ids}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer", type=Path, help="folder with tokenizer.json")
    parser.add_argument("output", type=Path)
    parser.add_argument("styles", type=Path, help="the same for the styles of tokenizer_styles.py")
    arguments = parser.parse_args()
    file = arguments.tokenizer / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(file))
    description = json.loads(file.read_text())

    texts = PLAIN + CHINESE + SCRIPTS + MARKS + EMOJI + BLANKS + CONTROL + SPECIAL + LONG
    texts += random_texts(random.Random(SEED))
    text_cases = [case for text in dict.fromkeys(texts) if (case := text_case(tokenizer, text))]
    pair_cases = []
    for query in QUERIES:
        for document in DOCUMENTS:
            for index, length in enumerate(LENGTHS):
                if length == 512 and (query == QUERIES[4] or document == DOCUMENTS[5]):
                    continue
                # Below 17 Python refuses pairs, or leaves them too long, if `only_second` cannot cut enough.
                strategies = ["longest_first"] + (["only_second"] if length >= 17 else [])
                pair_cases += [pair_case(tokenizer, query, document, length, strategy) for strategy in strategies]
    variants = []
    for name, patch in VARIANTS.items():
        changed = Tokenizer.from_str(json.dumps({**description, **patch}))
        variants.append({"name": name, "patch": patch, "texts": [direct_case(changed, text) for text in VARIANT_TEXTS]})

    head = {"made_by": "scripts/reference/make_tokenizer_cases.py", "tokenizers": tokenizers.__version__,
            "tokenizer_sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "seed": SEED}
    removed = removed_characters(description)
    styles = [style_case(description, removed, name, style) for name, style in STYLES.items()]
    lines = ["{", f'"provenance": {dump(head)},', f'"texts": {dump(STYLE_TEXTS)},', '"styles": [', ",\n".join(map(dump, styles)), "]", "}"]
    arguments.styles.write_text("\n".join(lines) + "\n")
    lines = ["{", f'"provenance": {dump(head)},', '"texts": [', ",\n".join(map(dump, text_cases)), "],", '"pairs": [',
             ",\n".join(map(dump, pair_cases)), "],", '"variants": [', ",\n".join(map(dump, variants)), "]", "}"]
    arguments.output.write_text("\n".join(lines) + "\n")
    print(f"{len(text_cases)} texts ({sum('corrected' in case for case in text_cases)} corrected), {len(pair_cases)} pairs, {sum(len(v['texts']) for v in variants)} texts of {len(variants)} variants, {len(styles)} styles, {arguments.output.stat().st_size} bytes")


def dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    main()
