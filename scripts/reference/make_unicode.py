"""Makes src/tokenizer/reference-unicode.ts: which characters Python `tokenizers` counts as marks and punctuation, and which it does not know yet.

    python scripts/reference/make_unicode.py src/tokenizer/reference-unicode.ts

Its tables are of Unicode 8 (punctuation), 9 (marks, normalization forms) and 16 (regular expressions); JavaScript's depend
on the engine. Newer characters come from Node, so run this with a Node of the newest Unicode (`node -p process.versions.unicode`).
"""

import json
import subprocess
import sys
from pathlib import Path

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

CHARACTERS = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
NODE = """
const [decomposed, unassigned] = [{}, []];
for (let code = 0; code < 0x110000; code++) {
  if (code >= 0xd800 && code < 0xe000) continue;
  const character = String.fromCodePoint(code);
  if (character.normalize('NFKD') !== character) decomposed[code] = character.normalize('NFKD');
  if (/\\p{Cn}/u.test(character)) unassigned.push(code);
}
process.stdout.write(JSON.stringify([decomposed, unassigned]));
"""


def as_class(characters: list[str]) -> str:
    """The inside of a class of characters in JavaScript, with the flag u."""
    ranges: list[list[int]] = []
    for code in map(ord, characters):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    escape = lambda code: f"\\\\u{code:04x}" if code < 0x10000 else f"\\\\u{{{code:x}}}"
    return "".join(escape(first) if first == last else f"{escape(first)}-{escape(last)}" for first, last in ranges)


def main() -> None:
    strip = normalizers.StripAccents()
    split = pre_tokenizers.Punctuation("removed")
    decompose = normalizers.NFKD()
    assigned = normalizers.Replace(Regex(r"\P{Cn}"), "")
    newest, unassigned = json.loads(subprocess.run(["node", "-e", NODE], stdout=subprocess.PIPE, check=True).stdout)
    unassigned = set(map(chr, unassigned))
    tables = {
        "MARKS": ("Combining marks.", [c for c in CHARACTERS if strip.normalize_str(c) == ""]),
        "PUNCTUATION": ("Punctuation, and the signs of ASCII.", [c for c in CHARACTERS if not split.pre_tokenize_str(c)]),
        "UNKNOWN": ("Characters that regular expressions take for unassigned, and newer versions of Unicode do not.",
                    [c for c in CHARACTERS if assigned.normalize_str(c) and c not in unassigned]),
        "NEWER": ("Characters that decompose in newer versions of Unicode.",
                  [chr(int(code)) for code, parts in newest.items() if decompose.normalize_str(chr(int(code))) != parts]),
    }
    lines = [f"// Made by scripts/reference/make_unicode.py with tokenizers {tokenizers.__version__}: classes of characters as it knows them, which",
             "// engines with newer tables of Unicode do not share. Each is the inside of a class, with the flag u or v.", ""]
    for name, (what, characters) in tables.items():
        lines += [f"/** {what} */", f"export const {name} =", f"  '{as_class(characters)}';", ""]
    Path(sys.argv[1]).write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
