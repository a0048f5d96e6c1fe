"""Compares this project's token ids for a `sentencepiece.bpe.model` without tokenizer.json with Python's.

    npm run build
    python scripts/reference/check_sentencepiece.py FOLDER [--odd-lines 10000] [--texts FILE.jsonl ...] [--seed N]

The model file is made from the folder's tokenizer.json: the same pieces, scores and normalization table. Python's ids are
those of transformers' XLMRobertaTokenizer, loaded from a folder with this file and without tokenizer.json; ours must be
identical. sentencepiece itself, which the slow tokenizer of transformers 4 uses, has other rules for normalizing graphemes;
the number of lines with other ids is printed. Exits 1 if an id differs from transformers'.
"""

import argparse
import base64
import json
import random
import sys
import tempfile
from pathlib import Path

from sentencepiece import SentencePieceProcessor, sentencepiece_model_pb2
from transformers import XLMRobertaTokenizer

from check_tokenizer import odd_line, ours, read_texts

FIRST = ["<unk>", "<s>", "</s>"]


def write_model(description: dict, file: Path) -> None:
    """SentencePiece's own special tokens, then the vocabulary without XLM-RoBERTa's four and <mask>."""
    model = sentencepiece_model_pb2.ModelProto()
    vocabulary = description["model"]["vocab"]
    assert [piece for piece, _ in vocabulary[:4]] == ["<s>", "<pad>", "</s>", "<unk>"] and vocabulary[-1][0] == "<mask>"
    for piece in FIRST:
        model.pieces.add(piece=piece, score=0, type=2 if piece == "<unk>" else 3)
    for piece, score in vocabulary[4:-1]:
        model.pieces.add(piece=piece, score=score)
    normalizers = description["normalizer"].get("normalizers", [description["normalizer"]])
    model.normalizer_spec.precompiled_charsmap = base64.b64decode(normalizers[0]["precompiled_charsmap"])
    model.normalizer_spec.name = "nmt_nfkc"
    model.trainer_spec.model_type = 1
    file.write_bytes(model.SerializeToString())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="holds tokenizer.json")
    parser.add_argument("--odd-lines", type=int, default=10_000, metavar="N")
    parser.add_argument("--texts", type=Path, nargs="*", default=[], metavar="FILE", help="JSONL with text or query")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    texts = [odd_line(rng) for _ in range(arguments.odd_lines)] + [text for file in arguments.texts for text in read_texts(file)]
    description = json.loads((arguments.folder / "tokenizer.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sentencepiece.bpe.model"
        write_model(description, file)
        answers = ours(folder, texts)
        tokenizer = XLMRobertaTokenizer.from_pretrained(folder)
        expected = tokenizer(texts, add_special_tokens=False)["input_ids"]
        processor = SentencePieceProcessor(model_file=str(file))
        # 0 is <unk> there; all other ids are one higher in XLM-RoBERTa.
        itself = [[id + 1 if id else 3 for id in ids] for ids in processor.encode(texts)]
    wrong = [(text, answer["ids"], ids) for text, answer, ids in zip(texts, answers, expected, strict=True) if answer["ids"] != ids]
    apart = [answer["ids"] != ids for answer, ids in zip(answers, itself, strict=True)]
    odd = arguments.odd_lines
    print(f"{arguments.folder.name}, sentencepiece.bpe.model: {odd} odd lines and {len(texts) - odd} texts, {sum(map(len, expected))} "
          f"tokens, {len(wrong)} differ from transformers; sentencepiece itself differs in {sum(apart[:odd])} and {sum(apart[odd:])}")
    for text, got, ids in wrong[:5]:
        print(f"  {ascii(text)}\n    got      {got}\n    expected {ids}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
